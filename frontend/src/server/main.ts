/**
 * The process that is deployed: Next.js as a custom server, in the place of the `server.js` of its standalone output. It
 * keeps the log to one JSON object a line, gives each request its id, and drains before it ends.
 */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { checkConfiguration } from "../lib/check-configuration";
import { env } from "../lib/env";
import { bodyTime, Connections, headTime } from "./connections";
import { drain } from "./drain";
import { createLog, takeOverConsole } from "./log";
import { answerMalformed } from "./malformed";
import { prepareNext } from "./next";
import { Answer, requestListener } from "./requests";

/**
 * Longer than proxies keep an idle connection (nginx 60 s, Traefik 90 s): whoever closes it first must be the one who
 * would send on it.
 */
const keepAlive = 100_000;

checkConfiguration();
const site = env();
const { host, port, drainDelay } = site;
const { log, finish } = createLog(site);
takeOverConsole(log);

const app = await prepareNext(fileURLToPath(new URL(".", import.meta.url)), { port });
const server = createServer(
  {
    ServerResponse: Answer,
    keepAliveTimeout: keepAlive,
    headersTimeout: headTime,
    requestTimeout: bodyTime,
    connectionsCheckingInterval: 1_000,
    // Without it a request is refused too, but in the form of all refusals.
    requireHostHeader: false,
  },
  requestListener({ handle: app.getRequestHandler(), log, site }),
);

const connections = new Connections(server);
server.on("clientError", (error, socket) => {
  if (socket.writable && !connections.hasBegun(socket)) answerMalformed(error, socket);
  else socket.destroy();
});
server.on("error", async (error) => {
  log("error", `cannot listen at HOST ${host ?? "of every family"}, PORT ${port}: ${error.message}`);
  await finish();
  process.exit(1);
});
// Without an address Node.js listens on all of both families, or of IPv4 where the kernel has no IPv6.
server.listen({ port, ...(host ? { host } : {}) }, () => {
  const address = server.address();
  const where =
    address && typeof address === "object" ? `${address.address} port ${address.port}` : undefined;
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
    await drain(server, connections, { log, delay: drainDelay });
    log("info", "todo-frontend has ended");
    await finish();
    process.exit(0);
  });
}
