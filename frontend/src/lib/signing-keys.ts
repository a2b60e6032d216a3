import { symmetricDecrypt } from "better-auth/crypto";
import type { Jwk, JwtOptions } from "better-auth/plugins/jwt";
import type { Pool } from "pg";

/**
 * The keys that sign people's tokens. The database keeps them encrypted under `BETTER_AUTH_SECRET`; under another
 * secret they cannot be read, and Better Auth would refuse every token for good.
 */

type GetKeys = NonNullable<NonNullable<JwtOptions["adapter"]>["getJwks"]>;

/** Whether a key can be read does not change while the process runs. */
const known = new Map<string, boolean>();

/**
 * All keys, those that cannot be read as ones that have just expired: their tokens are accepted to their end, and a new
 * key is made when there is no other. Nothing is changed in the database, where a replica under the other secret, while
 * a change of it is rolled out, goes on with its own key.
 */
export const signingKeys: GetKeys = async ({ context }) => {
  const keys = await context.adapter.findMany<Jwk>({ model: "jwks" });
  return Promise.all(
    keys.map(async (key) => {
      const secret = context.secretConfig;
      const readable = known.get(key.id) ?? (await isReadable(key.privateKey, secret));
      if (!known.has(key.id) && !readable) {
        console.warn(
          "a signing key was made under another BETTER_AUTH_SECRET and is not used; people sign in again",
        );
      }
      known.set(key.id, readable);
      return readable ? key : { ...key, expiresAt: key.expiresAt ?? new Date(Date.now() - 1) };
    }),
  );
};

/** Lets go of the keys that this secret does not open, and says how many there were. */
export async function retireUnreadableKeys(database: Pool, secret: string): Promise<number> {
  const { rows } = await database.query<{ id: string; privateKey: string }>(
    'select id, "privateKey" from jwks where "expiresAt" is null',
  );
  let retired = 0;
  for (const { id, privateKey } of rows) {
    if (await isReadable(privateKey, secret)) continue;
    await database.query('update jwks set "expiresAt" = now() where id = $1 and "expiresAt" is null', [id]);
    retired += 1;
  }
  return retired;
}

type Secret = Parameters<typeof symmetricDecrypt>[0]["key"];

async function isReadable(privateKey: string, secret: Secret): Promise<boolean> {
  try {
    await symmetricDecrypt({ key: secret, data: JSON.parse(privateKey) });
    return true;
  } catch {
    return false;
  }
}
