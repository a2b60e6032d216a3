import "server-only";
import { authDatabase, getAuth, usesHttps } from "./auth";
import { readBody } from "./auth-body";
import { noteFailure } from "./auth-database";
import { Limits } from "./auth-limits";
import { explained, tooMany } from "./auth-problems";
import { routesAt } from "./auth-routes";
import { env } from "./env";
import { type Device, deviceCookie } from "./known-device";
import { answerOAuth } from "./oauth-answer";
import { databaseAway, problem } from "./problem";
import { currentRequest } from "./request-context";

/** Answers a request to `/api/auth/**`; with 503 where the database failed it, whatever Better Auth made of that. */
export async function answerAuth(request: Request): Promise<Response> {
  const response = await answer(request).catch((error: unknown) => {
    noteFailure(error);
    if (!request.signal.aborted) console.error("an identity request failed", error);
    return problem({ status: 500, code: "internal", detail: "Something went wrong on the server." });
  });
  if (!currentRequest()?.databaseAway) return response;
  // A person's browser shows what it is answered here.
  if (new URL(request.url).pathname === "/api/auth/oauth2/authorize")
    return new Response(null, {
      status: 302,
      headers: { location: "/consent?error=temporarily_unavailable" },
    });
  return problem(databaseAway, { "retry-after": "2" });
}

async function answer(request: Request): Promise<Response> {
  const { pathname, origin } = new URL(request.url);
  const oauth = await answerOAuth(request);
  if (oauth) return oauth;
  const found = routesAt(pathname);
  if (!found) return problem({ status: 404, code: "not_found", detail: "There is nothing at this address." });
  const { name, routes } = found;
  const method = request.method === "HEAD" ? "GET" : request.method;
  const route = routes.find((route) => route.method === method);
  if (!route) {
    const methods = routes.map((route) => route.method);
    const detail = `This address answers ${methods.join(" and ")} only.`;
    return problem({ status: 405, code: "method_not_allowed", detail }, { allow: methods.join(", ") });
  }
  const read = route.body ? await readBody(request, route.body) : { body: {} };
  if ("refusal" in read) return read.refusal;

  const { body } = read;
  const { headers } = request;
  const device: Device | undefined =
    "email" in body
      ? { email: String(body.email), secret: env().authSecret, secure: usesHttps() }
      : undefined;
  const address = currentRequest()?.address ?? "";
  const limits = new Limits(authDatabase(), { name, route, address, headers, device });
  const seconds = await limits.wait();
  if (seconds > 0) return tooMany(seconds);

  const response = await getAuth().handler(
    // Made of its parts: Next.js hands over a proxy of a request, which Node.js 24 takes for none.
    new Request(`${origin}${pathname}`, {
      method,
      headers: asJson(headers),
      ...(route.body ? { body: JSON.stringify(body) } : {}),
    }),
  );
  if (!response.ok) return explained(response);
  await limits.succeeded();
  const answered = new Response(response.body, response);
  if (device) answered.headers.append("set-cookie", deviceCookie(device));
  // The public keys are everybody's.
  if (name !== "jwks") answered.headers.set("cache-control", "no-store");
  return answered;
}

function asJson(sent: Headers): Headers {
  const headers = new Headers(sent);
  headers.set("content-type", "application/json");
  headers.delete("content-length");
  return headers;
}
