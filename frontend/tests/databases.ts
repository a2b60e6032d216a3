import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { onTestFinished } from "vitest";
import { settings, type Variables } from "./running";

const migration = fileURLToPath(new URL("../.next/standalone/migrate.mjs", import.meta.url));

/** A database of this test's own, empty; it goes with the test. */
export async function emptyDatabase(): Promise<string> {
  const address = process.env.DATABASE_URL;
  if (!address)
    throw new Error("DATABASE_URL has to name a PostgreSQL that lets these tests make databases.");
  const name = `frontend_${randomBytes(6).toString("hex")}`;
  await run(address, `create database ${name}`);
  onTestFinished(async () => {
    await run(address, `drop database ${name} with (force)`);
  });
  const url = new URL(address);
  url.pathname = `/${name}`;
  return url.toString();
}

/** A database with Better Auth's tables. */
export async function database(): Promise<string> {
  const url = await emptyDatabase();
  const { code, text } = await migrate({ DATABASE_URL: url });
  if (code !== 0) throw new Error(text);
  return url;
}

export async function migrate(variables: Variables): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [migration], {
    env: { NODE_ENV: "production", ...settings, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (data) => {
    text += data;
  });
  child.stderr.on("data", (data) => {
    text += data;
  });
  const [code] = await once(child, "close");
  return { code, text };
}

export async function run<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}
