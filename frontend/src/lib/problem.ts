import { STATUS_CODES } from "node:http";
import { currentRequest } from "./request-context";

/** The form of every error that this process answers with, as the backend's are: RFC 9457. */
export type Problem = {
  status: number;
  /** For programs. */
  code: string;
  /** A sentence for people. */
  detail: string;
  errors?: { field: string; code: string; message: string }[];
};

export const problemHeaders = { "content-type": "application/problem+json", "cache-control": "no-store" };

export function problemText({ status, code, detail, errors }: Problem, requestId?: string | null): string {
  const title = STATUS_CODES[status] ?? "Error";
  return JSON.stringify({ type: "about:blank", title, status, detail, code, errors, request_id: requestId });
}

export function problem(what: Problem, headers: HeadersInit = {}): Response {
  const all = new Headers(headers);
  for (const [name, value] of Object.entries(problemHeaders)) all.set(name, value);
  return new Response(problemText(what, currentRequest()?.id), { status: what.status, headers: all });
}

export function nothingHere(): Response {
  return problem({ status: 404, code: "not_found", detail: "There is nothing at this address." });
}

export const databaseAway: Problem = {
  status: 503,
  code: "database_unreachable",
  detail: "The database cannot be reached just now. Please try again in a moment.",
};
