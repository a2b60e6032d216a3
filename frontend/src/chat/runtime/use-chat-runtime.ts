import { type AppendMessage, useExternalStoreRuntime } from "@assistant-ui/react";
import { useRef, useSyncExternalStore } from "react";
import { convert, group, type Message } from "./messages";
import type { ChatSession } from "./session";
import type { SessionState } from "./session-state";

export function useSessionState(session: ChatSession): SessionState {
  return useSyncExternalStore(session.subscribe, session.snapshot, session.snapshot);
}

/** One thing of the session, for what is there many times and must not be drawn at every word of an answer. */
export function useSessionValue<T>(session: ChatSession, select: (state: SessionState) => T): T {
  const snapshot = () => select(session.snapshot());
  return useSyncExternalStore(session.subscribe, snapshot, snapshot);
}

/** Everything that was said, as the transcript shows it. */
export function useMessages(session: ChatSession): readonly Message[] {
  const { items, pending } = useSessionState(session);
  const messages = useRef<readonly Message[]>([]);
  messages.current = group(items, pending, messages.current);
  return messages.current;
}

/**
 * The session as the chat library sees it: it renders the messages it is given and calls us back, and stores nothing.
 * What runs goes on after the newest message, so without that one there is nothing to be seen of it.
 */
export function useChatRuntime(session: ChatSession, messages: readonly Message[], newest: boolean) {
  const { running, following, history, allowCancel } = useSessionState(session);
  return useExternalStoreRuntime<Message>({
    messages,
    convertMessage: convert,
    isRunning: running && newest,
    isSendDisabled: history !== "ready" || running,
    onNew: (message) => session.send(textOf(message)),
    onReload: () => session.retry(),
    ...(allowCancel && !following && { onCancel: async () => session.stop() }),
  });
}

function textOf({ content }: AppendMessage): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}
