import dynamic from "next/dynamic";
import { useSyncExternalStore } from "react";

const TaskList = dynamic(() => import("@/components/tasks/task-list").then((module) => module.TaskList));

const WIDE = "(min-width: 64rem)";

/** The task list beside the chat, where there is room for both. Elsewhere it is not there and asks for nothing. */
export function TaskPane() {
  const wide = useSyncExternalStore(subscribe, isWide, () => false);
  if (!wide) return null;
  return (
    <aside aria-label="Tasks" className="min-h-0 overflow-y-auto border-line border-l px-5 pt-4 pb-8">
      <h2 className="mb-3 font-semibold">Tasks</h2>
      <TaskList compact />
    </aside>
  );
}

function subscribe(changed: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

function isWide(): boolean {
  return matchMedia(WIDE).matches;
}
