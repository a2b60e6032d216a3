import type { Server } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { beginDrain, closeStreams } from "../lib/shutdown";
import type { Connections } from "./connections";
import type { Log } from "./log";

/** How long requests under way may take to finish, once no new ones are accepted. */
const grace = 25_000;

/**
 * Ends the server without failing anybody's request. For `delay` seconds only readiness is off and each answer closes
 * its connection, so that load balancers take the process out of rotation. Then no connection is accepted any more, and
 * what is under way may finish within {@link grace}.
 */
export async function drain(
  server: Server,
  connections: Connections,
  { log, delay }: { log: Log; delay: number },
): Promise<void> {
  log("info", "asked to end: finishing what runs");
  beginDrain();
  await pause(delay * 1000);

  const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)));
  closeStreams();
  connections.closeUnused();
  if (!(await Promise.race([closed, pause(grace, false)]))) {
    log("warn", "time is up: dropping what still runs");
    server.closeAllConnections();
  }
}
