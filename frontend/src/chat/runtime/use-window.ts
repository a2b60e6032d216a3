import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { Message } from "./messages";
import type { ChatSession } from "./session";
import { useSessionState } from "./use-chat-runtime";

/** So many messages are drawn in the beginning, and more by so many. */
const FIRST = 40;
const MORE = 24;
/** Never more than this. */
const MOST = 120;
/** More is drawn, or read, when so many pixels are left to scroll. */
const AHEAD = 900;

/** Which messages are drawn. Without a first it is the newest ones, without a last up to the newest one. */
interface Range {
  first: string | null;
  last: string | null;
}

const NEWEST: Range = { first: null, last: null };

/** How a message is found again in the page. */
export const MESSAGE_ID = "data-message";

/**
 * Draws a part of a long conversation and moves it along while the person scrolls, reading older messages from the
 * server when there are no more at hand. What is being looked at stays where it is.
 */
export function useWindow(
  session: ChatSession,
  messages: readonly Message[],
  viewport: RefObject<HTMLElement | null>,
) {
  const { hasOlder, older, paged } = useSessionState(session);
  const [range, setRange] = useState(NEWEST);
  const seen = useRef<Map<string, number> | null>(null);
  const { start, end } = boundsOf(messages, range);

  const show = useCallback(
    (next: Range) => {
      seen.current = viewport.current && placesIn(viewport.current);
      setRange(next);
    },
    [viewport],
  );

  /** To be called when the messages in the page are others than before. */
  const settle = useCallback(() => {
    const places = seen.current;
    seen.current = null;
    const element = viewport.current;
    if (!places || !element) return;
    const now = placesIn(element);
    for (const [id, before] of places) {
      const after = now.get(id);
      if (after === undefined) continue;
      if (after !== before) element.scrollTop += after - before;
      return;
    }
  }, [viewport]);

  const look = useCallback(() => {
    const element = viewport.current;
    if (!element || messages.length === 0) return;
    const above = element.scrollTop;
    const below = element.scrollHeight - element.clientHeight - above;
    if (above < AHEAD) {
      if (start > 0) {
        const from = Math.max(0, start - MORE);
        const to = Math.min(end, from + MOST);
        show({ first: idAt(messages, from), last: to < messages.length ? idAt(messages, to - 1) : null });
      } else if (hasOlder && older === "idle") void session.loadOlder();
      // Asking for more than is there must not go on for ever; what is below is looked at the next time.
      return;
    }
    if (below < AHEAD && end < messages.length) {
      const to = Math.min(messages.length, end + MORE);
      const from = Math.max(start, to - MOST);
      show({ first: idAt(messages, from), last: to < messages.length ? idAt(messages, to - 1) : null });
    } else if (below < AHEAD && end - start > MOST) {
      show({ first: idAt(messages, end - FIRST), last: null });
    }
  }, [viewport, messages, start, end, hasOlder, older, session, show]);

  // Looked at when something changed, for a page that does not fill the room it has; the library scrolls before that.
  const latest = useRef(look);
  latest.current = look;
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what makes another look worth while
  useEffect(() => {
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => latest.current());
    });
    return () => cancelAnimationFrame(frame);
  }, [start, end, messages.length, hasOlder, older]);

  // From here on it grows at its end; were its beginning to follow, what is being read would move.
  useEffect(() => {
    const first = idAt(messages, start);
    if (range.first === null && first !== null) setRange((old) => ({ ...old, first }));
  }, [range, messages, start]);

  useEffect(() => {
    const element = viewport.current;
    if (!element) return;
    let frame = 0;
    const scrolled = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => latest.current());
    };
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", scrolled);
    };
  }, [viewport]);

  return {
    shown: start === 0 && end === messages.length ? messages : messages.slice(start, end),
    /** The newest message is among them. */
    newest: end === messages.length,
    /** Nothing was said before the first of them. */
    beginning: paged && !hasOlder && start === 0,
    toNewest: useCallback(() => setRange(NEWEST), []),
    settle,
  };
}

function boundsOf(messages: readonly Message[], { first, last }: Range): { start: number; end: number } {
  const at = last === null ? -1 : messages.findIndex(({ id }) => id === last);
  const end = at < 0 ? messages.length : at + 1;
  const from = first === null ? -1 : messages.findIndex(({ id }) => id === first);
  return { start: from < 0 ? Math.max(0, end - FIRST) : Math.min(from, end), end };
}

function idAt(messages: readonly Message[], index: number): string | null {
  return messages[index]?.id ?? null;
}

/** Where messages are in the window, those in sight first: they are what must not move. */
function placesIn(viewport: HTMLElement): Map<string, number> {
  const { top } = viewport.getBoundingClientRect();
  const places: [string, DOMRect][] = [];
  for (const element of viewport.querySelectorAll<HTMLElement>(`[${MESSAGE_ID}]`)) {
    const id = element.getAttribute(MESSAGE_ID);
    if (id) places.push([id, element.getBoundingClientRect()]);
  }
  const inSight = places.filter(([, { bottom }]) => bottom > top);
  const out = places.filter(([, { bottom }]) => bottom <= top).reverse();
  return new Map([...inSight, ...out].map(([id, rect]) => [id, rect.top]));
}
