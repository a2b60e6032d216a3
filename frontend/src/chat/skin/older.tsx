import { LoaderCircle } from "lucide-react";
import { type RefObject, useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";

/** Older messages are read when so little is left to scroll. */
const AHEAD = "900px";

interface Props {
  session: ChatSession;
  viewport: RefObject<HTMLElement | null>;
}

/** What is above the first message: more of them on their way, or the beginning. */
export function Older({ session, viewport }: Props) {
  const { older, hasOlder } = useSessionState(session);
  const line = useRef<HTMLDivElement>(null);
  const wanted = hasOlder && older === "idle";

  useEffect(() => {
    if (!wanted || !line.current) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void session.loadOlder();
      },
      { root: viewport.current, rootMargin: `${AHEAD} 0px 0px` },
    );
    // By the second frame a conversation that was just opened has been scrolled to its end.
    const { current } = line;
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => observer.observe(current));
    });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [wanted, session, viewport]);

  return (
    <div ref={line} className="flex h-full items-center justify-center pt-6 text-muted text-xs">
      {!hasOlder && <p>Beginning of the conversation</p>}
      {older === "loading" && (
        <p className="flex items-center gap-2">
          <LoaderCircle aria-hidden="true" className="size-3.5 animate-spin" />
          Loading older messages…
        </p>
      )}
      {older === "failed" && (
        <p className="flex items-center gap-3 text-sm">
          Older messages could not be read.
          <Button look="secondary" size="small" onClick={() => void session.loadOlder()}>
            Try again
          </Button>
        </p>
      )}
    </div>
  );
}
