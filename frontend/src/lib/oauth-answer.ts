import "server-only";
import * as z from "zod";
import { authDatabase, getAuth } from "./auth";
import { readBody } from "./auth-body";
import { Limits } from "./auth-limits";
import { explained, tooMany } from "./auth-problems";
import { authBodyLimit, readWithin, tooLarge } from "./body-limit";
import { forgetUnused, setRedirectUris } from "./connected-apps";
import { env } from "./env";
import { allows, answerForeign, notAllowed } from "./oauth-foreign";
import { authorizationOf, registrationOf, revocationFormOf, tokenFormOf } from "./oauth-requests";
import { problem } from "./problem";
import type { Rate } from "./rate-limit";
import { clientAddressHeader, currentRequest } from "./request-context";

/** The addresses of OAuth at `/api/auth/oauth2`. Their refusals are in OAuth's own form, which apps understand. */

type Endpoint = {
  method: "GET" | "POST";
  address: Rate;
  /** Whether apps call it, and not the person's browser. */
  foreign?: boolean;
  answer: (request: Request) => Promise<Response>;
};

const perMinute = (burst: number): Rate => ({ burst, every: 60 / burst });

const endpoints: Record<string, Endpoint> = {
  authorize: { method: "GET", address: perMinute(60), answer: authorize },
  consent: { method: "POST", address: perMinute(60), answer: consent },
  token: { method: "POST", address: perMinute(120), foreign: true, answer: token },
  // Whoever lists their servers in an app has it register anew for each.
  register: { method: "POST", address: perMinute(30), foreign: true, answer: register },
  revoke: { method: "POST", address: perMinute(60), foreign: true, answer: revoke },
};

/** The answer to a request for OAuth; nothing if its address is none of OAuth's. */
export async function answerOAuth(request: Request): Promise<Response | undefined> {
  const [, name = ""] = /^\/api\/auth\/oauth2\/([a-z]+)$/.exec(new URL(request.url).pathname) ?? [];
  const endpoint = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  if (!endpoint) return undefined;
  const { method, address, foreign } = endpoint;
  const answer = async () => {
    const { headers } = request;
    const limits = new Limits(authDatabase(), {
      name: `oauth2/${name}`,
      route: { method, address },
      address: currentRequest()?.address ?? "",
      headers,
      device: undefined,
    });
    const seconds = await limits.wait();
    if (seconds > 0) return tooMany(seconds);
    const response = await endpoint.answer(request);
    const answered = new Response(response.body, response);
    answered.headers.set("cache-control", "no-store");
    return answered;
  };
  if (foreign) return answerForeign(request, method, answer);
  return allows(request, method) ? answer() : notAllowed(method);
}

/** A person's browser comes from an app, and goes to the consent page or back to the app. */
async function authorize(request: Request): Promise<Response> {
  const { origin, pathname, searchParams } = new URL(request.url);
  const query = authorizationOf(searchParams, env().mcpUrl);
  const { headers } = request;
  const response = await getAuth().handler(new Request(`${origin}${pathname}?${query}`, { headers }));
  const location = response.headers.get("location");
  if (!location) return response.ok ? response : explained(response);
  return new Response(null, { status: 302, headers: { location: withIssuer(location) } });
}

const decision = z.strictObject({
  accept: z.boolean("The answer has to be true or false."),
  oauth_query: z.string("The request of the app has to be a text.").max(8000),
  /** Whom the page asked. */
  user: z.string("The person has to be named.").max(100),
});

/** What the person answered to the consent page. */
async function consent(request: Request): Promise<Response> {
  const read = await readBody(request, decision);
  if ("refusal" in read) return read.refusal;
  const { user, ...body } = read.body;
  const { headers } = request;
  const session = await getAuth().api.getSession({ headers, query: { disableRefresh: true } });
  if (session && session.user.id !== user) {
    const detail = "You are signed in as somebody else by now. Please reload this page.";
    return problem({ status: 409, code: "other_person", detail });
  }
  const response = await toPlugin(request, JSON.stringify(body), headers, "application/json");
  if (!response.ok) return explained(response);
  const { url } = (await response.json()) as { url: string };
  return Response.json({ url: withIssuer(url) });
}

async function token(request: Request): Promise<Response> {
  const form = await readForm(request);
  if (form instanceof Response) return form;
  const body = tokenFormOf(form, env().mcpUrl).toString();
  const ask = () => toPlugin(request, body, credentials(request));
  const response = await ask();
  if (response.ok) return response;
  const said = await errorOf(response);
  // Of two windows of an app that refresh at once, one comes before the answer to the other can be given to it again.
  if (said.error === "invalid_grant" && form.get("grant_type") === "refresh_token") {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const again = await ask();
    if (again.ok) return again;
  }
  // Apps begin anew at this error alone.
  const over = ["code verification failed", "session no longer exists", "user not found"];
  if (said.error === "invalid_user" || over.includes(said.error_description ?? ""))
    return refusal({ ...said, error: "invalid_grant" });
  return refusal(said, response);
}

async function revoke(request: Request): Promise<Response> {
  const form = await readForm(request);
  if (form instanceof Response) return form;
  const response = await toPlugin(request, revocationFormOf(form).toString(), credentials(request));
  if (response.ok) return response;
  const said = await errorOf(response);
  // A token that is none any more is no error (RFC 7009, section 2.2).
  return said.error === "invalid_request" && form.get("token") ? Response.json({}) : refusal(said, response);
}

async function register(request: Request): Promise<Response> {
  const blob = request.body && (await readWithin(request.body, authBodyLimit));
  if (request.body && !blob) return problem(tooLarge(authBodyLimit), { connection: "close" });
  const sent = await blob
    ?.text()
    .then(JSON.parse)
    .catch(() => undefined);
  const registration = registrationOf(sent);
  if ("error" in registration) return refusal(registration);
  await forgetUnused(authDatabase());
  const text = JSON.stringify(registration.body);
  const response = await toPlugin(request, text, credentials(request), "application/json");
  if (!response.ok) return refusal(await errorOf(response), response);
  const registered = (await response.json()) as { client_id: string; redirect_uris: string[] };
  if (registration.redirectUris) {
    await setRedirectUris(authDatabase(), registered.client_id, registration.redirectUris);
    registered.redirect_uris = registration.redirectUris;
  }
  return Response.json(registered, { status: 201 });
}

const formType = "application/x-www-form-urlencoded";

function toPlugin(request: Request, body: string, sent: Headers, type = formType): Promise<Response> {
  const headers = new Headers(sent);
  headers.set("content-type", type);
  headers.delete("content-length");
  const { origin, pathname } = new URL(request.url);
  return getAuth().handler(new Request(`${origin}${pathname}`, { method: "POST", headers, body }));
}

/** An app is who it says by its own credentials, never by the cookies of a browser it runs in. */
function credentials({ headers }: Request): Headers {
  const kept = new Headers({ accept: "application/json" });
  for (const name of ["authorization", clientAddressHeader]) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}

async function readForm(request: Request): Promise<URLSearchParams | Response> {
  const blob = request.body && (await readWithin(request.body, authBodyLimit));
  if (request.body && !blob) return problem(tooLarge(authBodyLimit), { connection: "close" });
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === formType) return new URLSearchParams(await blob?.text());
  return refusal({ error: "invalid_request", error_description: `Send ${formType}.` });
}

type OAuthError = { error: string; error_description?: string };

async function errorOf(response: Response): Promise<OAuthError> {
  const said = (await response.json().catch(() => ({}))) as Partial<OAuthError> & { message?: string };
  const { error = response.status < 500 ? "invalid_request" : "server_error" } = said;
  const error_description = said.error_description ?? said.message;
  return error_description ? { error, error_description } : { error };
}

function refusal(error: OAuthError, response?: Response): Response {
  const challenge = response?.headers.get("www-authenticate");
  return Response.json(error, {
    status: response?.status ?? 400,
    headers: challenge ? { "www-authenticate": challenge } : {},
  });
}

/** The plugin names every issuer with https that is not on this machine; apps compare it with the metadata (RFC 9207). */
function withIssuer(location: string): string {
  const { publicOrigin } = env();
  const misnamed = publicOrigin.replace(/^http:/, "https:");
  if (misnamed === publicOrigin || !URL.canParse(location)) return location;
  const url = new URL(location);
  if (url.searchParams.get("iss") !== misnamed) return location;
  url.searchParams.set("iss", publicOrigin);
  return url.href;
}
