import { SquarePen } from "lucide-react";
import type { ReactNode } from "react";
import { buttonClass } from "@/components/ui/button";
import type { ThreadInfo } from "../protocol/types";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { threadHref } from "../runtime/use-thread-in-url";
import { type ThreadAction, ThreadMenu } from "./thread-list";

interface Props {
  session: ChatSession;
  thread: ThreadInfo | undefined;
  onAction: (action: ThreadAction) => void;
  before: ReactNode;
  after: ReactNode;
}

/** Where the focus goes when what held it is gone. */
export const CHAT_TITLE = "chat-title";

/** What is being looked at, between the ways to something else. */
export function ChatHeader({ session, thread, onAction, before, after }: Props) {
  const { title, threadId } = useSessionState(session);
  const name = title || thread?.title || (threadId ? "Conversation" : "New conversation");
  return (
    <div className="flex h-14 shrink-0 items-center gap-1 px-2 sm:px-4 xl:px-6">
      {before}
      <h1
        dir="auto"
        id={CHAT_TITLE}
        tabIndex={-1}
        className="min-w-0 truncate rounded-lg px-1.5 font-semibold outline-none xl:px-0"
      >
        {name}
      </h1>
      {thread && <ThreadMenu thread={thread} onAction={onAction} className="size-9" />}
      <div className="ml-auto flex items-center">{after}</div>
    </div>
  );
}

interface NewThreadProps {
  onOpen: (threadId: null) => void;
  /** Only the sign, where room is short. */
  compact?: boolean;
  className?: string;
}

export function NewThread({ onOpen, compact = false, className = "" }: NewThreadProps) {
  return (
    <a
      href={threadHref(null)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        onOpen(null);
      }}
      className={
        compact
          ? `grid size-9 place-items-center rounded-xl text-muted hover:bg-sunken hover:text-ink ${className}`
          : `${buttonClass("secondary", "medium")} ${className}`
      }
    >
      <SquarePen aria-hidden="true" className={compact ? "size-5" : "size-4"} />
      <span className={compact ? "sr-only" : undefined}>New conversation</span>
    </a>
  );
}
