import { type AppendMessage, useExternalStoreRuntime } from "@assistant-ui/react";
import { useRef, useSyncExternalStore } from "react";
import { convert, group, type Message } from "./messages";
import type { ChatSession, SessionState } from "./session";

export function useSessionState(session: ChatSession): SessionState {
  return useSyncExternalStore(session.subscribe, session.snapshot, session.snapshot);
}

/** The session as the chat library sees it: it renders our messages and calls us back, and stores nothing. */
export function useChatRuntime(session: ChatSession) {
  const { items, pending, running, history, allowCancel } = useSessionState(session);
  const messages = useRef<readonly Message[]>([]);
  messages.current = group(items, pending, messages.current);
  return useExternalStoreRuntime<Message>({
    messages: messages.current,
    convertMessage: convert,
    isRunning: running,
    isSendDisabled: history !== "ready",
    onNew: (message) => session.send(textOf(message)),
    onReload: () => session.retry(),
    ...(allowCancel && { onCancel: async () => session.stop() }),
  });
}

function textOf({ content }: AppendMessage): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}
