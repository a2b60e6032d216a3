import { leftAlone } from "@/components/tasks/undo-words";
import { listUndoable, undo } from "@/lib/api/client";
import { randomKey } from "@/lib/random-key";

/** By what the deletion of a task that was just made can be undone; undefined when that cannot be told. */
export async function deletionOf(title: string): Promise<string | undefined> {
  const changes = await listUndoable().catch(() => []);
  return changes.find((change) => change.kind === "deleted" && change.tasks === 1 && change.title === title)
    ?.batch;
}

/** Brings the task back, and says what became of it. */
export async function restore(deletion: string, title: string): Promise<string> {
  const { refused } = await undo(deletion, randomKey());
  return leftAlone(refused) || `Restored: ${title}.`;
}
