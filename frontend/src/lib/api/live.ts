import { readEvents } from "./event-stream";
import { authorizedFetch, SignedOutError } from "./token";

/** What the page tells the connection about itself; a parameter so that tests need no browser. */
export type Surroundings = {
  fetch: typeof fetch;
  isVisible: () => boolean;
  onVisibilityChange: (listener: () => void) => () => void;
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  random: () => number;
};

const firstPause = 1_000;
const longestPause = 30_000;

/**
 * Calls `changed` whenever the person's tasks changed, by whatever means, and once after each connection,
 * since what happened before it went unheard. Connected only while the tab is visible. Returns the function
 * that ends it.
 */
export function followTasks(changed: () => void, here: Surroundings = browser()): () => void {
  let current: AbortController | undefined;

  function update() {
    if (!here.isVisible()) {
      current?.abort();
      current = undefined;
    } else if (!current) {
      current = new AbortController();
      void run(changed, here, current.signal);
    }
  }

  const stopWatching = here.onVisibilityChange(update);
  update();
  return () => {
    stopWatching();
    current?.abort();
  };
}

async function run(changed: () => void, here: Surroundings, signal: AbortSignal): Promise<void> {
  let pause = firstPause;
  while (!signal.aborted) {
    try {
      const response = await here.fetch("/api/me/events", {
        headers: { accept: "text/event-stream" },
        cache: "no-store",
        signal,
      });
      if (response.ok && response.body) {
        changed();
        for await (const event of readEvents(response.body)) {
          pause = firstPause;
          if (event.type === "tasks.changed") changed();
        }
      } else {
        await response.body?.cancel();
      }
    } catch (error) {
      if (error instanceof SignedOutError) return;
    }
    if (signal.aborted) return;
    // Spread out, so that a restarted server does not meet every tab in the same second.
    await here.wait(pause * (0.5 + here.random()), signal);
    pause = Math.min(pause * 2, longestPause);
  }
}

function browser(): Surroundings {
  return {
    fetch: authorizedFetch as typeof fetch,
    isVisible: () => document.visibilityState === "visible",
    onVisibilityChange: (listener) => {
      document.addEventListener("visibilitychange", listener);
      return () => document.removeEventListener("visibilitychange", listener);
    },
    wait: (milliseconds, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    random: Math.random,
  };
}
