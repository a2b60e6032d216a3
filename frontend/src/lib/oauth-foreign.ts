import "server-only";
import { corsHeaders, mayCall } from "./cors";
import { env } from "./env";
import { problem } from "./problem";

/** Answers what apps ask, also those that are pages of other sites, as far as these may. */
export async function answerForeign(
  request: Request,
  method: "GET" | "POST",
  answer: () => Promise<Response>,
): Promise<Response> {
  const origin = request.headers.get("origin");
  if (origin !== null && !mayCall(origin, env()))
    return problem({
      status: 403,
      code: "forbidden",
      detail: "Pages of this site may not call this address.",
    });
  const cors = origin === null ? { vary: "Origin" } : corsHeaders(origin);
  if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: cors });
  const response = allows(request, method) ? await answer() : notAllowed(method);
  const answered = new Response(response.body, response);
  for (const [name, value] of Object.entries(cors)) answered.headers.set(name, value);
  return answered;
}

export function allows(request: Request, method: "GET" | "POST"): boolean {
  return request.method === method || (request.method === "HEAD" && method === "GET");
}

export function notAllowed(method: string): Response {
  const detail = `This address answers ${method} only.`;
  return problem({ status: 405, code: "method_not_allowed", detail }, { allow: method });
}
