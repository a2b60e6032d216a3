/**
 * What the pages and routes have to know of the process's end, which `src/server` brings about. Kept on the global
 * object, because Next.js bundles this module more than once and the server is a bundle of its own.
 */

type Ending = { begun: boolean; closed: boolean; streams: Set<() => void> };

const shared = globalThis as typeof globalThis & { todoEnding?: Ending };

function ending(): Ending {
  shared.todoEnding ??= { begun: false, closed: false, streams: new Set() };
  return shared.todoEnding;
}

/** From the signal on: readiness says no, everything else goes on. */
export function beginEnding(): void {
  ending().begun = true;
}

export function isEnding(): boolean {
  return ending().begun;
}

/**
 * Registers a response that would never end by itself, such as live events; returns the function that says it is
 * over. One that comes when others were ended already is ended at once.
 */
export function endless(end: () => void): () => void {
  const { closed, streams } = ending();
  if (closed) end();
  else streams.add(end);
  return () => streams.delete(end);
}

/** When no more requests are accepted, what never ends is ended; browsers then ask another replica. */
export function endStreams(): void {
  const all = ending();
  all.closed = true;
  for (const end of all.streams) end();
  all.streams.clear();
}
