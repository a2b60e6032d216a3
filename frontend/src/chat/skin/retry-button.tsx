import { RotateCcw } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { ChatSession } from "../runtime/session";
import { useSecondsTo } from "./use-seconds-to";

interface Props {
  session: ChatSession;
  /** The button goes away when it is pressed, so the focus must be put elsewhere. */
  onRetry: () => void;
  waitUntil?: number | undefined;
}

/** Asks for the last answer once more. */
export function RetryButton({ session, onRetry, waitUntil }: Props) {
  const seconds = useSecondsTo(waitUntil);
  return (
    <Button
      look="secondary"
      size="small"
      disabled={seconds > 0}
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
