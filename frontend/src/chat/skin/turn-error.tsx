import { TriangleAlert, X } from "lucide-react";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { RetryButton } from "./retry-button";
import { useSecondsTo } from "./use-seconds-to";

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
      <Wait until={error.retryAt} />
      {error.retry && <RetryButton session={session} onRetry={onGone} waitUntil={error.retryAt} />}
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

/** Counts down to when it is worth trying again; told once, and then only shown. */
function Wait({ until }: { until: number | undefined }) {
  const seconds = useSecondsTo(until);
  if (until === undefined) return null;
  return (
    <span aria-hidden="true" className="shrink-0 text-muted tabular-nums">
      {seconds > 0 ? `in ${seconds} s` : "now"}
    </span>
  );
}
