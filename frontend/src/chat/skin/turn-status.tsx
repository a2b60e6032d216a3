import { AppWindow, WifiOff } from "lucide-react";
import type { ChatSession } from "../runtime/session";
import type { SessionState } from "../runtime/session-state";
import { useSessionState } from "../runtime/use-chat-runtime";

const RECONNECTING = "Connection lost, picking up the answer…";
const ELSEWHERE = "Answering in another window…";

/** For the eyes: why nothing moves just now, or why there is nothing to stop. */
export function TurnNote({ session }: { session: ChatSession }) {
  const { reconnecting, following } = useSessionState(session);
  if (!reconnecting && !following) return null;
  return (
    <p aria-hidden="true" className="mb-2 flex items-center justify-center gap-2 text-muted text-sm">
      {reconnecting ? <WifiOff className="size-4" /> : <AppWindow className="size-4" />}
      {reconnecting ? RECONNECTING : ELSEWHERE}
    </p>
  );
}

/** Tells screen readers when work begins, what is being done, and when it is over. The banner tells failures. */
export function TurnStatus({ session }: { session: ChatSession }) {
  return (
    <p role="status" className="sr-only">
      {sentence(useSessionState(session))}
    </p>
  );
}

function sentence(state: SessionState): string {
  const { running, reconnecting, following, progress, items, pending, stopped, error, history } = state;
  if (history === "loading") return "Opening the conversation…";
  if (reconnecting) return RECONNECTING;
  const last = items.at(-1);
  if (running) {
    if (last?.type === "workflow" && pending.has(last.id))
      return last.workflow.tasks.at(-1)?.title ?? "Working…";
    return progress ?? (following ? ELSEWHERE : "Working…");
  }
  if (stopped) return "Stopped.";
  if (error) return "";
  if (last?.type === "structured_input" && last.status === "pending") {
    return `The assistant asks: ${last.inputs.map(({ question }) => question).join(" ")}`;
  }
  if (last?.type === "task") return last.task.title ?? "";
  return last?.type === "assistant_message" || last?.type === "widget" ? "The answer is complete." : "";
}
