import type { ToolCallMessagePartProps } from "@assistant-ui/react";
import { ArrowRight, CircleDashed } from "lucide-react";
import { Button } from "@/components/ui/button";
import { answered } from "../protocol/reducer";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { RetryButton } from "./retry-button";
import { useSession } from "./session-context";

/** Where the rest of an answer would be, why it is not there. */
export function Unfinished({ toolCallId, args }: ToolCallMessagePartProps) {
  const { error, items } = useSessionState(useSession());
  // The banner says it now.
  if (error && items.at(-1)?.id === toolCallId) return null;
  return <Why>{(args as { text: string }).text}</Why>;
}

function Why({ children }: { children: string }) {
  return (
    <p className="my-3 flex items-center gap-2 text-muted text-sm first:mt-0 last:mb-0">
      <CircleDashed aria-hidden="true" className="size-4 shrink-0" />
      {children}
    </p>
  );
}

interface Props {
  session: ChatSession;
  /** Called when the buttons, and the focus in them, are about to go away. */
  onGone: () => void;
}

/** The ways on from an answer that did not come to its end: more of it, or all of it anew. */
export function WaysOn({ session, onGone }: Props) {
  const state = useSessionState(session);
  const { stopped, running, error, items, history, status } = state;
  const last = items.at(-1);
  if (running || error || history !== "ready" || status.type !== "active" || !last) return null;
  const told = last.type === "task";
  if (!told && !stopped && answered(state)) return null;
  const asked = items.findLastIndex(({ type }) => type === "user_message");
  const begun = items.slice(asked + 1).some(({ type }) => type !== "task");
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      {!told && <Why>{stopped ? "The answer was stopped." : "This was not answered to the end."}</Why>}
      {begun && (
        <Button
          look="secondary"
          size="small"
          onClick={() => {
            void session.send("Go on.");
            onGone();
          }}
        >
          <ArrowRight aria-hidden="true" className="size-3.5" />
          Go on
        </Button>
      )}
      <RetryButton session={session} onRetry={onGone} />
    </div>
  );
}
