import type { Undoable, Undone } from "@/lib/api/client";

const verbs: Record<string, string> = {
  created: "added",
  changed: "changed",
  completed: "completed",
  reopened: "reopened",
  deleted: "deleted",
};

/** By whom a change was made that a person may want to take back here: not by other programs. */
const offered = ["page", "rest", "chat", "mcp"];

/** The change that an Undo button takes back. */
export function newest(undoable: readonly Undoable[]): Undoable | undefined {
  return undoable.find(({ means }) => means !== null && offered.includes(means));
}

/** What an Undo button would take back. */
export function label({ kind, title, tasks }: Undoable): string {
  return `Undo: ${verb(kind)} ${titles(title, tasks)}`;
}

/** What was taken back, or done again, and what was left alone. */
export function outcome({ restored, refused }: Undone, kind: string, again: boolean): string {
  const what = `${verb(kind)} ${titles(restored[0]?.title ?? "", restored.length)}`;
  return [`${again ? "Done again" : "Undone"}: ${what}.`, leftAlone(refused)].filter(Boolean).join(" ");
}

/** What was left alone; nothing when nothing was. */
export function leftAlone(refused: Undone["refused"]): string {
  const [first] = refused;
  if (!first) return "";
  const since = refused.every(({ reason }) => reason !== "unreadable") ? ", as changed since" : "";
  return `Left alone${since}: ${titles(first.title, refused.length)}.`;
}

function verb(kind: string): string {
  return verbs[kind] ?? "changed";
}

function titles(first: string, count: number): string {
  return count > 1 ? `“${first}” and ${count - 1} more` : `“${first}”`;
}

/** Whether a key asks for undoing, and no text is being written that has an undo of its own. */
export function isUndoKey(event: KeyboardEvent): boolean {
  const { key, ctrlKey, metaKey, shiftKey, altKey, target, defaultPrevented } = event;
  if (defaultPrevented || key.toLowerCase() !== "z" || !(ctrlKey || metaKey) || shiftKey || altKey)
    return false;
  return !(target as Element | null)?.closest?.(texts);
}

const texts =
  "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog, [role=dialog]";
