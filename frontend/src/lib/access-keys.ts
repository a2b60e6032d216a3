import type { apiKey } from "@better-auth/api-key";
import type { BetterAuthPlugin, Where } from "better-auth";
import { APIError, createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import { newKey } from "./auth-routes";

/**
 * People's own access keys. Better Auth's plugin makes them, hashes them and has their table; its endpoints are not
 * reached from outside, where it lets nobody say what a key may do, so these are.
 */

/** As many keys as one person can have. */
const most = 50;

const model = "apikey";

type Row = {
  id: string;
  name: string | null;
  start: string | null;
  permissions: string | null;
  createdAt: Date;
  lastRequest: Date | null;
  expiresAt: Date | null;
};

export function accessKeys({ endpoints }: ReturnType<typeof apiKey>) {
  return {
    id: "access-keys",
    endpoints: {
      listAccessKeys: createAuthEndpoint(
        "/keys",
        { method: "GET", use: [sessionMiddleware] },
        async ({ context, json }) => {
          const rows = await context.adapter.findMany<Row>({
            model,
            where: [owner(context.session.user.id)],
            sortBy: { field: "createdAt", direction: "desc" },
          });
          return json({ keys: rows.map((row) => told(row, scopesOf(row.permissions))) });
        },
      ),

      makeAccessKey: createAuthEndpoint(
        "/keys",
        { method: "POST", body: newKey, use: [sessionMiddleware] },
        async ({ body, context, json, setStatus }) => {
          const userId = context.session.user.id;
          const { key, ...row } = await endpoints.createApiKey({
            body: {
              userId,
              name: body.name,
              permissions: { tasks: body.scopes.map((scope) => scope.slice("tasks:".length)) },
              expiresIn: body.expires_in_days && body.expires_in_days * 24 * 3600,
            },
            context,
          });
          // Counted afterwards, because of many requests at once each sees those that were before it.
          if ((await context.adapter.count({ model, where: [owner(userId)] })) > most) {
            await context.adapter.deleteMany({
              model,
              where: [owner(userId), { field: "id", value: row.id }],
            });
            throw new APIError("CONFLICT", {
              code: "TOO_MANY_KEYS",
              message: `You have ${most} keys, which is as many as there can be: revoke one first.`,
            });
          }
          setStatus(201);
          return json({ ...told(row, body.scopes), key });
        },
      ),

      revokeAccessKey: createAuthEndpoint(
        "/keys/:id",
        { method: "DELETE", use: [sessionMiddleware] },
        async ({ context, params }) => {
          const revoked = await context.adapter.deleteMany({
            model,
            where: [owner(context.session.user.id), { field: "id", value: params.id }],
          });
          if (revoked === 0) throw new APIError("NOT_FOUND", { code: "KEY_NOT_FOUND" });
          return new Response(null, { status: 204 });
        },
      ),
    },
  } satisfies BetterAuthPlugin;
}

const owner = (id: string): Where => ({ field: "referenceId", value: id });

function told(
  { id, name, start, createdAt, lastRequest, expiresAt }: Omit<Row, "permissions">,
  scopes: string[],
) {
  return {
    id,
    name: name ?? "",
    prefix: start ?? "",
    scopes,
    created_at: createdAt,
    last_used_at: lastRequest,
    expires_at: expiresAt,
  };
}

function scopesOf(permissions: string | null): string[] {
  const { tasks = [] } = JSON.parse(permissions ?? "{}") as { tasks?: string[] };
  return tasks.map((action) => `tasks:${action}`);
}
