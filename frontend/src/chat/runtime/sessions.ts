import type { ChatClient } from "../protocol/client";
import { ChatSession } from "./session";
import type { SessionEvents } from "./session-state";

/** What conversations tell the page around them. */
export type WorkspaceEvents = Omit<SessionEvents, "onThreadCreated"> & {
  onThreadCreated(threadId: string): void;
};

/** All conversations one person opened in this tab. */
export class Sessions {
  #byThread = new Map<string, ChatSession>();
  #blank: ChatSession | null = null;
  #listener: WorkspaceEvents | null = null;

  constructor(
    readonly userId: string,
    readonly client: ChatClient,
  ) {}

  /** The page that listens may come and go; the conversations stay. Returns the way to stop listening. */
  listen(listener: WorkspaceEvents): () => void {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = null;
    };
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

  retitle(threadId: string, title: string): void {
    this.#byThread.get(threadId)?.retitle(title);
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
          if (session === this.#blank) this.#blank = null;
          this.#byThread.set(id, session);
          this.#listener?.onThreadCreated(id);
        },
        onThreadChanged: (thread) => this.#listener?.onThreadChanged(thread),
        onTasksChanged: () => this.#listener?.onTasksChanged(),
        onTurnEnd: () => this.#listener?.onTurnEnd(),
      },
      threadId,
    );
  }
}

let current: Sessions | null = null;

/** The conversations of this person in this tab. Someone else's are ended and forgotten first. */
export function sessionsFor(userId: string, client: () => ChatClient): Sessions {
  if (current?.userId !== userId) {
    current?.close();
    current = new Sessions(userId, client());
  }
  return current;
}
