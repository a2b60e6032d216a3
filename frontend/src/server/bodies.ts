import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * How much a request may carry. What answers here reads bodies into memory; what is piped goes on to the backend as it
 * comes, which has limits of its own.
 */

const kilobyte = 1024;
const signingIn = 64 * kilobyte;
const anythingElse = 1024 * kilobyte;

/** After a refusal, so that a client that writes before it reads gets the answer and not a reset. */
const discarded = { bytes: 8 * 1024 * kilobyte, milliseconds: 2_000 };

/** In an address that is written in an unusual way anything may be meant, so that it is limited. */
const piped = /^(?!.*\/[/.])\/api\/(?!(?:auth|health)(?:\/|$))[\w./~:@!$&'()*+,;=-]+$/;

export function bodyLimit(path: string): number {
  if (/^\/api\/auth(?:\/|$)/.test(path)) return signingIn;
  return piped.test(path) ? Number.POSITIVE_INFINITY : anythingElse;
}

/**
 * Whether the request's body keeps to the limit. One whose length is told is left to whoever reads it; any other is
 * first taken in to its end, and read from there. Never resolves when the client leaves.
 */
export function fits(request: IncomingMessage, limit: number): Promise<boolean> | boolean {
  if (limit === Number.POSITIVE_INFINITY) return true;
  if (request.headers["transfer-encoding"] === undefined) {
    return Number(request.headers["content-length"] ?? 0) <= limit;
  }
  return new Promise((resolve) => {
    const push = request.push;
    const chunks: Buffer[] = [];
    let length = 0;
    const done = (answer: boolean) => {
      request.push = push;
      resolve(answer);
    };
    request.push = (chunk: Buffer | null) => {
      if (chunk === null) {
        done(true);
        for (const held of chunks) request.push(held);
        return request.push(null);
      }
      length += chunk.length;
      if (length > limit) done(false);
      else chunks.push(chunk);
      return true;
    };
  });
}

/** Answers with 413, and closes the connection when the rest of the body has come, or enough of it. */
export function refuse(request: IncomingMessage, response: ServerResponse, limit: number, id: string): void {
  const problem = JSON.stringify({
    type: "about:blank",
    title: "Payload Too Large",
    status: 413,
    detail: `The request is too large: ${limit / kilobyte} kB are the most that is read here.`,
    code: "too_large",
    request_id: id,
  });
  response.writeHead(413, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(problem),
    "cache-control": "no-store",
    connection: "close",
  });
  response.write(problem);

  // Ending the response closes the connection.
  const close = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(close, discarded.milliseconds);
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > discarded.bytes) close();
  });
  request.once("end", close).once("close", close).once("error", close);
}
