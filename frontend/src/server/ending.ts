import type { Server } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { beginEnding, endStreams } from "../lib/shutdown";
import type { Log } from "./log";
import type { Open } from "./requests";

type Parts = { server: Server; open: Open; log: Log; drainDelay: number };

/** How long requests under way may take to finish, once no new ones are accepted. */
const finish = 25_000;

/**
 * Ends the server without failing anybody's request. First only readiness says no, for `drainDelay` seconds, in which
 * load balancers take notice and connections are let go. Then no connection is accepted any more, and what is under
 * way may finish. Resolves when all of it has, or the time for that is up.
 */
export async function endGracefully({ server, open, log, drainDelay }: Parts): Promise<void> {
  log("info", "asked to end: finishing what runs");
  beginEnding();
  open.letConnectionsGo();
  await pause(drainDelay * 1000);

  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  endStreams();
  // A connection may become idle later, and its other end may keep it.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  const ended = await Promise.race([closed.then(() => true), pause(finish, false, { ref: false })]);
  clearInterval(sweep);
  if (!ended) log("warn", "time is up: dropping what still runs");
  server.closeAllConnections();
}
