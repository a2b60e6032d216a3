/**
 * What pages and routes have to know of the process's shutdown, which `src/server` brings about. Kept on the global
 * object, because Next.js bundles this module more than once and the server is a bundle of its own.
 */

type Shutdown = { draining: boolean; closed: boolean; streams: Set<() => void> };

const shared = globalThis as typeof globalThis & { todoShutdown?: Shutdown };

function shutdown(): Shutdown {
  shared.todoShutdown ??= { draining: false, closed: false, streams: new Set() };
  return shared.todoShutdown;
}

/** From the signal on: readiness is off, everything else goes on. */
export function beginDrain(): void {
  shutdown().draining = true;
}

export function isDraining(): boolean {
  return shutdown().draining;
}

/**
 * Registers a response that never ends by itself, such as live events; returns the function that says it is over. One
 * that comes when the others were closed already is closed at once.
 */
export function registerStream(close: () => void): () => void {
  const { closed, streams } = shutdown();
  if (closed) close();
  else streams.add(close);
  return () => streams.delete(close);
}

/** When no more requests are accepted, what never ends is closed; browsers then ask another replica. */
export function closeStreams(): void {
  const all = shutdown();
  all.closed = true;
  for (const close of all.streams) close();
  all.streams.clear();
}
