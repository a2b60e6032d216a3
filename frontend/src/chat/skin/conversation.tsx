import { AssistantRuntimeProvider, ThreadPrimitive } from "@assistant-ui/react";
import { ArrowDown } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { followLive } from "@/lib/api/live";
import { threadOf } from "../protocol/client";
import type { ChatSession } from "../runtime/session";
import { useChatRuntime, useMessages, useSessionState } from "../runtime/use-chat-runtime";
import { showThread } from "../runtime/use-thread-in-url";
import { ClosedNote } from "./closed-note";
import { Composer, ComposerNote } from "./composer";
import { EmptyThread } from "./empty-thread";
import { Messages } from "./messages";
import { Notices } from "./notices";
import { SessionProvider } from "./session-context";
import { HistorySkeleton } from "./skeletons";
import { TurnError } from "./turn-error";
import { TurnNote, TurnStatus } from "./turn-status";
import { WaysOn } from "./unfinished";

/** One conversation: what was said, and where to say the next thing. */
export function Conversation({ userId, session }: { userId: string; session: ChatSession }) {
  const viewport = useRef<HTMLDivElement>(null);
  const messages = useMessages(session);
  const runtime = useChatRuntime(session, messages);
  const { items, history, hasOlder, status, running, following } = useSessionState(session);
  const asked = running && !following;
  const input = useRef<HTMLTextAreaElement>(null);
  const focusInput = () => input.current?.focus();

  useEffect(() => {
    void session.load();
    // What happens in this conversation elsewhere, and what happened while nobody listened.
    return followLive({
      conversation: (id) => {
        if (id === null || threadOf(id) === session.snapshot().threadId) void session.load();
      },
    });
  }, [session]);
  useEscapeToStop(session);

  if (history === "missing") {
    return (
      <FullPageNotice
        title="This conversation no longer exists"
        text="It may have been deleted on another device."
        action={<Button onClick={() => showThread(null)}>Start a new one</Button>}
      />
    );
  }
  if (history === "failed") {
    return (
      <FullPageNotice
        title="The conversation could not be opened"
        text="The server did not answer. Nothing is lost."
        action={<Button onClick={() => void session.load()}>Try again</Button>}
      />
    );
  }
  return (
    <SessionProvider value={session}>
      <AssistantRuntimeProvider runtime={runtime}>
        <ThreadPrimitive.Root className="relative flex min-h-0 flex-1 flex-col">
          <ThreadPrimitive.Viewport
            ref={viewport}
            // What is asked here is to be seen; what another window asks for disturbs nobody's reading.
            scrollToBottomOnRunStart={asked}
            role="log"
            aria-label="Conversation"
            tabIndex={0}
            className="flex min-h-0 flex-1 flex-col overflow-y-auto overscroll-contain px-4 -outline-offset-2 [mask-image:linear-gradient(to_bottom,transparent,black_1.25rem,black_calc(100%-1.25rem),transparent)] [overflow-anchor:none] sm:px-6"
          >
            {history === "loading" && <HistorySkeleton />}
            {history === "ready" && items.length === 0 && !hasOlder && (
              <EmptyThread
                onPick={(prompt) => {
                  void session.send(prompt);
                  focusInput();
                }}
              />
            )}
            <div className="mx-auto w-full max-w-2xl">
              <Messages session={session} messages={messages} viewport={viewport} />
              <div className="space-y-6 pb-6 empty:hidden">
                <Notices />
                <WaysOn session={session} onGone={focusInput} />
              </div>
            </div>
          </ThreadPrimitive.Viewport>
          <div className="relative px-4 pt-1 pb-3 sm:px-6">
            <ThreadPrimitive.ScrollToBottom
              behavior="auto"
              className="absolute -top-11 left-1/2 grid size-9 -translate-x-1/2 place-items-center rounded-full border border-line bg-raised text-ink shadow-float transition-opacity disabled:invisible"
            >
              <ArrowDown aria-hidden="true" className="size-4" />
              <span className="sr-only">Scroll to the newest message</span>
            </ThreadPrimitive.ScrollToBottom>
            <div className="mx-auto max-w-2xl">
              <TurnError session={session} onGone={focusInput} />
              <TurnNote session={session} />
              {status.type === "active" ? (
                <>
                  <Composer userId={userId} session={session} inputRef={input} />
                  <ComposerNote session={session} />
                </>
              ) : (
                <ClosedNote status={status} />
              )}
            </div>
            <TurnStatus session={session} />
          </div>
        </ThreadPrimitive.Root>
      </AssistantRuntimeProvider>
    </SessionProvider>
  );
}

/** Escape stops the answer wherever the focus is, unless something nearer, such as a menu, took the key. */
function useEscapeToStop(session: ChatSession) {
  useEffect(() => {
    const stop = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) session.stop();
    };
    document.addEventListener("keydown", stop);
    return () => document.removeEventListener("keydown", stop);
  }, [session]);
}

function FullPageNotice({ title, text, action }: { title: string; text: string; action: ReactNode }) {
  return (
    <div role="alert" className="m-auto flex max-w-sm flex-col items-center px-6 text-center">
      <h2 className="font-semibold text-lg">{title}</h2>
      <p className="mt-1.5 mb-5 text-balance text-muted">{text}</p>
      {action}
    </div>
  );
}
