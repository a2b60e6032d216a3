import { createContext, useContext } from "react";
import type { ChatSession } from "../runtime/session";

const Context = createContext<ChatSession | null>(null);

export const SessionProvider = Context.Provider;

/** The conversation around what is being drawn. */
export function useSession(): ChatSession {
  const session = useContext(Context);
  if (!session) throw new Error("there is no conversation around this");
  return session;
}
