import type { ChatKitOptions } from "@openai/chatkit-react";
import type { Task } from "@/lib/api/client";
import { CHAT_URL } from "../protocol/client";
import { matching } from "../runtime/mentions";
import { SUGGESTIONS } from "../suggestions";
import { widgetLocale } from "./locale";

type Entities = Required<Pick<NonNullable<ChatKitOptions["entities"]>, "onTagSearch" | "onClick">>;

/**
 * Everything the widget is told. It refuses options it does not know, and `undefined` where it expects a value, so this
 * holds what its types name and nothing else.
 */
export function widgetOptions({
  domainKey,
  fetch,
  scheme,
  languages,
  thread,
  entities,
}: {
  domainKey: string;
  fetch: typeof globalThis.fetch;
  scheme: "light" | "dark";
  languages: readonly string[];
  /** The conversation to begin with; null for a new one. */
  thread: string | null;
  entities: Entities;
}) {
  return {
    api: { url: CHAT_URL, domainKey, fetch },
    locale: widgetLocale(languages),
    frameTitle: "Conversation",
    initialThread: thread,
    theme: {
      colorScheme: scheme,
      radius: "round",
      density: "normal",
      color: { accent: { primary: scheme === "dark" ? "#63d3a3" : "#14684a", level: 1 } },
    },
    header: { enabled: true, title: { enabled: true } },
    history: { enabled: true, showDelete: true, showRename: true },
    startScreen: {
      greeting: "What needs doing?",
      prompts: SUGGESTIONS.map((prompt) => ({ label: prompt, prompt })),
    },
    composer: { placeholder: "Add a task, or ask about your list", attachments: { enabled: false } },
    entities: { ...entities, showComposerMenu: true },
    threadItemActions: { feedback: true, retry: true },
    thread: { autoScroll: true },
    disclaimer: {
      text: "The assistant can be wrong. OpenAI, whose chat window this is, learns that and how it is used.",
    },
  } satisfies ChatKitOptions;
}

/** The tasks that fit what was typed, as things that can be mentioned. */
export function mentionable(tasks: readonly Task[], query: string) {
  return matching(tasks, query).map(({ id, title, completed }) => ({
    id: String(id),
    title,
    group: completed ? "Done" : "Open",
    icon: completed ? "check-circle" : "empty-circle",
    interactive: true,
  }));
}
