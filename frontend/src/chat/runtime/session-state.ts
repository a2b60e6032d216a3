import { ChatError, CONNECTION_LOST, isPassing } from "../protocol/errors";
import { EMPTY, type Transcript, type TurnError } from "../protocol/reducer";
import type { Rating, ThreadInfo, UserMessage } from "../protocol/types";
import type { ChatSession } from "./session";

export interface SessionState extends Transcript {
  /** Whether the history is there. `missing`: the thread does not exist, or is not the caller's. */
  history: "ready" | "loading" | "failed" | "missing";
  hasOlder: boolean;
  older: "idle" | "loading" | "failed";
  /** Older messages were read after the first ones, so that the beginning is worth a mark. */
  paged: boolean;
  running: boolean;
  /** What runs was asked for elsewhere: in another window, or before this page was loaded. */
  following: boolean;
  /** The connection broke and the answer is being picked up. */
  reconnecting: boolean;
  /** The person ended the last answer early. */
  stopped: boolean;
  /** Text that was not accepted and belongs back in the composer. */
  unsent: string | null;
  /** What the person thought of answers, by the answer's last item. The server keeps it and does not tell it. */
  ratings: ReadonlyMap<string, Rating>;
}

export interface SessionEvents {
  /** The first message of a new conversation was accepted under this id. */
  onThreadCreated(threadId: string, session: ChatSession): void;
  /** The conversation is new, or its title changed. */
  onThreadChanged(thread: ThreadInfo): void;
  /** The assistant changed tasks. */
  onTasksChanged(): void;
  /** An answer ended, well or not. */
  onTurnEnd(): void;
}

export const READY: SessionState = {
  ...EMPTY,
  history: "ready",
  hasOlder: false,
  older: "idle",
  paged: false,
  running: false,
  following: false,
  reconnecting: false,
  stopped: false,
  unsent: null,
  ratings: new Map(),
};

/** The id of a message that is shown but that the server has not confirmed yet. */
export const UNCONFIRMED = "unconfirmed";

/** Why a turn ended as the person reads it. What was accepted and then broke off can be asked for again. */
export function failureOf(error: unknown, accepted: boolean): TurnError {
  if (!(error instanceof ChatError) || (accepted && isPassing(error))) {
    return { message: CONNECTION_LOST, retry: true };
  }
  const { message, retryAfter } = error;
  return {
    message,
    retry: retryable(error),
    ...(retryAfter !== null && { retryAt: Date.now() + retryAfter * 1_000 }),
  };
}

function retryable({ status }: ChatError): boolean {
  return status === 0 || status === 409 || status === 429 || status >= 500;
}

export function unconfirmed(content: UserMessage["content"]): UserMessage {
  return {
    type: "user_message",
    id: UNCONFIRMED,
    thread_id: "",
    created_at: new Date().toISOString(),
    content,
  };
}

/** Something that can be looked at, and that says when it changed. */
export class Observable<S> {
  #state: S;
  #listeners = new Set<() => void>();

  constructor(state: S) {
    this.#state = state;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): S => this.#state;

  protected set(change: Partial<S>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
