import { MessageProvider } from "@assistant-ui/react";
import { memo, type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { convert, type Message } from "../runtime/messages";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { AssistantMessage, UserMessage } from "./message";
import { Older } from "./older";

/** The room above the first message, in pixels: without and with a line about older ones. */
const PADDING = 24;
const OLDER = 60;
/** So many pixels around the viewport are drawn, so that heights are known before they are in sight. */
const AHEAD = 2_500;
/** Messages are kept in blocks of so many, counted from the newest: the one in sight, and those before and after it. */
const BLOCK = 20;

interface Props {
  session: ChatSession;
  messages: readonly Message[];
  viewport: RefObject<HTMLElement | null>;
}

/** However long the conversation is, only the messages in and around the viewport are in the document. */
export function Messages({ session, messages, viewport }: Props) {
  const { hasOlder, paged, running } = useSessionState(session);
  const last = messages.at(-1)?.id;
  const lastBefore = useRef(last);
  useLayoutEffect(() => {
    lastBefore.current = last;
  }, [last]);
  const list = useRef<VirtualizerHandle>(null);
  const [block, setBlock] = useState(0);
  if (last === undefined) return null;
  const newest = messages.length - 1;
  const nearby = Array.from({ length: 3 * BLOCK }, (_, index) => newest - (block - 1) * BLOCK - index);
  const above = hasOlder || paged ? OLDER : PADDING;
  return (
    // The library takes pointers away from what scrolls, and while an answer arrives everything does.
    <div className="*:pointer-events-auto!">
      <div style={{ height: above }}>
        {above === OLDER && <Older session={session} viewport={viewport} />}
      </div>
      <Virtualizer
        ref={list}
        data={messages}
        scrollRef={viewport}
        startMargin={above}
        bufferSize={AHEAD}
        // It draws ahead only where one scrolls to. What was opened or typed in a message nearby, or in the newest, must
        // stay: that is kept nowhere else.
        keepMounted={[...nearby.filter((index) => index >= 0), newest]}
        onScroll={(offset) => {
          if (list.current) setBlock(Math.floor((newest - list.current.findItemIndex(offset)) / BLOCK));
        }}
        // More of them with the same one at the end are older ones, which come above what is being read.
        shift={last === lastBefore.current}
      >
        {(message, index) => (
          <Row key={message.id} message={message} index={index} running={running && message.id === last} />
        )}
      </Virtualizer>
    </div>
  );
}

interface RowProps {
  message: Message;
  index: number;
  running: boolean;
}

const Row = memo(function Row({ message, index, running }: RowProps) {
  const converted = useMemo(() => convert(message, running), [message, running]);
  return (
    <MessageProvider message={converted} index={index}>
      <div className="pb-6">{message.role === "user" ? <UserMessage /> : <AssistantMessage />}</div>
    </MessageProvider>
  );
});
