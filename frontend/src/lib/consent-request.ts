import "server-only";
import { authDatabase } from "./auth";
import { oauthScopes } from "./oauth-options";

export type ConsentRequest = { name: string; uri: string | null; scopes: string[]; redirectUri: string };

/**
 * What an app asks a person for. The signature of the request is checked with the person's answer: what is shown of a
 * request that somebody made up leads nowhere.
 */
export async function consentRequest(asked: URLSearchParams): Promise<ConsentRequest | { refused: string }> {
  if (!(Number(asked.get("exp")) * 1000 > Date.now())) return { refused: "expired" };
  const { rows } = await authDatabase().query<{ name: string; uri: string | null; redirectUris: string[] }>(
    'select name, uri, "redirectUris" from "oauthClient" where "clientId" = $1',
    [asked.get("client_id")],
  );
  const [client] = rows;
  if (!client) return { refused: "invalid_client" };
  const redirectUri = asked.get("redirect_uri") ?? "";
  if (!client.redirectUris.some((uri) => withoutPort(uri) === withoutPort(redirectUri)))
    return { refused: "invalid_redirect" };
  const named = (asked.get("scope") ?? "").split(" ");
  const scopes = ["tasks:read", "tasks:write", "offline_access"].filter((scope) => named.includes(scope));
  if (scopes.length === 0 || named.some((scope) => !oauthScopes.includes(scope)))
    return { refused: "invalid_scope" };
  return { name: client.name, uri: client.uri, scopes, redirectUri };
}

/** Apps on the person's own machine listen at whatever port is free. */
function withoutPort(uri: string): string {
  return uri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\d+/, "$1");
}

export type Destination = { place: string; of: string };

/** Where the browser goes with the person's answer, in words. */
export function destinationOf(redirectUri: string): Destination {
  const { protocol, host, hostname } = new URL(redirectUri);
  if (protocol === "https:") return { place: host, of: "" };
  if (protocol === "http:" && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
    return { place: host, of: ", an app on this device" };
  return { place: protocol, of: ", whichever app on this device opens such links" };
}
