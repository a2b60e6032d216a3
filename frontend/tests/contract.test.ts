/** The backend's OpenAPI document holds at this server too, which hands on what no Ingress does. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { emptyDatabase, migrate } from "./databases";
import { Person } from "./people";
import { freePort, Running, settings, until, type Variables } from "./running";

const { SCHEMATHESIS: program, TODO_BACKEND: backend, SCHEMATHESIS_EXAMPLES: examples = "1" } = process.env;
if (!program || !backend)
  console.log("skipped: SCHEMATHESIS or TODO_BACKEND does not name a program for contract.test.ts");

const settingsFile = (name: string) =>
  fileURLToPath(new URL(`../../backend/tests/http/${name}`, import.meta.url));

/** What a program wrote, once it has ended. */
async function run(command: string, args: string[], variables: Variables = {}): Promise<[number, string]> {
  const child = spawn(command, args, { env: { ...process.env, ...variables }, cwd: tmpdir() });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      text += data;
    });
  const [code] = await once(child, "close");
  return [code as number, text];
}

it.skipIf(!program || !backend)(
  "gives no answer that the document does not describe to a person who is signed in",
  async () => {
    const database = await emptyDatabase();
    const [port, backendPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
    const variables = {
      BETTER_AUTH_URL: `http://127.0.0.1:${port}`,
      BACKEND_URL: `http://127.0.0.1:${backendPort}`,
      DATABASE_URL: database,
    };
    const migrated = await migrate(variables);
    expect(migrated.code, migrated.text).toBe(0);
    const [code, text] = await run(`${backend}`, ["migrate"], { DATABASE_URL: database });
    expect(code, text).toBe(0);
    const server = spawn(`${backend}`, ["serve"], {
      env: {
        ...variables,
        NODE_ENV: "production",
        BETTER_AUTH_SECRET: settings.BETTER_AUTH_SECRET,
        MCP_API_KEY: settings.BETTER_AUTH_SECRET,
        MCP_SERVER_URL: "http://127.0.0.1:9/mcp",
        OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
        PORT: `${backendPort}`,
        METRICS_PORT: `${metricsPort}`,
        LOG_LEVEL: "off",
      },
      stdio: "inherit",
    });
    onTestFinished(() => void server.kill("SIGKILL"));
    const running = await Running.start({ ...variables, PORT: `${port}` });
    await until(async () => (await running.fetch("/api/openapi.json")).status === 200);

    const token = async () => {
      const person = new Person(running, running.url);
      expect((await person.signUp()).status).toBe(200);
      return JSON.parse((await person.ask("GET", "/api/auth/token")).body).token as string;
    };
    const options = [
      "--config-file",
      settingsFile("schemathesis.toml"),
      "run",
      "--max-examples",
      examples,
      "--no-color",
    ];
    const [found, told] = await run(
      `${program}`,
      // Only this is handed on.
      [...options, "--include-path-regex", "^/api/", `${running.url}/api/openapi.json`],
      {
        SCHEMATHESIS_HOOKS: settingsFile("schemathesis_hooks.py"),
        SCHEMATHESIS_TOKEN: await token(),
        SCHEMATHESIS_LEAVING_TOKEN: await token(),
      },
    );
    console.log(told.split("\n").slice(-15).join("\n"));
    expect(found, told).toBe(0);
  },
  // Some thousand requests with the larger number of examples.
  30 * 60_000,
);
