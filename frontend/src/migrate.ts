import { getMigrations } from "better-auth/db/migration";
import { Pool } from "pg";
import { authOptions } from "./lib/auth-options";
import { poolOptions } from "./lib/database-url";
import { env } from "./lib/env";

/** Any constant will do, as long as nothing else on the database uses it. */
const lock = 7_340_210_958;

async function migrate(): Promise<void> {
  const { migrationDatabaseUrl, publicOrigin, authSecret } = env();
  const database = new Pool({
    ...poolOptions(migrationDatabaseUrl),
    max: 3,
    connectionTimeoutMillis: 15_000,
    application_name: "todo-frontend-migrate",
  });
  const guard = await database.connect();
  try {
    // Held by the transaction, so that it also works through a pooler; ends with it whatever happens.
    await guard.query("BEGIN");
    await guard.query("SELECT pg_advisory_xact_lock($1)", [lock]);
    const options = authOptions({
      database,
      publicOrigin,
      secret: authSecret,
      deleteUserData: async () => {},
    });
    const plan = await getMigrations({ ...options, logger: { level: "error" } });
    const changes = [...plan.toBeCreated, ...plan.toBeAdded].map(({ table }) => table);
    await plan.runMigrations();
    await guard.query("COMMIT");
    console.log(
      changes.length > 0
        ? `Identity tables migrated: ${changes.join(", ")}.`
        : "Identity tables are up to date.",
    );
  } finally {
    guard.release();
    await database.end();
  }
}

migrate().catch((error: unknown) => {
  console.error(
    `Identity migration failed: ${error instanceof Error ? error.message || error.name : String(error)}`,
  );
  process.exitCode = 1;
});
