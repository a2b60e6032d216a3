import { getMigrations } from "better-auth/db/migration";
import { Pool, type PoolClient } from "pg";
import { authOptions } from "./lib/auth-options";
import { explain, reach } from "./lib/database-reach";
import { poolOptions } from "./lib/database-url";
import { env } from "./lib/env";
import { retireUnreadableKeys } from "./lib/signing-keys";

/** Any constant will do, as long as nothing else on the database uses it. */
const lock = 7_340_210_958;

async function migrate(): Promise<void> {
  const { migrationDatabaseUrl, rootCertificate, publicOrigin, mcpUrl, authSecret } = env();
  const database = new Pool({
    ...poolOptions(migrationDatabaseUrl, rootCertificate),
    max: 3,
    connectionTimeoutMillis: 10_000,
    application_name: "todo-frontend-migrate",
  });
  let guard: PoolClient | undefined;
  try {
    guard = await reach(database);
    // Held by the transaction, so that it also works through a pooler; ends with it whatever happens.
    await guard.query("BEGIN");
    await guard.query("SELECT pg_advisory_xact_lock($1)", [lock]);
    const options = authOptions({
      database,
      publicOrigin,
      mcpUrl,
      secret: authSecret,
      deleteUserData: async () => {},
    });
    const plan = await getMigrations({ ...options, logger: { level: "error" } });
    const changes = [...plan.toBeCreated, ...plan.toBeAdded].map(({ table }) => table);
    await plan.runMigrations();
    const retired = await retireUnreadableKeys(database, authSecret);
    await guard.query("COMMIT");
    console.log(
      changes.length > 0
        ? `Identity tables migrated: ${changes.join(", ")}.`
        : "Identity tables are up to date.",
    );
    if (retired > 0)
      console.warn(
        `BETTER_AUTH_SECRET is not the one that ${retired === 1 ? "the signing key was" : `${retired} signing keys were`} made under: a new key is used, and people have to sign in again.`,
      );
  } finally {
    guard?.release();
    await database.end();
  }
}

migrate().catch((error: unknown) => {
  console.error(`Identity migration failed: ${explain(error)}`);
  process.exitCode = 1;
});
