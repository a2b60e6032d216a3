import "server-only";
import { APIError, betterAuth } from "better-auth";
import type { Pool } from "pg";
import { AuthDatabase } from "./auth-database";
import { authOptions } from "./auth-options";
import { forgetApps } from "./connected-apps";
import { poolOptions } from "./database-url";
import { env } from "./env";
import { isOurs } from "./origins";
import { currentRequest, requestIdHeaders } from "./request-context";

/** One for addresses with https, whose cookies are for https only, one for those without; over one database. */
type Auths = { database: Pool; secure: Auth; plain: Auth };
type Auth = ReturnType<typeof createAuth>;

function createAuth(database: Pool, secureCookies: boolean) {
  const { publicOrigin, mcpUrl, authSecret } = env();
  return betterAuth(
    authOptions({
      database,
      publicOrigin,
      mcpUrl,
      trustedOrigins,
      secureCookies,
      secret: authSecret,
      deleteUserData,
    }),
  );
}

/** A page may come from where this request went, if people are meant to open the site there. */
function trustedOrigins(): string[] {
  const request = currentRequest();
  if (!request) return env().trustedOrigins;
  return isOurs(request.origin, env()) ? [request.origin] : [];
}

function createAuths(): Auths {
  const database = new AuthDatabase({
    ...poolOptions(env().databaseUrl, env().rootCertificate),
    max: 5,
    // Short, so that an idle server lets a serverless database fall asleep.
    idleTimeoutMillis: 10_000,
    connectionTimeoutMillis: 5_000,
    application_name: "todo-frontend",
  });
  // A database that suspends closes idle connections; unhandled, that event would end the process.
  database.on("error", (error) => console.warn(`idle database connection closed: ${error.message}`));
  return { database, secure: createAuth(database, true), plain: createAuth(database, false) };
}

// Kept across hot reloads in development, where each reload would otherwise leak a pool.
const shared = globalThis as typeof globalThis & { todoAuths?: Auths };

function auths(): Auths {
  shared.todoAuths ??= createAuths();
  return shared.todoAuths;
}

/** Better Auth for this request, made at the first use: building the app needs neither a database nor secrets. */
export function getAuth(): Auth {
  return usesHttps() ? auths().secure : auths().plain;
}

export function authDatabase(): Pool {
  return auths().database;
}

/** Whether the cookies of this request are for https only. */
export function usesHttps(): boolean {
  const here = currentRequest()?.origin ?? env().publicOrigin;
  const origin = isOurs(here, env()) ? here : env().publicOrigin;
  return origin.startsWith("https://");
}

/** A short-lived token for this user, as the browser gets from `/api/auth/token`. */
export async function mintToken(userId: string): Promise<string> {
  const { token } = await getAuth().api.signJWT({ body: { payload: { sub: userId } } });
  return token;
}

async function deleteUserData(userId: string): Promise<void> {
  const refusal = new APIError("SERVICE_UNAVAILABLE", {
    code: "USER_DATA_NOT_DELETED",
  });
  const token = await mintToken(userId);
  const response = await fetch(`${env().backendUrl}/api/me/account`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${token}`, ...requestIdHeaders() },
    cache: "no-store",
    signal: AbortSignal.timeout(10_000),
  }).catch(() => {
    throw refusal;
  });
  if (!response.ok) throw refusal;
  // The plugin that has them leaves them behind.
  await authDatabase().query('delete from apikey where "referenceId" = $1', [userId]);
  await forgetApps(authDatabase(), userId);
}
