import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type Problem, problemHeaders, problemText } from "../lib/problem";

/** Answers what Node.js could not read as a request, or not in time. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const problem = problems[error.code ?? ""] ?? unreadable;
  const body = problemText(problem);
  const head = { ...problemHeaders, "content-length": Buffer.byteLength(body), connection: "close" };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join("")}\r\n${body}`);
  // A client that goes on sending, or does not read, keeps nothing open.
  setTimeout(() => socket.destroy(), 1_000).unref();
}

const unreadable: Problem = {
  status: 400,
  code: "bad_request",
  detail: "The request cannot be read.",
};

const problems: Record<string, Problem> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: "too_large", detail: "The head of the request is too large." },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: "too_large", detail: "The request is too large." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: "timeout", detail: "The request did not arrive in time." },
};
