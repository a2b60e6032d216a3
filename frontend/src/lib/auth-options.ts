import { apiKey } from "@better-auth/api-key";
import type { BetterAuthOptions } from "better-auth";
import { jwt } from "better-auth/plugins/jwt";
import type { Pool } from "pg";
import { accessKeys } from "./access-keys";
import { connectedApps } from "./connected-apps";
import { authorizationServer } from "./oauth-options";
import { personalToken, personalTokenPrefix } from "./personal-token";
import { clientAddressHeader } from "./request-context";
import { signingKeys } from "./signing-keys";

type Settings = {
  database: Pool;
  publicOrigin: string;
  /** The address of the MCP server, for which apps get their tokens. */
  mcpUrl: string;
  /** Where browsers may call from besides, asked anew for each request. */
  trustedOrigins?: () => string[];
  /** Whether cookies are for https only; by default as the public origin is. */
  secureCookies?: boolean;
  secret: string;
  /** Called with the user's id before the account goes; throwing keeps the account. */
  deleteUserData: (userId: string) => Promise<void>;
};

/** Everything that decides Better Auth's tables and rules; shared by the server and the migration. */
export function authOptions({
  database,
  publicOrigin,
  mcpUrl,
  trustedOrigins = () => [],
  secureCookies = publicOrigin.startsWith("https://"),
  secret,
  deleteUserData,
}: Settings) {
  const keys = apiKey({
    customKeyGenerator: () => personalToken(),
    defaultPrefix: personalTokenPrefix,
    // The prefix and four characters more, by which people know their tokens apart.
    startingCharactersConfig: { charactersLength: personalTokenPrefix.length + 4 },
    requireName: true,
    maximumNameLength: 100,
    // By default a key is good for ten requests a day.
    rateLimit: { enabled: false },
  });
  return {
    appName: "Todo",
    // Its own lines are in colour, and one at `info` has an e-mail address in it.
    logger: {
      level: "warn",
      log: (level, message, ...details) => console[level](`Better Auth: ${message}`, ...details),
    },
    baseURL: publicOrigin,
    secret,
    database,
    // Of requests that name no app to go back to.
    onAPIError: { errorURL: `${publicOrigin}/consent` },
    trustedOrigins: async () => trustedOrigins(),
    emailAndPassword: { enabled: true, minPasswordLength: 8, maxPasswordLength: 128 },
    user: {
      deleteUser: {
        enabled: true,
        beforeDelete: async (user: { id: string }) => deleteUserData(user.id),
      },
    },
    // Counted in its table, but by rules of our own.
    rateLimit: { enabled: false, storage: "database" },
    advanced: {
      useSecureCookies: secureCookies,
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
    },
    telemetry: { enabled: false },
    plugins: [
      jwt({
        disableSettingJwtHeader: true,
        adapter: { getJwks: signingKeys },
        jwt: {
          issuer: publicOrigin,
          audience: publicOrigin,
          expirationTime: "15m",
          // Without this the whole user record, e-mail and name, would travel in every token.
          definePayload: () => ({}),
        },
      }),
      keys,
      accessKeys(keys),
      authorizationServer(mcpUrl),
      connectedApps(database),
    ],
  } satisfies BetterAuthOptions;
}
