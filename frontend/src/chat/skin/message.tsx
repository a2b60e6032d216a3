import { MessagePrimitive, useAuiState } from "@assistant-ui/react";
import type { StructuredInput } from "../protocol/types";
import {
  type Custom,
  INPUT,
  isRunning,
  UNFINISHED,
  WIDGET,
  WORKFLOW,
  type WorkflowView,
  wordsOfAnswer,
} from "../runtime/messages";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { ReadButton } from "../voice/read-button";
import { CopyAnswer } from "./copy-answer";
import { Feedback } from "./feedback";
import { Markdown } from "./markdown";
import { QuestionCard } from "./question";
import { useSession } from "./session-context";
import { ToolCalls } from "./tool-calls";
import { UndoTurn } from "./undo-turn";
import { Unfinished } from "./unfinished";
import { UserText } from "./user-text";
import { Widget } from "./widget/widget";

/** What the person said. */
export function UserMessage() {
  const sent = useAuiState(({ message }) => (message.metadata.custom as Custom).sent);
  return (
    <MessagePrimitive.Root className="flex flex-col items-end">
      <h2 className="sr-only">You</h2>
      {sent && <UserText message={sent} />}
    </MessagePrimitive.Root>
  );
}

const PARTS = {
  Text: Markdown,
  tools: {
    by_name: { [WORKFLOW]: ToolCalls, [WIDGET]: Widget, [INPUT]: QuestionCard, [UNFINISHED]: Unfinished },
  },
  Empty: () => null,
};

/** Everything the assistant did and said about one message. */
export function AssistantMessage() {
  const session = useSession();
  const answers = useAuiState(({ message }) => (message.metadata.custom as Custom).answers);
  const calls = useAuiState(({ message }) => (message.metadata.custom as Custom).calls);
  const running = useAuiState(({ message }) => message.status?.type === "running");
  const writing = useAuiState(({ message }) => {
    const part = message.content.at(-1);
    return part?.type === "text" && part.text !== "";
  });
  const calling = useAuiState(({ message }) => {
    const part = message.content.at(-1);
    return (
      part?.type === "tool-call" &&
      part.toolName === WORKFLOW &&
      isRunning(part.args as unknown as WorkflowView)
    );
  });
  const asking = useAuiState(({ message }) => {
    const part = message.content.at(-1);
    if (part?.type !== "tool-call" || part.toolName !== INPUT) return false;
    return (part.args as unknown as { item: StructuredInput }).item.status === "pending";
  });
  const spoken = useAuiState(({ message }) => wordsOfAnswer(message.content) !== "");
  return (
    <MessagePrimitive.Root aria-busy={running} className="group/message leading-relaxed">
      <h2 className="sr-only">Assistant</h2>
      <MessagePrimitive.Parts components={PARTS} />
      {running && !writing && !calling && <Thinking session={session} />}
      {!running && calls && <UndoTurn calls={calls} />}
      {!running && answers && (
        <div className="mt-1 -ml-2 flex empty:hidden">
          {spoken && <CopyAnswer />}
          {spoken && <ReadButton />}
          {!asking && <Feedback answers={answers} />}
        </div>
      )}
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
