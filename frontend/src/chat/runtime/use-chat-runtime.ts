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

/** The answer of which nothing has arrived yet. */
const UPCOMING: Message = { id: "upcoming", role: "assistant", items: [], streaming: true };

/** Everything that was said, as the transcript shows it; while something is answered an answer is the last of it. */
export function useMessages(session: ChatSession): readonly Message[] {
  const { items, pending, running } = useSessionState(session);
  const messages = useRef<readonly Message[]>([]);
  messages.current = group(items, pending, messages.current);
  return running && messages.current.at(-1)?.role === "user"
    ? [...messages.current, UPCOMING]
    : messages.current;
}

/**
 * The session as the chat library sees it: it calls us back, and stores nothing. Its store takes time at every word for
 * each message that is in it, so it has only the newest, by which it knows when to scroll.
 */
export function useChatRuntime(session: ChatSession, messages: readonly Message[]) {
  const { running, following, history, allowCancel } = useSessionState(session);
  return useExternalStoreRuntime({
    messages: messages.slice(-1).map((message) => convert(message, running)),
    isRunning: running,
    isSendDisabled: history !== "ready" || running,
    onNew: (message) => session.send(textOf(message)),
    onReload: () => session.retry(),
    ...(allowCancel && !following && { onCancel: async () => session.stop() }),
  });
}

function textOf({ content }: AppendMessage): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}
