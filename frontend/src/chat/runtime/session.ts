import { randomKey } from "@/lib/random-key";
import type { Asking, ChatClient, Turn } from "../protocol/client";
import { ChatError, CONNECTION_LOST, isAbort, isPassing } from "../protocol/errors";
import { answered, dropUnfinished, put, reduce, settle, truncateAfter } from "../protocol/reducer";
import type { InputAnswer, Rating, StreamEvent } from "../protocol/types";
import type { WidgetAction } from "../protocol/widgets";

import { browserPatience, lasting, type Patience } from "./lasting";
import { contentOf, type Mention } from "./mentions";
import { NOTHING, oldestOf, type Pages, withNewest, withOlder } from "./pages";
import {
  failureOf,
  Observable,
  READY,
  type SessionEvents,
  type SessionState,
  UNCONFIRMED,
  unconfirmed,
} from "./session-state";

/** How often a turn of elsewhere is looked for again when the connection to it breaks. */
const FOLLOWING_TRIES = 5;

let made = 0;

function nextKey(): string {
  made += 1;
  return String(made);
}

/**
 * One conversation: its transcript and the turn that may be running in it. It lives outside of React, so an answer
 * goes on arriving while another conversation or page is looked at.
 */
export class ChatSession extends Observable<SessionState> {
  /** Tells conversations apart from the beginning, when they have no thread id yet. */
  readonly key = nextKey();
  /** Tasks that were picked for the message being written. */
  mentions: readonly Mention[] = [];
  #held: Pages["held"] = NOTHING.held;
  #turn: AbortController | null = null;
  /** Counts turns, so that a history read before one does not overwrite what it brought. */
  #turns = 0;
  #reading = false;
  #readAgain = false;
  /** What was sent last and never confirmed: the same text is the same wish, and gets the same key. */
  #wish: { text: string; threadId: string | null; key: string } | null = null;

  constructor(
    private readonly client: ChatClient,
    private readonly events: SessionEvents,
    threadId: string | null,
    private readonly patience: Patience = browserPatience,
  ) {
    super(threadId ? { ...READY, threadId, history: "loading" } : READY);
  }

  /**
   * Reads what the server has, and shows the turn that runs there. A turn of this page knows better and is not
   * disturbed. Asked again meanwhile, it looks once more in the end.
   */
  async load(): Promise<void> {
    if (this.#reading) {
      this.#readAgain = true;
      return;
    }
    this.#reading = true;
    let tries = 0;
    do {
      this.#readAgain = false;
      await this.#read();
      if (await this.#follow()) continue;
      tries += 1;
      await this.patience.wait(1_000 * tries, new AbortController().signal);
      this.#readAgain = tries < FOLLOWING_TRIES;
    } while (this.#readAgain);
    this.#reading = false;
  }

  /** Reads the page before the oldest item. */
  async loadOlder(): Promise<void> {
    const { threadId, hasOlder, older, items } = this.snapshot();
    const before = oldestOf({ held: this.#held, items });
    if (!threadId || !hasOlder || older === "loading" || !before) return;
    this.set({ older: "loading" });
    try {
      const page = await this.client.items(threadId, before);
      // What was read meanwhile may have begun anew.
      if (oldestOf({ held: this.#held, items: this.snapshot().items }) !== before)
        this.set({ older: "idle" });
      else this.#show(withOlder(this.#pages(), page), { older: "idle", paged: true });
    } catch {
      this.set({ older: "failed" });
      return;
    }
    if (this.snapshot().items.length === 0) await this.loadOlder();
  }

  /** Sends a message. Text that the server never confirmed comes back as `unsent`. */
  async send(text: string): Promise<void> {
    const { threadId, history, running } = this.snapshot();
    if (running || history !== "ready") return;
    if (this.#wish?.text !== text || this.#wish.threadId !== threadId) {
      this.#wish = { text, threadId, key: randomKey() };
    }
    const { key } = this.#wish;
    const content = contentOf(text, this.mentions);
    this.set({ items: [...this.snapshot().items, unconfirmed(content)] });
    await this.#run(key, (asking) =>
      threadId ? this.client.addMessage(threadId, content, asking) : this.client.create(content, asking),
    );
    const { items, error } = this.snapshot();
    if (!items.some((item) => item.id === UNCONFIRMED)) {
      this.#wish = null;
      return;
    }
    this.set({
      items: items.filter((item) => item.id !== UNCONFIRMED),
      unsent: text,
      stopped: false,
      // Retrying starts from a message the server knows; here the text itself is sent again.
      error: error && { ...error, retry: false },
    });
  }

  /** Answers the last message of the person once more. */
  async retry(): Promise<void> {
    const { threadId, items, running } = this.snapshot();
    const from = items.findLast((item) => item.type === "user_message");
    if (running || !threadId || !from) return;
    this.set(truncateAfter(this.snapshot(), from.id));
    const accepted = await this.#run(randomKey(), (asking) => this.client.retry(threadId, from.id, asking));
    // The server dropped nothing if it refused, so what was there is shown again.
    if (!accepted) this.set({ items });
  }

  /** Answers what the assistant asked, or, without answers, leaves it open. */
  async answerInput(itemId: string, answers: Record<string, InputAnswer> | null): Promise<void> {
    const { threadId, running } = this.snapshot();
    if (running || !threadId) return;
    await this.#run(randomKey(), (asking) => this.client.answerInput(threadId, itemId, answers, asking));
  }

  /** Does what a button of a widget says. Throws a {@link ChatError} when it was not done. */
  async act(itemId: string, action: WidgetAction): Promise<void> {
    const { threadId, running } = this.snapshot();
    if (!threadId || action.handler === "client") return;
    const key = randomKey();
    if (action.streaming !== false) {
      if (running) throw new ChatError("Wait for the answer, and try again.", 409);
      const open = (asking: Asking) => this.client.act(threadId, itemId, action, asking);
      await this.#run(key, open, () => true);
      return;
    }
    const ask = () => this.client.actAtOnce(threadId, itemId, action, { key });
    const { updated_item } = await ask().catch((error: unknown) => {
      if (isPassing(error)) return ask();
      throw error;
    });
    if (updated_item) this.set(put(this.snapshot(), updated_item, true));
    this.events.onTasksChanged();
  }

  /** Keeps what the person thinks of an answer, named by its items. Throws when the server did not take it. */
  async rate(itemIds: readonly string[], rating: Rating): Promise<void> {
    const { threadId, ratings } = this.snapshot();
    const name = itemIds.at(-1);
    if (!threadId || !name) return;
    const before = ratings.get(name);
    this.set({ ratings: new Map(ratings).set(name, rating) });
    try {
      await this.client.rate(threadId, [...itemIds], rating);
    } catch (error) {
      const kept = new Map(this.snapshot().ratings);
      if (before) kept.set(name, before);
      else kept.delete(name);
      this.set({ ratings: kept });
      throw error;
    }
  }

  stop(): void {
    this.#turn?.abort();
  }

  /** Hands over the unsent text, once. */
  takeUnsent(): string | null {
    const { unsent } = this.snapshot();
    if (unsent !== null) this.set({ unsent: null });
    return unsent;
  }

  dismissError(): void {
    this.set({ error: null });
  }

  /** Shows a new name; the server has it already. */
  retitle(title: string): void {
    this.set({ title });
  }

  async #read(): Promise<void> {
    const { threadId } = this.snapshot();
    if (!threadId || this.#turn) return;
    const turns = this.#turns;
    if (this.snapshot().items.length === 0) this.set({ history: "loading" });
    try {
      const [thread, page] = await Promise.all([this.client.thread(threadId), this.client.items(threadId)]);
      if (this.#turns !== turns) return;
      const { title = "", status = READY.status } = thread;
      this.#show(withNewest(this.#pages(), page), { history: "ready", title, status });
      if (this.snapshot().items.length === 0) await this.loadOlder();
    } catch (error) {
      if (this.#turns !== turns) return;
      const missing = error instanceof ChatError && error.status === 404;
      // A transcript that is already on screen is better than an error page.
      if (missing) this.#show(NOTHING, { history: "missing", error: null });
      else if (this.snapshot().items.length === 0) this.set({ history: "failed" });
    }
  }

  /** Shows the turn that runs on the server, if one does. False when the connection to it broke. */
  async #follow(): Promise<boolean> {
    const { threadId, history } = this.snapshot();
    if (!threadId || this.#turn || history !== "ready") return true;
    const turns = this.#turns;
    const leaving = new AbortController();
    try {
      const turn = await this.client.follow(threadId, leaving.signal);
      if (!turn) return true;
      try {
        for await (const event of turn) {
          if (this.#turns !== turns) return true;
          if (!this.snapshot().following) this.#begin({ following: true });
          this.#receive(event);
        }
      } finally {
        leaving.abort();
      }
      // What became of it is read from the server, with all that the stream does not tell.
      this.#readAgain = true;
      return true;
    } catch (error) {
      return !isPassing(error);
    } finally {
      if (this.#turns === turns && this.snapshot().following) {
        this.#finish(this.snapshot().error);
        this.events.onTurnEnd();
      }
    }
  }

  /** Runs a turn to its end; true when the server accepted it. Never throws: failures become state. */
  async #run(
    key: string,
    open: (asking: Asking) => Turn,
    isOver = () => this.snapshot().error !== null || answered(this.snapshot()),
  ): Promise<boolean> {
    const turn = new AbortController();
    const { signal } = turn;
    this.#turn = turn;
    this.#turns += 1;
    this.#begin({});
    let accepted = false;
    let broken = false;
    try {
      for await (const event of lasting(() => open({ key, signal }), isOver, signal, this.patience)) {
        if (event.type === "connection") {
          broken = true;
          this.set({ ...(event.lost ? {} : dropUnfinished(this.snapshot())), reconnecting: event.lost });
          continue;
        }
        accepted = true;
        this.#receive(event);
      }
      this.#finish(this.snapshot().error);
    } catch (error) {
      if (signal.aborted || isAbort(error)) {
        this.set({ stopped: true });
        this.#finish(null);
      } else {
        this.#finish(failureOf(error, accepted));
      }
    }
    this.events.onTurnEnd();
    if (broken && !signal.aborted) void this.#compare();
    return accepted;
  }

  /**
   * A turn that was picked up may have gone another way than what was seen of it before; and one that could not be
   * picked up may have come to its end nevertheless.
   */
  async #compare(): Promise<void> {
    await this.load();
    const { error, running } = this.snapshot();
    if (error?.message === CONNECTION_LOST && !running && answered(this.snapshot()))
      this.set({ error: null });
  }

  #begin(change: Partial<SessionState>): void {
    this.set({
      running: true,
      stopped: false,
      error: null,
      progress: null,
      notices: [],
      allowCancel: true,
      ...change,
    });
  }

  #finish(error: SessionState["error"]): void {
    this.#turn = null;
    this.set({ ...settle(this.snapshot(), error), running: false, following: false, reconnecting: false });
  }

  #receive(event: StreamEvent): void {
    const before = this.snapshot();
    const confirms = event.type === "thread.item.done" && event.item.type === "user_message";
    if (confirms && !before.following) this.mentions = [];
    const items = confirms ? before.items.filter((item) => item.id !== UNCONFIRMED) : before.items;
    this.set(reduce({ ...before, items }, event));
    if (event.type === "thread.created" && before.threadId === null) {
      this.events.onThreadCreated(event.thread.id, this);
    }
    if (event.type === "thread.created" || event.type === "thread.updated") {
      this.events.onThreadChanged(event.thread);
    }
    if (event.type === "client_effect" && event.name === "tasks_changed") this.events.onTasksChanged();
  }

  #pages(): Pages {
    const { items, hasOlder } = this.snapshot();
    return { items, held: this.#held, hasOlder };
  }

  #show({ items, held, hasOlder }: Pages, change: Partial<SessionState>): void {
    this.#held = held;
    this.set({ items, hasOlder, ...change });
  }
}
