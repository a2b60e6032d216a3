import type { Problem } from "./problem";

/** How much of a request's body is read into memory here. What is piped to the backend streams, and has limits there. */

const kilobyte = 1024;
export const authBodyLimit = 64 * kilobyte;
export const pageBodyLimit = 1024 * kilobyte;

/** So much is read and dropped above the limit: a client that writes before it reads gets the answer, not a reset. */
const dropped = 8 * 1024 * kilobyte;

/**
 * The whole body, or null when it is longer than the limit. The stream is not cancelled then, which would close the
 * connection before the answer is written.
 */
export async function readWithin(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  limit: number,
): Promise<Blob | null> {
  const reader = body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (length <= dropped) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length <= limit) chunks.push(value);
  }
  return length <= limit ? new Blob(chunks) : null;
}

export function tooLarge(limit: number): Problem {
  return {
    status: 413,
    code: "too_large",
    detail: `The request is too large: ${limit / kilobyte} kB are the most that is read here.`,
  };
}
