import { CircleStop } from "lucide-react";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { RetryButton } from "./retry-button";

/** Stands where the rest of the answer would be when the person stopped it. */
export function StoppedNote({ session, onRetry }: { session: ChatSession; onRetry: () => void }) {
  const { stopped, running } = useSessionState(session);
  if (!stopped || running) return null;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-muted text-sm">
      <p className="flex items-center gap-2">
        <CircleStop aria-hidden="true" className="size-4" />
        You stopped this answer.
      </p>
      <RetryButton session={session} onRetry={onRetry} />
    </div>
  );
}
