import "server-only";
import { APIError, betterAuth } from "better-auth";
import { Pool } from "pg";
import { authOptions } from "./auth-options";
import { poolOptions } from "./database-url";
import { env } from "./env";
import { requestIdHeaders } from "./request-id";

function createAuth() {
  const { publicOrigin, authSecret, databaseUrl } = env();
  const database = new Pool({
    ...poolOptions(databaseUrl),
    max: 5,
    // Short, so that an idle server lets a serverless database fall asleep.
    idleTimeoutMillis: 10_000,
    connectionTimeoutMillis: 5_000,
    application_name: "todo-frontend",
  });
  // A database that suspends closes idle connections; unhandled, that event would end the process.
  database.on("error", (error) => console.warn(`Idle database connection closed: ${error.message}`));
  return betterAuth(authOptions({ database, publicOrigin, secret: authSecret, deleteUserData }));
}

type Auth = ReturnType<typeof createAuth>;

// Kept across hot reloads in development, where each reload would otherwise leak a pool.
const shared = globalThis as typeof globalThis & { todoAuth?: Auth };

/** Better Auth, made at the first use: building the app needs neither a database nor secrets. */
export function getAuth(): Auth {
  shared.todoAuth ??= createAuth();
  return shared.todoAuth;
}

/** A short-lived token for this user, as the browser gets from `/api/auth/token`. */
export async function mintToken(userId: string): Promise<string> {
  const { token } = await getAuth().api.signJWT({ body: { payload: { sub: userId } } });
  return token;
}

async function deleteUserData(userId: string): Promise<void> {
  const refusal = new APIError("SERVICE_UNAVAILABLE", {
    code: "USER_DATA_NOT_DELETED",
    message: "The data of this account could not be deleted, so the account was kept.",
  });
  const token = await mintToken(userId);
  const response = await fetch(`${env().backendUrl}/api/me/data`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${token}`, ...requestIdHeaders() },
    cache: "no-store",
    signal: AbortSignal.timeout(10_000),
  }).catch(() => {
    throw refusal;
  });
  if (!response.ok) throw refusal;
}
