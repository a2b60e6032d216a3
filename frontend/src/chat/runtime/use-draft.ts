import { useAui, useAuiState } from "@assistant-ui/react";
import { useEffect } from "react";
import type { Mention } from "./mentions";
import type { ChatSession } from "./session";
import { useSessionState } from "./use-chat-runtime";

/**
 * Keeps what is being typed: per conversation, over a reload and over signing in again. Text that the server did
 * not accept comes back here as well, before anything typed since.
 */
export function useDraft(userId: string, session: ChatSession): void {
  const { threadId, unsent } = useSessionState(session);
  const aui = useAui();
  const text = useAuiState((state) => state.composer.text);
  const key = `chat-draft:${userId}:${threadId ?? "new"}`;

  useEffect(() => {
    const saved = sessionStorage.getItem(key);
    if (!saved || aui.composer.getState().text !== "") return;
    if (session.mentions.length === 0) session.mentions = mentionsIn(sessionStorage.getItem(named(key)));
    aui.composer.setText(saved);
  }, [aui, key, session]);

  useEffect(() => {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
    if (text && session.mentions.length > 0) {
      sessionStorage.setItem(named(key), JSON.stringify(session.mentions));
    } else sessionStorage.removeItem(named(key));
  }, [key, text, session]);

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
