import "server-only";
import { env } from "./env";
import { answerForeign } from "./oauth-foreign";
import { oauthScopes } from "./oauth-options";
import { problem } from "./problem";

/**
 * The authorization server's metadata (RFC 8414): what is let through to Better Auth's plugin, which offers more. Made of
 * the configuration alone, so that asking for it wakes no database.
 */
function metadata() {
  const { publicOrigin } = env();
  const at = (path: string) => `${publicOrigin}/api/auth/${path}`;
  const clients = ["none", "client_secret_basic", "client_secret_post"];
  return {
    issuer: publicOrigin,
    authorization_endpoint: at("oauth2/authorize"),
    token_endpoint: at("oauth2/token"),
    registration_endpoint: at("oauth2/register"),
    revocation_endpoint: at("oauth2/revoke"),
    jwks_uri: at("jwks"),
    scopes_supported: oauthScopes,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    token_endpoint_auth_methods_supported: clients,
    revocation_endpoint_auth_methods_supported: clients,
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    // Clients that ask for OpenID's document insist on these, although nobody gets an ID token.
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["EdDSA"],
  };
}

const wellKnown = /^\/\.well-known\/(?:oauth-authorization-server|openid-configuration)/;

/** At the origin's address, and where clients make it of the resource's. */
export function answerMetadata(request: Request): Promise<Response> {
  const behind = new URL(request.url).pathname.replace(wellKnown, "").replace(/\/$/, "");
  return answerForeign(request, "GET", async () =>
    behind === "" || behind === new URL(env().mcpUrl).pathname
      ? Response.json(metadata(), { headers: { "cache-control": "public, max-age=60" } })
      : problem({ status: 404, code: "not_found", detail: "There is nothing at this address." }),
  );
}
