import { RotateCcw } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { ChatSession } from "../runtime/session";

/** Asks for the last answer once more. The button goes away with that, so the focus must be put elsewhere. */
export function RetryButton({ session, onRetry }: { session: ChatSession; onRetry: () => void }) {
  return (
    <Button
      look="secondary"
      size="small"
      onClick={() => {
        void session.retry();
        onRetry();
      }}
    >
      <RotateCcw aria-hidden="true" className="size-3.5" />
      Try again
    </Button>
  );
}
