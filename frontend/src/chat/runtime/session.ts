import type { ChatClient } from "../protocol/client";
import { ChatError, CONNECTION_LOST, isAbort } from "../protocol/errors";
import { answered, EMPTY, reduce, settle, type Transcript, truncateAfter } from "../protocol/reducer";
import type { StreamEvent, ThreadInfo, UserMessage } from "../protocol/types";

export interface SessionState extends Transcript {
  /** Whether the history is there. `missing`: the thread does not exist, or is not the caller's. */
  history: "ready" | "loading" | "failed" | "missing";
  running: boolean;
  /** The person ended the last answer early. */
  stopped: boolean;
  /** Text that was not accepted and belongs back in the composer. */
  unsent: string | null;
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

const READY: SessionState = {
  ...EMPTY,
  history: "ready",
  running: false,
  stopped: false,
  unsent: null,
};

/** The id of a message that is shown but that the server has not confirmed yet. */
export const UNCONFIRMED = "unconfirmed";

let made = 0;

function nextKey(): string {
  made += 1;
  return String(made);
}

/**
 * One conversation: its transcript and the turn that may be running in it. It lives outside of React, so an answer
 * goes on arriving while another conversation or page is looked at.
 */
export class ChatSession {
  /** Tells conversations apart from the beginning, when they have no thread id yet. */
  readonly key = nextKey();
  #state: SessionState;
  #listeners = new Set<() => void>();
  #turn: AbortController | null = null;
  /** Counts turns, so that a history read before one does not overwrite what it brought. */
  #turns = 0;

  constructor(
    private readonly client: ChatClient,
    private readonly events: SessionEvents,
    threadId: string | null,
  ) {
    this.#state = threadId ? { ...READY, threadId, history: "loading" } : READY;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): SessionState => this.#state;

  /** Reads the history from the server. A running turn knows better and is not disturbed. */
  async load(): Promise<void> {
    const { threadId } = this.#state;
    if (!threadId || this.#turn) return;
    const turns = this.#turns;
    if (this.#state.items.length === 0) this.#set({ history: "loading" });
    try {
      const { thread, items } = await this.client.get(threadId);
      if (this.#turns !== turns) return;
      this.#set({ history: "ready", title: thread.title ?? "", items });
    } catch (error) {
      if (this.#turns !== turns) return;
      const missing = error instanceof ChatError && error.status === 404;
      // A transcript that is already on screen is better than an error page.
      if (missing) this.#set({ history: "missing", items: [], error: null });
      else if (this.#state.items.length === 0) this.#set({ history: "failed" });
    }
  }

  /** Sends a message. Text that the server never confirmed comes back as `unsent`. */
  async send(text: string): Promise<void> {
    const { threadId, history } = this.#state;
    if (this.#turn || history !== "ready") return;
    this.#set({ items: [...this.#state.items, unconfirmed(text)] });
    await this.#run((signal) =>
      threadId ? this.client.addMessage(threadId, text, signal) : this.client.create(text, signal),
    );
    if (!this.#state.items.some((item) => item.id === UNCONFIRMED)) return;
    this.#set({
      items: this.#state.items.filter((item) => item.id !== UNCONFIRMED),
      unsent: text,
      stopped: false,
      // Retrying starts from a message the server knows; here the text itself is sent again.
      error: this.#state.error && { ...this.#state.error, retry: false },
    });
  }

  /** Answers the last message of the person once more. */
  async retry(): Promise<void> {
    const { threadId, items } = this.#state;
    const from = items.findLast((item) => item.type === "user_message");
    if (this.#turn || !threadId || !from) return;
    this.#set(truncateAfter(this.#state, from.id));
    const accepted = await this.#run((signal) => this.client.retry(threadId, from.id, signal));
    // The server dropped nothing if it refused, so what was there is shown again.
    if (!accepted) this.#set({ items });
  }

  stop(): void {
    this.#turn?.abort();
  }

  /** Hands over the unsent text, once. */
  takeUnsent(): string | null {
    const { unsent } = this.#state;
    if (unsent !== null) this.#set({ unsent: null });
    return unsent;
  }

  dismissError(): void {
    this.#set({ error: null });
  }

  /** Shows a new name; the server has it already. */
  retitle(title: string): void {
    this.#set({ title });
  }

  /** Runs a turn to its end; true when the server accepted it. Never throws: failures become state. */
  async #run(open: (signal: AbortSignal) => AsyncGenerator<StreamEvent>): Promise<boolean> {
    const turn = new AbortController();
    this.#turn = turn;
    this.#turns += 1;
    this.#set({ running: true, stopped: false, error: null, progress: null, allowCancel: true });
    let accepted = false;
    try {
      for await (const event of open(turn.signal)) {
        accepted = true;
        this.#receive(event);
      }
      const cut = !this.#state.error && !answered(this.#state);
      this.#finish(cut ? { message: CONNECTION_LOST, retry: true } : this.#state.error);
    } catch (error) {
      if (turn.signal.aborted || isAbort(error)) {
        this.#set({ stopped: true });
        this.#finish(null);
      } else if (error instanceof ChatError) {
        this.#finish({ message: error.message, retry: retryable(error) });
      } else {
        this.#finish({ message: CONNECTION_LOST, retry: true });
      }
    }
    this.events.onTurnEnd();
    return accepted;
  }

  #finish(error: SessionState["error"]): void {
    this.#turn = null;
    this.#set({ ...settle(this.#state, error), running: false });
  }

  #receive(event: StreamEvent): void {
    const before = this.#state;
    const confirms = event.type === "thread.item.done" && event.item.type === "user_message";
    const items = confirms ? before.items.filter((item) => item.id !== UNCONFIRMED) : before.items;
    this.#set(reduce({ ...before, items }, event));
    if (event.type === "thread.created") this.events.onThreadCreated(event.thread.id, this);
    if (event.type === "thread.created" || event.type === "thread.updated") {
      this.events.onThreadChanged(event.thread);
    }
    if (event.type === "client_effect" && event.name === "tasks_changed") this.events.onTasksChanged();
  }

  #set(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function retryable({ status }: ChatError): boolean {
  return status === 0 || status === 409 || status === 429 || status >= 500;
}

function unconfirmed(text: string): UserMessage {
  return {
    type: "user_message",
    id: UNCONFIRMED,
    thread_id: "",
    created_at: new Date().toISOString(),
    content: [{ type: "input_text", text }],
  };
}
