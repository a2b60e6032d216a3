import { useAui, useAuiState } from "@assistant-ui/react";
import { useEffect, useRef } from "react";
import type { Mention } from "./mentions";
import { wordsOf } from "./messages";
import type { ChatSession } from "./session";
import { UNCONFIRMED } from "./session-state";
import { useSessionState } from "./use-chat-runtime";

/**
 * Keeps what is being typed, and what was sent until the server confirms it: per conversation, over a reload and over
 * signing in again. Text that the server did not accept comes back here as well, before anything typed since.
 */
export function useDraft(userId: string, session: ChatSession): void {
  const { threadId, unsent, items } = useSessionState(session);
  const aui = useAui();
  const text = useAuiState((state) => state.composer.text);
  const sent = items.find(({ id }) => id === UNCONFIRMED);
  const kept = [sent?.type === "user_message" ? wordsOf(sent) : "", text].filter(Boolean).join("\n");
  const key = `chat-draft:${userId}:${threadId ?? "new"}`;

  useEffect(() => {
    const saved = sessionStorage.getItem(key);
    // What is on its way stands in the conversation.
    const sending = session.snapshot().items.some(({ id }) => id === UNCONFIRMED);
    if (!saved || sending || aui.composer.getState().text !== "") return;
    if (session.mentions.length === 0) session.mentions = mentionsIn(sessionStorage.getItem(named(key)));
    aui.composer.setText(saved);
  }, [aui, key, session]);

  const place = useRef({ session, key });

  useEffect(() => {
    // A new conversation has become one with an id.
    if (place.current.session === session && place.current.key !== key) {
      sessionStorage.removeItem(place.current.key);
      sessionStorage.removeItem(named(place.current.key));
    }
    place.current = { session, key };
    if (kept) sessionStorage.setItem(key, kept);
    else sessionStorage.removeItem(key);
    if (kept && session.mentions.length > 0) {
      sessionStorage.setItem(named(key), JSON.stringify(session.mentions));
    } else sessionStorage.removeItem(named(key));
  }, [key, kept, session]);

  useEffect(() => {
    if (unsent === null) return;
    const typed = aui.composer.getState().text;
    const given = session.takeUnsent();
    if (given !== null) aui.composer.setText(typed ? `${given}\n${typed}` : given);
  }, [aui, session, unsent]);
}

/** Where the tasks are kept that the draft names. */
function named(key: string): string {
  return `${key}:tasks`;
}

function mentionsIn(saved: string | null): Mention[] {
  try {
    return saved ? (JSON.parse(saved) as Mention[]) : [];
  } catch {
    return [];
  }
}
