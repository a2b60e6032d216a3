import { wait } from "../wait";
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

/** Each is also called once after each connection, since what happened before it went unheard. */
export type LiveListener = {
  /** The person's tasks changed, by whatever means. */
  tasks?: () => void;
  /** Something was said in this conversation, or in any of them when it is null. */
  conversation?: (id: number | null) => void;
};

const firstPause = 1_000;
const longestPause = 30_000;

/**
 * The live events of one person: one connection, however many listen, as browsers allow few to one server. It is open
 * while somebody listens and the tab is visible.
 */
export class Live {
  #listeners = new Set<LiveListener>();
  #current: AbortController | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(private readonly here: Surroundings) {}

  /** Returns the function that ends it. */
  follow(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    this.#stopWatching ??= this.here.onVisibilityChange(() => this.#update());
    this.#update();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stopWatching?.();
      this.#stopWatching = undefined;
      this.#update();
    };
  }

  #update(): void {
    if (this.#listeners.size === 0 || !this.here.isVisible()) {
      this.#current?.abort();
      this.#current = undefined;
    } else if (!this.#current) {
      this.#current = new AbortController();
      void this.#run(this.#current.signal);
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    let pause = firstPause;
    while (!signal.aborted) {
      try {
        const response = await this.here.fetch("/api/me/events", {
          headers: { accept: "text/event-stream" },
          cache: "no-store",
          signal,
        });
        if (response.ok && response.body) {
          this.#tell((listener) => {
            listener.tasks?.();
            listener.conversation?.(null);
          });
          for await (const event of readEvents(response.body)) {
            pause = firstPause;
            if (event.type === "tasks.changed") this.#tell((listener) => listener.tasks?.());
            if (event.type === "conversations.changed") {
              const id = conversationIn(event.data);
              this.#tell((listener) => listener.conversation?.(id));
            }
          }
        } else {
          await response.body?.cancel();
        }
      } catch (error) {
        if (error instanceof SignedOutError) return;
      }
      if (signal.aborted) return;
      // Spread out, so that a restarted server does not meet every tab in the same second.
      await this.here.wait(pause * (0.5 + this.here.random()), signal);
      pause = Math.min(pause * 2, longestPause);
    }
  }

  #tell(news: (listener: LiveListener) => void): void {
    for (const listener of [...this.#listeners]) news(listener);
  }
}

let shared: Live | undefined;

/** Listens to what happens to this person's data; returns the function that ends it. */
export function followLive(listener: LiveListener): () => void {
  shared ??= new Live(browser());
  return shared.follow(listener);
}

function conversationIn(data: string): number | null {
  try {
    const { conversation_id } = JSON.parse(data) as { conversation_id?: unknown };
    return typeof conversation_id === "number" ? conversation_id : null;
  } catch {
    return null;
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
    wait,
    random: Math.random,
  };
}
