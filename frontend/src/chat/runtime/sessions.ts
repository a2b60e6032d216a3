import type { ChatClient } from "../protocol/client";
import { ChatSession, type SessionEvents } from "./session";

/** What a conversation tells the page around it. */
export interface WorkspaceEvents extends Omit<SessionEvents, "onThreadCreated"> {
  /** A new conversation got its id; `shown` when it is the one being looked at. */
  onThreadCreated(threadId: string, shown: boolean): void;
}

/** All conversations opened in this tab by one person. */
export class Sessions {
  #byThread = new Map<string, ChatSession>();
  #blank: ChatSession | null = null;
  #events: WorkspaceEvents | null = null;

  constructor(
    readonly userId: string,
    private readonly client: ChatClient,
  ) {}

  /** The page that listens may come and go; conversations stay. */
  attach(events: WorkspaceEvents): void {
    this.#events = events;
  }

  detach(events: WorkspaceEvents): void {
    if (this.#events === events) this.#events = null;
  }

  /** The conversation with this id, or the one that has not begun yet. */
  open(threadId: string | null): ChatSession {
    if (threadId === null) {
      this.#blank ??= this.#create(null);
      return this.#blank;
    }
    const known = this.#byThread.get(threadId);
    if (known) return known;
    const session = this.#create(threadId);
    this.#byThread.set(threadId, session);
    return session;
  }

  /** Starts over with an empty conversation; one that is being created keeps running. */
  reset(): void {
    this.#blank = null;
  }

  forget(threadId: string): void {
    this.#byThread.get(threadId)?.stop();
    this.#byThread.delete(threadId);
  }

  /** Ends everything that runs. */
  close(): void {
    this.#blank?.stop();
    for (const session of this.#byThread.values()) session.stop();
  }

  #create(threadId: string | null): ChatSession {
    return new ChatSession(
      this.client,
      {
        onThreadCreated: (id, session) => {
          const shown = session === this.#blank;
          if (shown) this.#blank = null;
          this.#byThread.set(id, session);
          this.#events?.onThreadCreated(id, shown);
        },
        onThreadChanged: () => this.#events?.onThreadChanged(),
        onTasksChanged: () => this.#events?.onTasksChanged(),
        onTurnEnd: () => this.#events?.onTurnEnd(),
      },
      threadId,
    );
  }
}

let current: Sessions | null = null;

/** The conversations of this person in this tab. Someone else's are ended and forgotten first. */
export function sessionsFor(userId: string, client: ChatClient): Sessions {
  if (current?.userId !== userId) {
    current?.close();
    current = new Sessions(userId, client);
  }
  return current;
}
