/**
 * Lets the process end in time when it is told to stop. Next.js waits for every open connection, and a browser
 * keeps spare ones; live events, too, would never end by themselves. So: events are ended at once, other
 * responses, chat answers above all, are finished, and then nothing is waited for any more.
 */

const shortestFarewell = 2_000;
const longestFarewell = 25_000;

type UnderWay = { end?: (() => void) | undefined };
type Farewell = { begun: boolean; underWay: Set<UnderWay> };

/** On the global object because Next.js may bundle this module more than once. */
function farewell(): Farewell {
  const shared = globalThis as typeof globalThis & { todoFarewell?: Farewell };
  if (!shared.todoFarewell) {
    shared.todoFarewell = { begun: false, underWay: new Set() };
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, beginShutdown);
  }
  return shared.todoFarewell;
}

/**
 * Says that a response is under way, with `end` for one that would never end by itself; returns the function
 * that says it is over.
 */
export function underWay(end?: () => void): () => void {
  const { begun, underWay } = farewell();
  const response = { end };
  underWay.add(response);
  // A connection that was open already may still bring a request.
  if (begun) end?.();
  return () => underWay.delete(response);
}

/** What happens at SIGTERM and SIGINT, beside Next.js closing its server. */
export function beginShutdown(): void {
  const leaving = farewell();
  leaving.begun = true;
  for (const { end } of leaving.underWay) end?.();
  const since = Date.now();
  setInterval(() => {
    const waited = Date.now() - since;
    if (waited > longestFarewell || (waited > shortestFarewell && leaving.underWay.size === 0))
      process.exit(0);
  }, 250).unref();
}
