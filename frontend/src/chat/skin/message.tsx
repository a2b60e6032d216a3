import { MessagePrimitive, useAuiState } from "@assistant-ui/react";
import { isRunning, WORKFLOW, type WorkflowView } from "../runtime/messages";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { CopyAnswer } from "./copy-answer";
import { Markdown } from "./markdown";
import { ToolCalls } from "./tool-calls";

/** What the person said. */
export function UserMessage() {
  return (
    <MessagePrimitive.Root className="flex flex-col items-end">
      <h2 className="sr-only">You</h2>
      <div className="max-w-[85%] whitespace-pre-wrap rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 text-on-accent-soft [overflow-wrap:anywhere]">
        <MessagePrimitive.Parts components={{ Text: ({ text }) => text }} />
      </div>
    </MessagePrimitive.Root>
  );
}

const PARTS = {
  Text: Markdown,
  tools: { by_name: { [WORKFLOW]: ToolCalls } },
  Empty: () => null,
};

/** Everything the assistant did and said about one message. */
export function AssistantMessage({ session }: { session: ChatSession }) {
  const running = useAuiState(({ message }) => message.isLast && message.status?.type === "running");
  const writing = useAuiState(({ message }) => {
    const part = message.content.at(-1);
    return part?.type === "text" && part.text !== "";
  });
  const calling = useAuiState(({ message }) => {
    const part = message.content.at(-1);
    return part?.type === "tool-call" && isRunning(part.args as unknown as WorkflowView);
  });
  return (
    <MessagePrimitive.Root aria-busy={running} className="group/message leading-relaxed">
      <h2 className="sr-only">Assistant</h2>
      <MessagePrimitive.Parts components={PARTS} />
      {running && !writing && !calling && <Thinking session={session} />}
      {!running && writing && <CopyAnswer />}
    </MessagePrimitive.Root>
  );
}

/** For the eyes; the status line tells screen readers. */
function Thinking({ session }: { session: ChatSession }) {
  const { progress } = useSessionState(session);
  return (
    <p aria-hidden="true" className="my-2 flex min-h-7 items-center gap-2.5 text-muted text-sm">
      <span className="flex gap-1">
        {["", "[animation-delay:150ms]", "[animation-delay:300ms]"].map((delay) => (
          <span key={delay} className={`size-1.5 animate-pulse rounded-full bg-accent ${delay}`} />
        ))}
      </span>
      {progress}
    </p>
  );
}
