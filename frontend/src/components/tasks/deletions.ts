import { deleteTask, type Task } from "@/lib/api/client";

/**
 * Deletions that can still be taken back: the row is hidden at once, the request is sent when the notice with
 * its Undo ends or the page is left. So undoing needs no request, and the task keeps its id.
 */

type Outcome = {
  /** The moment for undoing is over: the notice that offers it can go. */
  sending: () => void;
  deleted: (id: number) => void;
  failed: (task: Task, error: unknown) => void;
};

type Waiting = { task: Task; outcome: Outcome; sent: boolean };

const waiting = new Map<number, Waiting>();
const listeners = new Set<() => void>();
const none: ReadonlySet<number> = new Set();
let hidden = none;

function publish() {
  hidden = new Set(waiting.keys());
  for (const listener of listeners) listener();
}

export const deletions = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  /** Ids of the tasks that are to be shown no more. */
  hidden: () => hidden,
  noneHidden: () => none,

  hide(task: Task, outcome: Outcome): void {
    waiting.set(task.id, { task, outcome, sent: false });
    publish();
  },

  /** Takes a deletion back; false when it was sent already. */
  undo(id: number): boolean {
    if (waiting.get(id)?.sent !== false) return false;
    waiting.delete(id);
    publish();
    return true;
  },

  async send(id: number, options?: { keepalive: boolean }): Promise<void> {
    const entry = waiting.get(id);
    if (!entry || entry.sent) return;
    entry.sent = true;
    entry.outcome.sending();
    try {
      await deleteTask(id, options);
      entry.outcome.deleted(id);
    } catch (error) {
      entry.outcome.failed(entry.task, error);
    }
    waiting.delete(id);
    publish();
  },

  /** Sends everything that waits, in a way that outlives the page. */
  sendAll(): void {
    for (const id of waiting.keys()) void deletions.send(id, { keepalive: true });
  },
};
