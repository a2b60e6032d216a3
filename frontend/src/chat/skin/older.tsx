import { LoaderCircle } from "lucide-react";
import { Button } from "@/components/ui/button";
import { useSessionState } from "../runtime/use-chat-runtime";
import { useSession } from "./session-context";

/** What is above the first message that is drawn: more of them on their way, or the beginning. */
export function Older({ beginning }: { beginning: boolean }) {
  const session = useSession();
  const { older, hasOlder, paged } = useSessionState(session);
  if (beginning) {
    return <p className="h-9 text-center text-muted text-xs leading-9">Beginning of the conversation</p>;
  }
  if (older === "loading") {
    return (
      <p className="flex h-9 items-center justify-center gap-2 text-muted text-xs">
        <LoaderCircle aria-hidden="true" className="size-3.5 animate-spin" />
        Loading older messages…
      </p>
    );
  }
  if (older === "failed") {
    return (
      <p className="flex h-9 items-center justify-center gap-3 text-muted text-sm">
        Older messages could not be read.
        <Button look="secondary" size="small" onClick={() => void session.loadOlder()}>
          Try again
        </Button>
      </p>
    );
  }
  // Takes the same room whatever it says, so that nothing below it moves.
  return hasOlder || paged ? <div className="h-9" /> : null;
}
