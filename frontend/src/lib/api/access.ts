import { attempt, problem } from "./client";

/** Who else gets at the person's tasks: keys that they made, and apps that they let in. */

export type AccessKey = {
  id: string;
  name: string;
  /** The beginning of the key, to tell it from others. */
  prefix: string;
  scopes: string[];
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
};

/** As it is told once. */
export type NewKey = AccessKey & { key: string };

export type ConnectedApp = {
  client_id: string;
  name: string | null;
  uri: string | null;
  scopes: string[];
  created_at: string;
  last_used_at: string | null;
};

export const accessKeysKey = ["access-keys"] as const;
export const appsKey = ["connected-apps"] as const;

export async function listKeys(signal: AbortSignal): Promise<AccessKey[]> {
  const { keys } = await ask<{ keys: AccessKey[] }>("keys", { signal });
  return keys;
}

export function makeKey(body: {
  name: string;
  scopes: string[];
  expires_in_days: number | null;
}): Promise<NewKey> {
  const headers = { "content-type": "application/json" };
  return ask("keys", { method: "POST", headers, body: JSON.stringify(body) });
}

export function revokeKey(id: string): Promise<void> {
  return remove(`keys/${encodeURIComponent(id)}`);
}

export async function listApps(signal: AbortSignal): Promise<ConnectedApp[]> {
  const { apps } = await ask<{ apps: ConnectedApp[] }>("apps", { signal });
  return apps;
}

export function disconnectApp(id: string): Promise<void> {
  return remove(`apps/${encodeURIComponent(id)}`);
}

/** What another tab has taken back already is gone as well. */
async function remove(path: string): Promise<void> {
  const response = await send(path, { method: "DELETE" });
  if (!response.ok && response.status !== 404) throw problem(response, await body(response));
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await send(path, init);
  const said = await body(response);
  if (!response.ok || said === null) throw problem(response, said);
  return said as T;
}

function send(path: string, init: RequestInit): Promise<Response> {
  return attempt(
    fetch(`/api/auth/${path}`, {
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(15_000),
      ...init,
    }),
  );
}

function body(response: Response): Promise<unknown> {
  return response.json().catch(() => null);
}
