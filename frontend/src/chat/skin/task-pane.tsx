import { useSyncExternalStore } from "react";

const WIDE = "(min-width: 64rem)";

/** The task list beside the chat, where there is room for both. Elsewhere it is not there at all and asks for nothing. */
export function TaskPane() {
  const wide = useSyncExternalStore(subscribe, isWide, () => false);
  if (!wide) return null;
  return (
    <aside
      aria-label="Tasks"
      className="min-h-0 overflow-y-auto border-line border-l bg-surface/60 p-5"
    ></aside>
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
