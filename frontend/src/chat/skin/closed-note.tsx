import { Lock } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { ThreadStatus } from "../protocol/types";
import { showThread } from "../runtime/use-thread-in-url";

const REASONS: Record<ThreadStatus["type"], string> = {
  active: "",
  locked: "Nothing can be added to this conversation just now.",
  closed: "This conversation is closed.",
};

/** Stands where one would write, in a conversation that takes no more messages. */
export function ClosedNote({ status }: { status: ThreadStatus }) {
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-2xl border border-line-strong bg-sunken px-4 py-3 text-sm">
      <Lock aria-hidden="true" className="size-4 shrink-0 text-muted" />
      <p className="min-w-0 flex-1 [overflow-wrap:anywhere]">{status.reason || REASONS[status.type]}</p>
      <Button look="secondary" size="small" onClick={() => showThread(null)}>
        Start a new one
      </Button>
    </div>
  );
}
