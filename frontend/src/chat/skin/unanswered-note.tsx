import { CircleDashed, CircleStop } from "lucide-react";
import { answered } from "../protocol/reducer";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { RetryButton } from "./retry-button";

/** Stands where the rest of an answer would be that was stopped, or that broke off before this page was opened. */
export function UnansweredNote({ session, onRetry }: { session: ChatSession; onRetry: () => void }) {
  const state = useSessionState(session);
  const { stopped, running, error, items, history } = state;
  if (running || error || history !== "ready" || items.length === 0) return null;
  if (!stopped && answered(state)) return null;
  const Icon = stopped ? CircleStop : CircleDashed;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-muted text-sm">
      <p className="flex items-center gap-2">
        <Icon aria-hidden="true" className="size-4" />
        {stopped ? "You stopped this answer." : "This was not answered to the end."}
      </p>
      <RetryButton session={session} onRetry={onRetry} />
    </div>
  );
}
