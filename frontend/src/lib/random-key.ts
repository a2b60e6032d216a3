/** A name nobody else has. `crypto.randomUUID` exists only on HTTPS and localhost; people also open this by a plain address. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
