import { ComposerPrimitive } from "@assistant-ui/react";
import { useQuery } from "@tanstack/react-query";
import { ArrowUp, Square } from "lucide-react";
import type { RefObject } from "react";
import { readUsage, usageKey } from "@/lib/api/account";
import type { ChatSession } from "../runtime/session";
import { useSessionState } from "../runtime/use-chat-runtime";
import { useDraft } from "../runtime/use-draft";
import { useMentions } from "../runtime/use-mentions";
import { DictateButton } from "../voice/dictate-button";
import { MentionList } from "./mention-list";

const LONGEST = 10_000;

interface Props {
  userId: string;
  session: ChatSession;
  inputRef: RefObject<HTMLTextAreaElement | null>;
}

/** Where the person writes. It keeps the focus while the answer arrives, so the next message can be begun. */
export function Composer({ userId, session, inputRef }: Props) {
  useDraft(userId, session);
  const { running, following, allowCancel } = useSessionState(session);
  const { options, listId, pick, input } = useMentions(session, inputRef);
  return (
    <ComposerPrimitive.Root className="relative flex items-end gap-2 rounded-3xl border border-line-strong bg-surface p-1.5 pl-4 shadow-raise transition-colors focus-within:border-accent focus-within:ring-2 focus-within:ring-accent/30">
      <MentionList id={listId} options={options} onPick={pick} />
      <ComposerPrimitive.Input
        {...input}
        ref={inputRef}
        dir="auto"
        aria-label="Message"
        aria-describedby="composer-keys"
        placeholder="Add a task, or ask about your list"
        maxLength={LONGEST}
        minRows={1}
        maxRows={8}
        autoFocus={matchMedia("(pointer: fine)").matches}
        unstable_insertNewlineOnTouchEnter={false}
        addAttachmentOnPaste={false}
        onKeyDown={(event) => {
          input.onKeyDown(event);
          // The library would add a line break here: sending is not possible yet, and nobody asked for a new line.
          if (event.key === "Enter" && !event.shiftKey && running) event.preventDefault();
        }}
        className="max-h-56 min-w-0 flex-1 resize-none bg-transparent py-2 text-base leading-6 outline-none"
      />
      <DictateButton />
      {running && !following ? (
        <button
          type="button"
          disabled={!allowCancel}
          onClick={() => session.stop()}
          className="grid size-10 shrink-0 place-items-center rounded-full bg-inverse text-on-inverse transition-opacity hover:opacity-85 disabled:opacity-40"
        >
          <Square aria-hidden="true" className="size-3.5 fill-current" />
          <span className="sr-only">Stop</span>
        </button>
      ) : (
        <ComposerPrimitive.Send className="grid size-10 shrink-0 place-items-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-hover disabled:bg-sunken disabled:text-muted">
          <ArrowUp aria-hidden="true" className="size-5" />
          <span className="sr-only">Send</span>
        </ComposerPrimitive.Send>
      )}
    </ComposerPrimitive.Root>
  );
}

/** The keys, for those who have a keyboard, and which model answers. */
export function ComposerNote({ session }: { session: ChatSession }) {
  const { running, following } = useSessionState(session);
  const { data: model } = useQuery({
    queryKey: usageKey,
    queryFn: ({ signal }) => readUsage(signal),
    staleTime: Number.POSITIVE_INFINITY,
    select: (usage) => usage.model,
  });
  return (
    <div className="mt-2 flex flex-wrap justify-center gap-x-4 text-center text-muted text-xs">
      <p id="composer-keys" className="pointer-coarse:sr-only">
        {running && !following
          ? "Esc stops the answer"
          : "Enter sends, Shift + Enter starts a new line, @ names a task"}
      </p>
      {model && <p className="min-w-0 truncate">Model: {model}</p>}
    </div>
  );
}
