import { readFile } from "node:fs/promises";
import { Server } from "node:http";
import { join } from "node:path";

/** Next.js as its own standalone start sets it up, but without a server of its own. */
export async function prepareNext(folder: string, address: { port: number }) {
  const file = join(folder, ".next", "required-server-files.json");
  const { config } = JSON.parse(await readFile(file, "utf8")) as { config: unknown };
  Object.assign(process.env, {
    NODE_ENV: "production",
    __NEXT_PRIVATE_STANDALONE_CONFIG: JSON.stringify(config),
  });
  process.chdir(folder);
  // Not earlier: it reads the environment when it is loaded.
  const { default: next } = await import("next");
  // It would take over requests to change the protocol, such as `Upgrade: h2c`, and close their connections. It hears of
  // none on a server that never listens; Node.js then answers them as what they are without the upgrade.
  const httpServer = new Server();
  const app = next({ dev: false, dir: folder, quiet: true, httpServer, ...address });
  await app.prepare();
  return app;
}
