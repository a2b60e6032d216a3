/**
 * The browser's access token: kept in memory only, fetched with the session cookie when a request needs it,
 * never by a timer, so that an idle tab leaves the database asleep.
 */

const renewBefore = 30_000;

export class SignedOutError extends Error {
  override name = "SignedOutError";
  constructor() {
    super("You are signed out. Please sign in again.");
  }
}

type Held = { token: string; staleAt: number };

let held: Held | undefined;
let pending: Promise<string> | undefined;

/** A token that is good for at least half a minute. Throws {@link SignedOutError} without a session. */
export function getToken(): Promise<string> {
  if (held && Date.now() < held.staleAt) return Promise.resolve(held.token);
  return renew();
}

/** The token in hand, without asking for one: for work that must be sent while the page is closing. */
export function peekToken(): string | undefined {
  return held && Date.now() < held.staleAt ? held.token : undefined;
}

export function forgetToken(): void {
  held = undefined;
}

function renew(): Promise<string> {
  pending ??= requestToken().finally(() => {
    pending = undefined;
  });
  return pending;
}

async function requestToken(): Promise<string> {
  held = undefined;
  const response = await fetch("/api/auth/token", { credentials: "same-origin", cache: "no-store" });
  if (response.status === 401) throw new SignedOutError();
  if (!response.ok) throw new Error("The sign-in service did not answer. Please try again.");
  const { token } = (await response.json()) as { token: string };
  held = { token, staleAt: Date.now() + lifetime(token) - renewBefore };
  return token;
}

/** How long the token lives, from its own two claims: this machine's clock may be wrong. */
export function lifetime(token: string): number {
  const [, payload = ""] = token.split(".");
  const { iat, exp } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) as {
    iat?: number;
    exp?: number;
  };
  return exp && iat ? (exp - iat) * 1000 : 60_000;
}

/**
 * `fetch` with the person's token. A 401 renews the token and repeats the request once; when that does not
 * help, or the session is over, the browser goes to the sign-in page and the call throws.
 */
export async function authorizedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const base = typeof window === "undefined" ? undefined : window.location.origin;
  const request = new Request(typeof input === "string" ? new URL(input, base) : input, init);
  const repeat = request.clone();
  try {
    const response = await send(request, await getToken());
    if (response.status !== 401) return response;
    await response.body?.cancel();
    forgetToken();
    const second = await send(repeat, await getToken());
    if (second.status === 401) throw new SignedOutError();
    return second;
  } catch (error) {
    if (error instanceof SignedOutError) goToSignIn();
    throw error;
  }
}

function send(request: Request, token: string): Promise<Response> {
  request.headers.set("authorization", `Bearer ${token}`);
  return fetch(request);
}

function goToSignIn(): void {
  if (typeof window === "undefined") return;
  const { pathname, search } = window.location;
  window.location.assign(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
}
