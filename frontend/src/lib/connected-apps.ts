import type { BetterAuthPlugin } from "better-auth";
import {
  APIError,
  createAuthEndpoint,
  createAuthMiddleware,
  getSessionFromCtx,
  sessionMiddleware,
} from "better-auth/api";
import type { Pool } from "pg";

/**
 * The apps that a person let in. Better Auth's plugin for OAuth takes nothing of theirs back: it forgets that somebody
 * agreed and goes on refreshing, also after the person has signed out everywhere or has another password.
 */
export function connectedApps(database: Pool) {
  return {
    id: "connected-apps",
    init: () => ({
      options: {
        databaseHooks: {
          account: {
            update: {
              // Before, so that the password stays as it is where the tokens cannot be taken back.
              before: async (_, context) => {
                if (context?.path !== "/change-password") return;
                const session = await getSessionFromCtx(context);
                if (session) await endTokens(database, session.user.id);
              },
            },
          },
        },
      },
    }),
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === "/revoke-sessions" || path === "/revoke-other-sessions",
          handler: createAuthMiddleware(async (context) => {
            const session = await getSessionFromCtx(context);
            if (session) await endTokens(database, session.user.id);
          }),
        },
      ],
    },
    endpoints: {
      listApps: createAuthEndpoint(
        "/apps",
        { method: "GET", use: [sessionMiddleware] },
        async ({ context, json }) => {
          const { rows } = await database.query(list, [context.session.user.id]);
          return json({ apps: rows });
        },
      ),
      disconnectApp: createAuthEndpoint(
        "/apps/:id",
        { method: "DELETE", use: [sessionMiddleware] },
        async ({ context, params }) => {
          const { rowCount } = await database.query(disconnect, [context.session.user.id, params.id]);
          if (rowCount === 0) throw new APIError("NOT_FOUND", { code: "APP_NOT_FOUND" });
          return new Response(null, { status: 204 });
        },
      ),
    },
  } satisfies BetterAuthPlugin;
}

/** An app that stays connected refreshes at least every ten minutes while it is used; of others the time is known at which they were let in. */
const list = `
  select "clientId" as client_id, client.name, client.uri, agreed.scopes, agreed.created_at,
    greatest(agreed.updated_at, (
      select max(token."createdAt") from "oauthRefreshToken" token
      where token."userId" = $1 and token."clientId" = client."clientId"
    )) as last_used_at
  from "oauthClient" client join lateral (
    select min("createdAt") as created_at, max("updatedAt") as updated_at,
      (array_agg(consent.scopes order by "updatedAt" desc))[1] as scopes
    from "oauthConsent" consent where consent."userId" = $1 and consent."clientId" = client."clientId"
    having count(*) > 0
  ) agreed on true
  order by agreed.created_at desc, client_id`;

/** Codes that an app has not changed for tokens yet, of a person and, where one is named, of one app. */
const codes = (app: string) => `
  delete from verification where value like '{"type":"authorization_code",%'
    and case when value like '{"type":"authorization_code",%' then value::jsonb end @>
      (jsonb_build_object('userId', $1::text) ${app})`;

const disconnect = `
  with codes as (${codes(`|| jsonb_build_object('query', jsonb_build_object('client_id', $2::text))`)}),
    access as (delete from "oauthAccessToken" where "userId" = $1 and "clientId" = $2),
    refresh as (delete from "oauthRefreshToken" where "userId" = $1 and "clientId" = $2),
    client as (update "oauthClient" set "updatedAt" = now() where "clientId" = $2)
  delete from "oauthConsent" where "userId" = $1 and "clientId" = $2`;

async function endTokens(database: Pool, userId: string): Promise<void> {
  await database.query(
    `with codes as (${codes("")}),
      access as (delete from "oauthAccessToken" where "userId" = $1)
    delete from "oauthRefreshToken" where "userId" = $1`,
    [userId],
  );
}

/** What is left of a person's apps when the account goes: codes, and apps that nobody else has let in. */
export async function forgetApps(database: Pool, userId: string): Promise<void> {
  await database.query(
    `with codes as (${codes("")})
    delete from "oauthClient" where "clientId" in (
      select "clientId" from "oauthConsent" where "userId" = $1
      except select "clientId" from "oauthConsent" where "userId" <> $1
    )`,
    [userId],
  );
}

/** So many apps may have registered without anybody having let them in. */
const mostUnused = 1000;

/** Anybody may register apps: those that nobody lets in go after a week, or when there are too many of them. */
export async function forgetUnused(database: Pool): Promise<void> {
  await database.query(
    `delete from "oauthClient" where "clientId" in (
      select "clientId" from (
        select "clientId", "updatedAt", row_number() over (order by "updatedAt" desc) as place
        from "oauthClient" client
        where not exists (select from "oauthConsent" consent where consent."clientId" = client."clientId")
      ) unused
      where place >= $1 or "updatedAt" < now() - interval '7 days'
    )`,
    [mostUnused],
  );
  await database.query(`delete from "oauthRefreshToken" where "expiresAt" < now()`);
}

/** Gives an app the redirect URIs that it asked for. */
export async function setRedirectUris(
  database: Pool,
  clientId: string,
  redirectUris: string[],
): Promise<void> {
  await database.query(`update "oauthClient" set "redirectUris" = $2 where "clientId" = $1`, [
    clientId,
    JSON.stringify(redirectUris),
  ]);
}
