import { oauthProvider } from "@better-auth/oauth-provider";

/** What an app may be allowed. `offline_access` means that it stays connected. */
export const oauthScopes = ["offline_access", "tasks:read", "tasks:write"];

/** The OAuth 2.1 authorization server for apps that use a person's tasks through the MCP server at `mcpUrl`. */
export function authorizationServer(mcpUrl: string) {
  const provider = oauthProvider({
    loginPage: "/consent",
    consentPage: "/consent",
    scopes: oauthScopes,
    grantTypes: ["authorization_code", "refresh_token"],
    resources: [mcpUrl],
    // There is one resource, and every app is for it.
    enforcePerClientResources: false,
    allowDynamicClientRegistration: true,
    allowUnauthenticatedClientRegistration: true,
    // A signed token cannot be taken back.
    accessTokenExpiresIn: 600,
    // Within this a client with two windows may refresh with the same token twice.
    refreshTokenReuseInterval: 30,
    silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
  });
  // It asks the database for the resource, which would wake one that sleeps and fail for good with one that is away;
  // the first use of the resource does the same.
  return { ...provider, init: undefined };
}
