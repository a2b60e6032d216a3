import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * A browser that signed in to an account before is told apart from strangers by a cookie that lasts longer than its
 * session. Its attempts are counted by themselves, so that those of strangers keep nobody out who has been here before.
 */

const year = 365 * 24 * 3600;

export type Device = { email: string; secret: string; secure: boolean };

const nameOf = ({ secure }: Device) => `${secure ? "__Secure-" : ""}todo.device`;

function proofFor({ email, secret }: Device): string {
  return createHmac("sha256", secret).update(`known device of ${email}`).digest("base64url");
}

export function isKnownDevice(cookies: string | null, device: Device): boolean {
  const start = `${nameOf(device)}=`;
  const sent = cookies
    ?.split(/;\s*/)
    .find((pair) => pair.startsWith(start))
    ?.slice(start.length);
  const [given, right] = [Buffer.from(sent ?? ""), Buffer.from(proofFor(device))];
  return given.length === right.length && timingSafeEqual(given, right);
}

export function deviceCookie(device: Device): string {
  const secure = device.secure ? "; Secure" : "";
  return `${nameOf(device)}=${proofFor(device)}; Max-Age=${year}; Path=/api/auth; HttpOnly; SameSite=Lax${secure}`;
}
