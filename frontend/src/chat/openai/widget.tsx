import { ChatKit, useChatKit } from "@openai/chatkit-react";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { taskKeys } from "@/components/tasks/task-keys";
import { listTasks } from "@/lib/api/client";
import { followLive } from "@/lib/api/live";
import { authorizedFetch } from "@/lib/api/token";
import { threadOf } from "../protocol/client";
import { nameThread, showThread } from "../runtime/use-thread-in-url";
import { useColorScheme } from "./color-scheme";
import { mentionable, widgetOptions } from "./options";
import { createWidgetFetch } from "./widget-fetch";

/** How long the widget gets to finish what it is about before it is told to look again. */
const settling = 600;

interface Props {
  domainKey: string;
  /** The conversation that the address names. */
  threadId: string | null;
  onReady: () => void;
  /** It will show nothing, or nothing any more. */
  onFailed: () => void;
}

/** OpenAI's own chat. What it shows and when is its own affair; conversations, tasks and the address are kept in step. */
export function Widget({ domainKey, threadId, onReady, onFailed }: Props) {
  const queries = useQueryClient();
  const router = useRouter();
  const scheme = useColorScheme();
  const [fetch] = useState(() => createWidgetFetch({ authorized: authorizedFetch }));
  const [first] = useState(threadId);
  /** What the widget shows, as far as it has said. It takes no orders while it is not ready, loads or answers. */
  const shown = useRef({ threadId: first, ready: false, loading: false, answering: false });
  const wanted = useRef(threadId);
  wanted.current = threadId;

  const refreshTasks = () => void queries.invalidateQueries({ queryKey: taskKeys.list });

  const chat = useChatKit({
    ...widgetOptions({
      domainKey,
      fetch,
      scheme,
      languages: navigator.languages,
      thread: first,
      entities: {
        onTagSearch: async (query) => {
          const { tasks } = await queries.fetchQuery({
            queryKey: taskKeys.list,
            queryFn: ({ signal }) => listTasks(signal),
          });
          return mentionable(tasks, query);
        },
        onClick: ({ id }) => {
          if (!pointAt(id)) router.push("/tasks");
        },
      },
    }),
    onReady: () => {
      shown.current.ready = true;
      onReady();
      follow();
    },
    // Messages and whatever else they quote stay where they are: only what kind of failure it is matters here.
    onError: ({ error }) => {
      if (refusesDomain(error)) onFailed();
    },
    onEffect: ({ name }) => {
      if (name === "tasks_changed") refreshTasks();
    },
    onResponseStart: () => {
      shown.current.answering = true;
    },
    onResponseEnd: () => {
      shown.current.answering = false;
      refreshTasks();
      follow();
    },
    onThreadLoadStart: () => {
      shown.current.loading = true;
    },
    onThreadLoadEnd: () => {
      shown.current.loading = false;
      follow();
    },
    onThreadChange: ({ threadId }) => {
      const before = shown.current.threadId;
      shown.current.threadId = threadId;
      if (threadId === before || threadId === wanted.current) return;
      if (before === null && threadId !== null) nameThread(threadId);
      else showThread(threadId);
    },
  });

  /** Shows what the address names, when it names something else, as soon as the widget can. */
  function follow() {
    const { ready, loading, answering, threadId } = shown.current;
    if (!ready || loading || answering || threadId === wanted.current) return;
    shown.current.threadId = wanted.current;
    // What it refuses now is tried again when it says that it has finished something.
    void chat.setThreadId(wanted.current).catch(() => {
      shown.current.threadId = threadId;
    });
  }

  const followLatest = useRef(follow);
  followLatest.current = follow;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what follows is another address
  useEffect(() => followLatest.current(), [threadId]);

  const news = useRef(() => {});
  news.current = () => {
    const { ready, loading, answering, threadId } = shown.current;
    // What it reads anew it reads whole, so nothing is lost by leaving out what comes while it is busy with the same.
    if (ready && !loading && !answering && threadId !== null) void chat.fetchUpdates().catch(() => {});
  };
  useEffect(() => {
    let connected = false;
    let pending: ReturnType<typeof setTimeout> | undefined;
    const unfollow = followLive({
      conversation: (id) => {
        // The first connection tells of nothing that has not just been read.
        const heard = id === null ? connected : threadOf(id) === shown.current.threadId;
        connected = true;
        if (!heard) return;
        // What the widget does itself is told as well. Once it has shown the outcome there may be nothing left to read.
        clearTimeout(pending);
        pending = setTimeout(() => news.current(), settling);
      },
    });
    return () => {
      clearTimeout(pending);
      unfollow();
    };
  }, []);

  return <ChatKit control={chat.control} className="block size-full" />;
}

/** Names of errors may change; the words have been the same so far. */
function refusesDomain({ name, message }: Error): boolean {
  return name === "DomainVerificationRequestError" || /domain verification/i.test(message);
}

/** Takes the person to the task beside the chat; false where there is none. */
function pointAt(taskId: string): boolean {
  const row = document.querySelector(`[data-task="${CSS.escape(taskId)}"]`);
  row?.scrollIntoView({ block: "center" });
  row?.querySelector("input")?.focus();
  return row !== null;
}
