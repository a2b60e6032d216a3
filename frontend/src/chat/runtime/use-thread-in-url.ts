import { usePathname } from "next/navigation";

const PREFIX = "/chat/";

/** The conversation that `/chat/<id>` names, or null for `/chat`. */
export function threadIn(pathname: string): string | null {
  const id = pathname.startsWith(PREFIX) ? pathname.slice(PREFIX.length) : "";
  return id ? decodeURIComponent(id) : null;
}

export function threadHref(threadId: string | null): string {
  return threadId ? PREFIX + encodeURIComponent(threadId) : "/chat";
}

export function useThreadInUrl(): string | null {
  return threadIn(usePathname());
}

/** Shows another conversation. The page is the same, so nothing is asked of the server but the conversation itself. */
export function showThread(threadId: string | null): void {
  window.history.pushState(null, "", threadHref(threadId));
}

/** The empty conversation being looked at became this one. Says nothing when something else is being looked at. */
export function nameThread(threadId: string): void {
  if (window.location.pathname === "/chat") window.history.replaceState(null, "", threadHref(threadId));
}
