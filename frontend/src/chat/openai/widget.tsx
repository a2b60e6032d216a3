import { ChatKit, type ChatKitOptions, useChatKit } from "@openai/chatkit-react";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { Component, type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { taskKeys } from "@/components/tasks/task-keys";
import { listTasks } from "@/lib/api/client";
import { followLive } from "@/lib/api/live";
import { authorizedFetch } from "@/lib/api/token";
import type { WidgetConfig } from "@/lib/env";
import { CHAT_URL, threadOf } from "../protocol/client";
import { matching } from "../runtime/mentions";
import { nameThread, showThread, useThreadInUrl } from "../runtime/use-thread-in-url";
import { SUGGESTIONS } from "../suggestions";
import { createWidgetFetch } from "./widget-fetch";

/** The widget reports nothing when its script or its frame does not load. */
const READY_WITHIN = 8_000;
/** Live events tell of the widget's own turns too: by then it has read their outcome itself. */
const QUIET_FOR = 600;

/** What the widget is told. Its schema is strict: an unknown option, or `undefined` for a value, leaves it blank. */
const OPTIONS = {
  frameTitle: "Conversation",
  header: { enabled: true, title: { enabled: true } },
  history: { enabled: true, showDelete: true, showRename: true },
  startScreen: {
    greeting: "What needs doing?",
    prompts: SUGGESTIONS.map((prompt) => ({ label: prompt, prompt })),
  },
  composer: { placeholder: "Add a task, or ask about your list", attachments: { enabled: false } },
  threadItemActions: { feedback: true, retry: true },
  thread: { autoScroll: true },
  disclaimer: {
    text: "The assistant can be wrong. OpenAI, whose chat window this is, learns that and how it is used.",
  },
} satisfies Partial<ChatKitOptions>;

interface Props {
  config: WidgetConfig;
  onFailed: () => void;
}

/** OpenAI's own chat. What it shows and when is its own affair; conversations, tasks and the address are kept in step. */
export function Widget({ config, onFailed }: Props) {
  const queries = useQueryClient();
  const router = useRouter();
  const threadId = useThreadInUrl();
  const [initialThread] = useState(threadId);
  const [fetch] = useState(() => createWidgetFetch(authorizedFetch));
  const [ready, setReady] = useState(false);
  const scheme = useColorScheme();
  const shown = useRef(threadId);
  /** It rejects commands until it is ready, while it loads a conversation and while an answer arrives. */
  const busy = useRef(true);

  const refreshTasks = () => void queries.invalidateQueries({ queryKey: taskKeys.list });
  const idle = () => {
    busy.current = false;
    followAddress();
  };
  const chat = useChatKit({
    ...OPTIONS,
    api: { url: CHAT_URL, domainKey: config.domainKey, fetch },
    initialThread,
    theme: {
      colorScheme: scheme,
      radius: "round",
      color: { accent: { primary: scheme === "dark" ? "#63d3a3" : "#14684a", level: 1 } },
    },
    entities: {
      showComposerMenu: true,
      onTagSearch: async (query) => {
        const queryFn = ({ signal }: { signal: AbortSignal }) => listTasks(signal);
        const { tasks } = await queries.fetchQuery({ queryKey: taskKeys.list, queryFn });
        return matching(tasks, query).map(({ id, title, completed }) => ({
          id: String(id),
          title,
          group: completed ? "Done" : "Open",
          icon: completed ? "check-circle" : "empty-circle",
          interactive: true,
        }));
      },
      onClick: ({ id }) => {
        const row = document.querySelector(`[data-task="${CSS.escape(id)}"]`);
        if (!row) return router.push("/tasks");
        row.scrollIntoView({ block: "center" });
        row.querySelector("input")?.focus();
      },
    },
    onReady: () => {
      setReady(true);
      idle();
    },
    // The message may quote the conversation: only whether the domain was refused is looked at.
    onError: ({ error: { name, message } }) => {
      if (name === "DomainVerificationRequestError" || /domain verification/i.test(message)) onFailed();
    },
    onEffect: ({ name }) => {
      if (name === "tasks_changed") refreshTasks();
    },
    onResponseStart: () => {
      busy.current = true;
    },
    onResponseEnd: () => {
      refreshTasks();
      idle();
    },
    onThreadLoadStart: () => {
      busy.current = true;
    },
    onThreadLoadEnd: idle,
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
    if (busy.current || before === threadId) return;
    shown.current = threadId;
    // A command that is rejected is given again when the widget has finished what it does.
    void chat.setThreadId(threadId).catch(() => {
      shown.current = before;
    });
  }
  useEffect(followAddress);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const unfollow = followLive({
      conversation: (id) => {
        if (id !== null && threadOf(id) !== shown.current) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
          if (!busy.current && shown.current !== null) void chat.fetchUpdates().catch(() => {});
        }, QUIET_FOR);
      },
    });
    return () => {
      clearTimeout(timer);
      unfollow();
    };
  }, [chat.fetchUpdates]);

  useEffect(() => {
    const timer = ready ? undefined : setTimeout(onFailed, READY_WITHIN);
    return () => clearTimeout(timer);
  }, [ready, onFailed]);
  useEffect(() => {
    const script = widgetScript(config.scriptUrl);
    script.addEventListener("error", onFailed);
    return () => script.removeEventListener("error", onFailed);
  }, [config.scriptUrl, onFailed]);

  return (
    <div className="relative min-h-0 flex-1">
      <ErrorBoundary onError={onFailed}>
        <ChatKit control={chat.control} className="block size-full" />
      </ErrorBoundary>
      {!ready && (
        <div role="status" className="absolute inset-0 grid place-items-center bg-canvas">
          <p className="text-muted motion-safe:animate-pulse">Opening OpenAI’s chat…</p>
        </div>
      )}
    </div>
  );
}

/** The classic script that defines `<openai-chatkit>`; after a failure the next call loads it anew. */
function widgetScript(src: string): HTMLScriptElement {
  const known = document.querySelector<HTMLScriptElement>(`script[src="${src}"]`);
  if (known) return known;
  const script = Object.assign(document.createElement("script"), { src, onerror: () => script.remove() });
  return document.head.appendChild(script);
}

const DARK = "(prefers-color-scheme: dark)";

/** The frame sees neither the page's theme nor its changes. */
function useColorScheme(): "light" | "dark" {
  return useSyncExternalStore(
    (changed) => {
      const aborted = new AbortController();
      matchMedia(DARK).addEventListener("change", changed, { signal: aborted.signal });
      const observer = new MutationObserver(changed);
      observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
      return () => {
        aborted.abort();
        observer.disconnect();
      };
    },
    () => {
      const { theme } = document.documentElement.dataset;
      if (theme === "light" || theme === "dark") return theme;
      return matchMedia(DARK).matches ? "dark" : "light";
    },
  );
}

/** The widget has no versions: one that throws at what it is told must not take the page with it. */
class ErrorBoundary extends Component<{ onError: () => void; children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidCatch() {
    this.props.onError();
  }

  override render() {
    return this.state.broken ? null : this.props.children;
  }
}
