import { ChatKit, type ChatKitOptions, useChatKit } from "@openai/chatkit-react";
import { useQueryClient } from "@tanstack/react-query";
import Script from "next/script";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { taskKeys } from "@/components/tasks/task-keys";
import { listTasks } from "@/lib/api/client";
import { followLive } from "@/lib/api/live";
import { authorizedFetch } from "@/lib/api/token";
import type { WidgetConfig } from "@/lib/env";
import { CHAT_URL, threadOf } from "../protocol/client";
import { matching } from "../runtime/mentions";
import { threadsKey } from "../runtime/threads-key";
import { nameThread, showThread, useThreadInUrl } from "../runtime/use-thread-in-url";
import { SUGGESTIONS } from "../suggestions";
import { createWidgetFetch } from "./widget-fetch";

/** The widget reports nothing when its frame does not load. */
const READY_WITHIN = 8_000;
/** Live events tell of the widget's own turns too: by then it has read their outcome itself. */
const QUIET_FOR = 600;

const fetch = createWidgetFetch(authorizedFetch);

/** What the widget is told. Its schema is strict: an unknown option, or `undefined` for a value, leaves it blank. */
const OPTIONS = {
  history: { enabled: true, showDelete: true, showRename: true },
  startScreen: {
    greeting: "What needs doing?",
    prompts: SUGGESTIONS.map((prompt) => ({ label: prompt, prompt })),
  },
  composer: { placeholder: "Add a task, or ask about your list" },
  threadItemActions: { feedback: true, retry: true },
  thread: { autoScroll: true },
  disclaimer: {
    text: "The assistant can be wrong. OpenAI, whose chat window this is, learns that and how it is used.",
  },
} satisfies Partial<ChatKitOptions>;

/** OpenAI's own chat. What it shows and when is its own affair; conversations, tasks and the address are kept in step. */
export function Widget({ config, onFailed }: { config: WidgetConfig; onFailed: () => void }) {
  const queries = useQueryClient();
  const threadId = useThreadInUrl();
  const [initialThread] = useState(threadId);
  const [ready, setReady] = useState(false);
  const colorScheme = useSyncExternalStore(onSchemeChange, schemeOfPage);
  const shown = useRef(threadId);

  const chat = useChatKit({
    ...OPTIONS,
    api: { url: CHAT_URL, domainKey: config.domainKey, fetch },
    initialThread,
    theme: { colorScheme },
    entities: {
      showComposerMenu: true,
      onTagSearch: async (query) => {
        const { tasks } = await queries.fetchQuery({ queryKey: taskKeys.list, queryFn: () => listTasks() });
        return matching(tasks, query).map(({ id, title, completed }) => ({
          id: String(id),
          title,
          group: completed ? "Done" : "Open",
          interactive: true,
        }));
      },
      onClick: ({ id }) =>
        document.querySelector<HTMLElement>(`[data-task="${CSS.escape(id)}"] input`)?.focus(),
    },
    onReady: () => setReady(true),
    // The message may quote the conversation: only whether the domain was refused is looked at.
    onError: ({ error: { name, message } }) => {
      if (name === "DomainVerificationRequestError" || /domain verification/i.test(message)) onFailed();
    },
    onResponseEnd: () => {
      void queries.invalidateQueries({ queryKey: taskKeys.list });
      followAddress();
    },
    onThreadLoadEnd: followAddress,
    onThreadChange: ({ threadId: next }) => {
      const before = shown.current;
      shown.current = next;
      if (next === before || next === threadId) return;
      if (before === null && next !== null) nameThread(next);
      else showThread(next);
    },
  });

  function followAddress() {
    const before = shown.current;
    if (!ready || before === threadId) return;
    shown.current = threadId;
    // It rejects commands while it loads a conversation or an answer arrives, and is given this one again after that.
    chat.setThreadId(threadId).catch(() => {
      shown.current = before;
    });
  }
  useEffect(followAddress);

  useEffect(() => {
    if (!ready) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => shown.current && chat.fetchUpdates().catch(() => {});
    const unfollow = followLive({
      conversation: (id) => {
        if (id !== null && threadOf(id) !== shown.current) return;
        clearTimeout(timer);
        timer = setTimeout(look, QUIET_FOR);
      },
    });
    return () => {
      clearTimeout(timer);
      unfollow();
      // It may have begun, renamed or deleted conversations, and has said so to nobody.
      void queries.invalidateQueries({ queryKey: threadsKey });
    };
  }, [ready, chat.fetchUpdates, queries]);

  useEffect(() => {
    const timer = ready ? undefined : setTimeout(onFailed, READY_WITHIN);
    return () => clearTimeout(timer);
  }, [ready, onFailed]);

  return (
    <div className="relative min-h-0 flex-1">
      <Script src={config.scriptUrl} onError={onFailed} />
      <ChatKit control={chat.control} className="block size-full" />
      {!ready && (
        <p role="status" className="absolute inset-0 grid place-items-center bg-canvas text-muted">
          Opening OpenAI’s chat…
        </p>
      )}
    </div>
  );
}

const DARK = "(prefers-color-scheme: dark)";

/** The frame sees neither the page's theme nor its changes. */
function schemeOfPage(): "light" | "dark" {
  const { theme } = document.documentElement.dataset;
  if (theme === "light" || theme === "dark") return theme;
  return matchMedia(DARK).matches ? "dark" : "light";
}

function onSchemeChange(changed: () => void): () => void {
  const system = matchMedia(DARK);
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}
