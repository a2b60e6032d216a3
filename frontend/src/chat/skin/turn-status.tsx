import type { ChatSession, SessionState } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";

/** Tells screen readers when work begins, what is being done, and when it is over. The banner tells failures. */
export function TurnStatus({ session }: { session: ChatSession }) {
  return (
    <p role="status" className="sr-only">
      {sentence(useSessionState(session))}
    </p>
  );
}

function sentence({ running, progress, items, pending, stopped, error, history }: SessionState): string {
  if (history === "loading") return "Opening the conversation…";
  if (running) {
    const last = items.at(-1);
    if (last?.type === "workflow" && pending.has(last.id))
      return last.workflow.tasks.at(-1)?.title ?? "Working…";
    return progress ?? "Working…";
  }
  if (stopped) return "Stopped.";
  return items.at(-1)?.type === "assistant_message" && !error ? "The answer is complete." : "";
}
