import { wait } from "@/lib/wait";
import type { Turn } from "../protocol/client";
import { ChatError, CONNECTION_LOST, isAbort, isPassing } from "../protocol/errors";
import type { StreamEvent } from "../protocol/types";

/** What waiting needs; a parameter so that tests need neither a browser nor time. */
export interface Patience {
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Resolves once the browser has a network. */
  online: (signal: AbortSignal) => Promise<void>;
}

/** Told between the events: the stream broke, or it goes on. */
export interface Connection {
  type: "connection";
  lost: boolean;
}

const PAUSES = [500, 1_000, 2_000, 4_000, 8_000];
/** So often when nothing was heard yet: then the text is better off in the composer. */
const UNHEARD = 2;
/** So often when the server ended the stream in good order, and yet before its time. */
const CUT_SHORT = 2;

/**
 * A turn that outlives its connection: when the stream breaks, `open` asks for the same once more. What the server had
 * told before comes again.
 */
export async function* lasting(
  open: () => Turn,
  isOver: () => boolean,
  signal: AbortSignal,
  patience: Patience,
): AsyncGenerator<StreamEvent | Connection> {
  let heard = false;
  let lost = false;
  let cutShort = 0;
  for (let attempt = 0; ; attempt += 1) {
    let failure: unknown;
    try {
      for await (const event of open()) {
        if (lost) yield { type: "connection", lost: false };
        heard = true;
        lost = false;
        yield event;
      }
      if (isOver()) return;
      cutShort += 1;
      failure = new ChatError(CONNECTION_LOST, 0);
    } catch (error) {
      if (signal.aborted || isAbort(error) || !isPassing(error)) throw error;
      failure = error;
    }
    const pause = PAUSES[attempt];
    if (pause === undefined || cutShort > CUT_SHORT || (!heard && attempt >= UNHEARD)) throw failure;
    if (heard && !lost) yield { type: "connection", lost: true };
    lost = heard;
    await patience.wait(pause, signal);
    if (heard) await patience.online(signal);
    signal.throwIfAborted();
  }
}

export const browserPatience: Patience = {
  wait,
  online: (signal) =>
    new Promise((resolve) => {
      if (navigator.onLine) return resolve();
      window.addEventListener("online", () => resolve(), { once: true, signal });
      signal.addEventListener("abort", () => resolve());
    }),
};
