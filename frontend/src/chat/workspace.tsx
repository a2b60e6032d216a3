"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { taskKeys } from "@/components/tasks/task-keys";
import { useFreshUndoable } from "@/components/tasks/use-undo";
import { authorizedFetch } from "@/lib/api/token";
import { createChatClient } from "./protocol/client";
import { sessionsFor } from "./runtime/sessions";
import { nameThread, showThread, useThreadInUrl } from "./runtime/use-thread-in-url";
import { rememberThread, useFreshThreads, useThreads } from "./runtime/use-threads";
import { ChatHeader, NewThread } from "./skin/chat-header";
import { Conversation } from "./skin/conversation";
import { TaskPane } from "./skin/task-pane";
import { DeleteDialog, RenameDialog } from "./skin/thread-dialogs";
import { type ThreadAction, ThreadList } from "./skin/thread-list";
import { ThreadSheet } from "./skin/thread-sheet";

interface Props {
  userId: string;
  /** Leads to OpenAI's chat, where that is to be had. */
  switcher?: ReactNode;
}

/** The chat page: the conversations, the one being looked at, and the tasks it is about. */
export function Workspace({ userId, switcher }: Props) {
  const [sessions] = useState(() => sessionsFor(userId, () => createChatClient(authorizedFetch)));
  const queries = useQueryClient();
  const threads = useThreads(sessions.client);
  useFreshThreads();
  useFreshUndoable();
  const [sheet, setSheet] = useState(false);
  const [action, setAction] = useState<ThreadAction | null>(null);
  const threadId = useThreadInUrl();
  const [shown, setShown] = useState(() => ({ threadId, session: sessions.open(threadId) }));
  // Follows the address, and only the address: a new conversation keeps its view until its id has arrived there.
  if (shown.threadId !== threadId) setShown({ threadId, session: sessions.open(threadId) });

  useEffect(() => {
    const refreshTasks = () => void queries.invalidateQueries({ queryKey: taskKeys.list });
    return sessions.listen({
      onThreadCreated: nameThread,
      onThreadChanged: (thread) => rememberThread(queries, thread),
      onTasksChanged: refreshTasks,
      onTurnEnd: refreshTasks,
    });
  }, [sessions, queries]);

  const open = (id: string | null) => {
    setSheet(false);
    showThread(id);
  };
  const list = <ThreadList threads={threads} current={threadId} onOpen={open} onAction={setAction} />;
  const dialog = {
    client: sessions.client,
    onClose: () => setAction(null),
  };
  return (
    <div className="mx-auto h-page max-w-7xl lg:grid lg:grid-cols-[minmax(0,1fr)_22rem] xl:grid-cols-[15rem_minmax(0,1fr)_22rem]">
      <nav
        aria-label="Conversations"
        className="hidden min-h-0 flex-col border-line border-r py-4 pr-3 pl-4 xl:flex"
      >
        <NewThread className="mb-3 w-full" onOpen={open} />
        <div className="-mx-1 min-h-0 flex-1 overflow-y-auto px-1">{list}</div>
      </nav>
      <section aria-label="Chat" className="flex h-full min-h-0 flex-col">
        <ChatHeader
          session={shown.session}
          thread={threads.data?.find((thread) => thread.id === threadId)}
          onAction={setAction}
          before={
            <ThreadSheet open={sheet} onOpenChange={setSheet}>
              {list}
            </ThreadSheet>
          }
          after={
            <>
              {switcher}
              <NewThread compact className="xl:hidden" onOpen={open} />
            </>
          }
        />
        <Conversation key={shown.session.key} userId={userId} session={shown.session} />
      </section>
      <TaskPane />
      {action?.kind === "rename" && (
        <RenameDialog
          {...dialog}
          action={action}
          onDone={({ id, title }) => {
            setAction(null);
            sessions.retitle(id, title ?? "");
          }}
        />
      )}
      {action?.kind === "delete" && (
        <DeleteDialog
          {...dialog}
          action={action}
          onDone={({ id }) => {
            setAction(null);
            sessions.forget(id);
            if (id === threadId) open(null);
          }}
        />
      )}
    </div>
  );
}
