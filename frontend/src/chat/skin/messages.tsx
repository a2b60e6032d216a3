import { ThreadPrimitive, useAuiState } from "@assistant-ui/react";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { useSessionState } from "../runtime/use-chat-runtime";
import { AssistantMessage, UserMessage } from "./message";
import { useSession } from "./session-context";

const COMPONENTS = { UserMessage, AssistantMessage };

/** An older page is read when less than this is left to scroll. */
const AHEAD = 900;

/**
 * The messages of a conversation, of which only those near the viewport are in the document. What is being looked at
 * stays where it is when older ones are put before it, and when others turn out taller than estimated.
 */
export function Messages() {
  const session = useSession();
  const { hasOlder, older } = useSessionState(session);
  const messages = useAuiState(({ thread }) => thread.messages);
  const list = useRef<HTMLDivElement>(null);
  // By way of the document: a ref of the library's viewport is taken away and given back with each render.
  const viewport = () => list.current?.closest<HTMLElement>("[role=log]") ?? null;
  // A position that no scroll event has told of yet would be undone when an older page is put before it. With a touch
  // screen the position is left to the library, which holds its corrections back while the list glides.
  const known = useRef<Virtualizer<HTMLElement, Element>>(null);
  const { current } = known;
  if (current?.scrollElement && matchMedia("(pointer: fine)").matches) {
    current.scrollOffset = current.scrollElement.scrollTop;
  }
  const virtualizer = useVirtualizer<HTMLElement, Element>({
    count: messages.length,
    getScrollElement: viewport,
    getItemKey: (index) => messages[index]?.id ?? index,
    estimateSize: () => 90,
    gap: 24,
    // A screen reader, a search in the page and a selection reach these many beyond what is to be seen.
    overscan: 20,
    anchorTo: "end",
    // It opens at its end.
    initialOffset: Number.MAX_SAFE_INTEGER,
    scrollMargin: list.current?.offsetTop ?? 0,
  });

  known.current = virtualizer;
  const drawn = virtualizer.getVirtualItems();
  const atBeginning = drawn[0]?.index === 0;
  useEffect(() => {
    if (atBeginning && hasOlder && older === "idle" && (viewport()?.scrollTop ?? 0) < AHEAD) {
      void session.loadOlder();
    }
  });

  return (
    <div ref={list} className="relative" style={{ height: virtualizer.getTotalSize() }}>
      <div
        className="absolute inset-x-0 top-0 flex flex-col gap-6"
        style={{ transform: `translateY(${(drawn[0]?.start ?? 0) - virtualizer.options.scrollMargin}px)` }}
      >
        {drawn.map(({ key, index }) => (
          <div key={key} ref={virtualizer.measureElement} data-index={index} data-message>
            <ThreadPrimitive.MessageByIndex index={index} components={COMPONENTS} />
          </div>
        ))}
      </div>
    </div>
  );
}
