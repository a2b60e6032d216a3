"use client";

import type { Chat } from "@/lib/preferences";
import { useChatChoice } from "@/lib/use-preference";
import { Choice } from "./choice";

const OPTIONS = [
  {
    value: "openai",
    label: "OpenAI’s chat",
    about:
      "Their chat window, loaded from their servers. They learn that you use it, how, and from which address.",
  },
  {
    value: "own",
    label: "Built-in chat",
    about: "Nothing is loaded from anybody else. You can dictate, and have answers read to you.",
  },
] as const;

/** Offered only where OpenAI's chat is configured. */
export function ChatChoice({ served }: { served: Chat }) {
  const [chat, choose] = useChatChoice(served);
  return <Choice<Chat> label="Which chat" options={OPTIONS} value={chat} onChange={choose} />;
}
