import type { Task, TaskChange } from "@/lib/api/client";

/** What the list shows: the server's tasks, with what is on its way to the server laid over them. */

export type Row = Task & { key: string; saving: boolean };

export type PendingCreate = { key: string; title: string; description: string | null };
export type PendingUpdate = { id: number; change: TaskChange };

export type PendingChanges = {
  creates: readonly PendingCreate[];
  updates: readonly PendingUpdate[];
  deleted: readonly number[];
};

/**
 * Since the server's list is never touched by a guess, a change that fails simply is no longer laid over it,
 * and a list that arrives meanwhile cannot undo what the person just did.
 */
export function overlay(tasks: readonly Task[], { creates, updates, deleted }: PendingChanges): Row[] {
  const changes = new Map<number, TaskChange>();
  const gone = new Set(deleted);
  for (const { id, change } of updates) changes.set(id, { ...changes.get(id), ...change });

  const arriving = creates.map(({ key, title, description }): Row => {
    const now = new Date().toISOString();
    return {
      id: 0,
      user_id: "",
      title,
      description,
      completed: false,
      created_at: now,
      updated_at: now,
      key,
      saving: true,
    };
  });
  const known = tasks
    .filter(({ id }) => !gone.has(id))
    .map((task): Row => {
      const change = changes.get(task.id);
      return change ? { ...unchanged(task), ...change } : unchanged(task);
    });
  return [...arriving.reverse(), ...known];
}

const unchangedRows = new WeakMap<Task, Row>();

/** The same row for the same task each time, so that a long list draws only the rows that changed. */
function unchanged(task: Task): Row {
  let row = unchangedRows.get(task);
  if (!row) {
    row = { ...task, key: String(task.id), saving: false };
    unchangedRows.set(task, row);
  }
  return row;
}

export type Show = "all" | "open" | "done";
export type Order = "newest" | "oldest" | "title";

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Roughly as the server does it, for what is shown until its answer is there. */
export function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

export function arrange(rows: readonly Row[], view: { show: Show; order: Order; search: string }): Row[] {
  const words = folded(view.search).split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => {
    if (view.show !== "all" && row.completed !== (view.show === "done")) return false;
    const text = folded(`${row.title}\n${row.description ?? ""}`);
    return words.every((word) => text.includes(word));
  });
  switch (view.order) {
    case "newest":
      return found;
    case "oldest":
      return found.reverse();
    case "title":
      return found.sort((a, b) => collator.compare(a.title, b.title));
  }
}

export function count(rows: readonly Row[]): { all: number; open: number; done: number } {
  const done = rows.filter((row) => row.completed).length;
  return { all: rows.length, open: rows.length - done, done };
}

/** The same tasks, with this one as it is now. */
export function replaced(tasks: readonly Task[], task: Task): Task[] {
  return tasks.map((other) => (other.id === task.id ? task : other));
}

/** The server's list with this task in it: in its place when known, else first, as the newest. */
export function withTask(tasks: readonly Task[], task: Task): Task[] {
  return tasks.some(({ id }) => id === task.id) ? replaced(tasks, task) : [task, ...tasks];
}

/** The fields in which an edit differs from the task it began with; undefined when in none. */
export function difference(
  before: { title: string; description: string | null },
  after: { title: string; description: string },
): TaskChange | undefined {
  const title = after.title.trim();
  const description = after.description.trim() || null;
  const change: TaskChange = {
    ...(title !== before.title ? { title } : {}),
    ...(description !== (before.description ?? null) ? { description } : {}),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}
