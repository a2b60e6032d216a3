/**
 * The process that is deployed: Next.js as a custom server, in the place of the `server.js` of its standalone output. It
 * keeps the log to one JSON object a line, gives each request its id, and drains before it ends.
 */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { checkConfiguration } from "../lib/check-configuration";
import { env } from "../lib/env";
import { drain } from "./drain";
import { createLog, takeOverConsole } from "./log";
import { prepareNext } from "./next";
import { Answer, requestListener } from "./requests";

/**
 * Longer than proxies keep an idle connection (nginx 60 s, Traefik 90 s): whoever closes it first must be the one who
 * would send on it.
 */
const keepAlive = 100_000;

checkConfiguration();
const site = env();
const { hostname, port, drainDelay } = site;
const log = createLog(site);
takeOverConsole(log);

const app = await prepareNext(fileURLToPath(new URL(".", import.meta.url)), { hostname, port });
const server = createServer(
  { ServerResponse: Answer, keepAliveTimeout: keepAlive },
  requestListener({ handle: app.getRequestHandler(), log, site }),
);

server.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
// Without a host Node.js takes every address of both families, or of IPv4 alone where the kernel has no IPv6.
server.listen({ port, host: hostname === "::" ? undefined : hostname }, () => {
  const address = server.address();
  const where = address && typeof address === "object" ? `${address.address}:${address.port}` : undefined;
  log("info", "todo-frontend answers", { address: where });
});

let asked = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, async () => {
    if (asked) {
      log("warn", "asked twice: ending at once");
      process.exit(0);
    }
    asked = true;
    await drain(server, { log, delay: drainDelay });
    log("info", "todo-frontend has ended");
    process.exit(0);
  });
}
