/**
 * The browser's side of Better Auth: the handful of calls the product makes. Better Auth's own client would
 * add its session store and its refetching at every focus to each page.
 */

type Refused = { ok: false; code: string; message: string };
export type AuthResult = { ok: true } | Refused;

export const signUp = (body: { name: string; email: string; password: string }) =>
  changeIdentity("sign-up/email", body);

export const signIn = (body: { email: string; password: string }) => changeIdentity("sign-in/email", body);

export const signOut = () => changeIdentity("sign-out", {});

export const deleteAccount = (body: { password: string }) => changeIdentity("delete-user", body);

export const updateName = (name: string) => call("update-user", { name });

export const changePassword = (body: { currentPassword: string; newPassword: string }) =>
  call("change-password", { ...body, revokeOtherSessions: true });

/** Ends every session of this person, this one included. */
export async function signOutEverywhere(): Promise<AuthResult> {
  const revoked = await call("revoke-sessions", {});
  return revoked.ok ? signOut() : revoked;
}

/** Lets an app in or turns it away; either way the browser goes back to it. */
export async function answerConsent(body: {
  accept: boolean;
  oauth_query: string;
  user: string;
}): Promise<{ ok: true; url: string } | Refused> {
  const result = await call("oauth2/consent", body);
  return result.ok ? { ok: true, url: String(result.body.url) } : result;
}

async function call(
  path: string,
  body: object,
): Promise<{ ok: true; body: Record<string, unknown> } | Refused> {
  let response: Response;
  try {
    response = await fetch(`/api/auth/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    return { ok: false, code: "NETWORK", message: "The server cannot be reached. Check your connection." };
  }
  if (response.ok) return { ok: true, body: await response.json().catch(() => ({})) };
  const { code = "", detail = "That did not work. Please try again." } = (await response
    .json()
    .catch(() => ({}))) as { code?: string; detail?: string };
  return { ok: false, code, message: detail };
}

async function changeIdentity(path: string, body: object): Promise<AuthResult> {
  const result = await call(path, body);
  if (result.ok) identityChannel()?.postMessage(path);
  return result;
}

let channel: BroadcastChannel | undefined;

/** One for the page: a channel hears every other one, even of its own page, but never itself. */
function identityChannel(): BroadcastChannel | undefined {
  if (!channel && "BroadcastChannel" in globalThis) channel = new BroadcastChannel("identity");
  return channel;
}

/** Calls back when another tab signed somebody in or out; returns the function that stops listening. */
export function onIdentityChange(listener: () => void): () => void {
  const heard = identityChannel();
  heard?.addEventListener("message", listener);
  return () => heard?.removeEventListener("message", listener);
}
