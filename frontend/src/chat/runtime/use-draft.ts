import { useAui, useAuiState } from "@assistant-ui/react";
import { useEffect } from "react";
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
    if (saved && aui.composer.getState().text === "") aui.composer.setText(saved);
  }, [aui, key]);

  useEffect(() => {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  }, [key, text]);

  useEffect(() => {
    if (unsent === null) return;
    const typed = aui.composer.getState().text;
    const given = session.takeUnsent();
    if (given !== null) aui.composer.setText(typed ? `${given}\n${typed}` : given);
  }, [aui, session, unsent]);
}
