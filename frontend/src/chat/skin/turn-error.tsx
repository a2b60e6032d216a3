import { TriangleAlert, X } from "lucide-react";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { RetryButton } from "./retry-button";

interface Props {
  session: ChatSession;
  /** Called when the banner, and the focus in it, is about to go away. */
  onGone: () => void;
}

/** Says what went wrong with the last message, and offers the way on that there is. */
export function TurnError({ session, onGone }: Props) {
  const { error, running } = useSessionState(session);
  if (running || !error) return null;
  return (
    <div
      role="alert"
      className="mb-3 flex items-center gap-3 rounded-2xl border border-danger/30 bg-danger-soft py-2 pr-2 pl-4 text-sm"
    >
      <TriangleAlert aria-hidden="true" className="size-4 shrink-0 text-danger" />
      <p className="min-w-0 flex-1 py-1 [overflow-wrap:anywhere]">{error.message}</p>
      {error.retry && <RetryButton session={session} onRetry={onGone} />}
      <button
        type="button"
        aria-label="Dismiss"
        onClick={() => {
          session.dismissError();
          onGone();
        }}
        className="-ml-1 grid size-8 shrink-0 place-items-center rounded-lg text-muted hover:bg-surface hover:text-ink"
      >
        <X aria-hidden="true" className="size-4" />
      </button>
    </div>
  );
}
