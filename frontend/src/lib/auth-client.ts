/**
 * The browser's side of Better Auth: the handful of calls the product makes. Better Auth's own client would
 * add its session store and its refetching at every focus to each page.
 */

export type AuthResult = { ok: true } | { ok: false; code: string; message: string };

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

const messages: Record<string, string> = {
  INVALID_EMAIL_OR_PASSWORD: "That e-mail address and password do not go together.",
  INVALID_EMAIL: "That does not look like an e-mail address.",
  INVALID_PASSWORD: "That is not your current password.",
  USER_ALREADY_EXISTS: "There is already an account with that e-mail address.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "There is already an account with that e-mail address.",
  PASSWORD_TOO_SHORT: "The password needs at least 8 characters.",
  PASSWORD_TOO_LONG: "The password can have at most 128 characters.",
  USER_DATA_NOT_DELETED:
    "Your tasks and conversations could not be deleted just now, so your account was kept. Please try again in a moment.",
  INVALID_ORIGIN: "This address is not the one the server was set up for, so it refused to sign you in.",
};

async function call(path: string, body: object): Promise<AuthResult> {
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
  if (response.ok) return { ok: true };
  const fault = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  const code = fault.code ?? String(response.status);
  return { ok: false, code, message: messages[code] ?? messageFor(response.status, fault.message) };
}

function messageFor(status: number, message: string | undefined): string {
  if (status === 429) return "Too many attempts. Please wait a minute and try again.";
  if (status >= 500) return "Something went wrong on the server. Please try again in a moment.";
  return message ?? "That did not work. Please try again.";
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
