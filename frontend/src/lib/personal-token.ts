import { randomBytes } from "node:crypto";

/**
 * Personal access tokens: a prefix and a checksum, by which secret scanners know them and everybody can tell a typing
 * error from a token that was taken back, and between them 32 random bytes.
 */
export const personalTokenPrefix = "todo_pat_";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export function personalToken(random: Uint8Array = randomBytes(32)): string {
  const secret = base62(BigInt(`0x${Buffer.from(random).toString("hex")}`), 43);
  return withChecksum(personalTokenPrefix + secret);
}

export function withChecksum(text: string): string {
  return text + base62(BigInt(crc32(text)), 6);
}

/** Most significant digit first, with zeros before it up to the length. */
function base62(value: bigint, length: number): string {
  let digits = "";
  for (let rest = value; rest > 0n; rest /= 62n) digits = alphabet[Number(rest % 62n)] + digits;
  return digits.padStart(length, "0");
}

/** The CRC of zlib and Ethernet; Node.js has it in `node:zlib` only since 20.15. */
function crc32(text: string): number {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
