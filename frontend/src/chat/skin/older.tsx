import { LoaderCircle } from "lucide-react";
import { Button } from "@/components/ui/button";
import { useSessionState } from "../runtime/use-chat-runtime";
import { useSession } from "./session-context";

/** What is above the first message that is drawn: more of them on their way, or the beginning. */
export function Older({ beginning }: { beginning: boolean }) {
  const session = useSession();
  const { older } = useSessionState(session);
  if (beginning) {
    return <p className="py-2 text-center text-muted text-xs">Beginning of the conversation</p>;
  }
  if (older === "loading") {
    return (
      <p className="flex items-center justify-center gap-2 py-2 text-muted text-xs">
        <LoaderCircle aria-hidden="true" className="size-3.5 animate-spin" />
        Loading older messages…
      </p>
    );
  }
  if (older === "failed") {
    return (
      <p className="flex items-center justify-center gap-3 py-2 text-muted text-sm">
        Older messages could not be read.
        <Button look="secondary" size="small" onClick={() => void session.loadOlder()}>
          Try again
        </Button>
      </p>
    );
  }
  return null;
}
