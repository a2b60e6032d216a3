import { ComposerPrimitive, useAuiState } from "@assistant-ui/react";
import { ArrowUp, Square } from "lucide-react";
import type { RefObject } from "react";
import type { ChatSession } from "../runtime/session";
import { useDraft } from "../runtime/use-draft";

const LONGEST = 10_000;

interface Props {
  userId: string;
  session: ChatSession;
  inputRef: RefObject<HTMLTextAreaElement | null>;
}

/** Where the person writes. It keeps the focus while the answer arrives, so the next message can be begun. */
export function Composer({ userId, session, inputRef }: Props) {
  useDraft(userId, session);
  const running = useAuiState(({ thread }) => thread.isRunning);
  return (
    <ComposerPrimitive.Root className="flex items-end gap-2 rounded-3xl border border-line-strong bg-surface p-1.5 pl-4 shadow-raise transition-colors focus-within:border-accent focus-within:ring-2 focus-within:ring-accent/30">
      <ComposerPrimitive.Input
        ref={inputRef}
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
          // The library would add a line break here: sending is not possible yet, and nobody asked for a new line.
          if (event.key === "Enter" && !event.shiftKey && running) event.preventDefault();
        }}
        className="max-h-56 min-w-0 flex-1 resize-none bg-transparent py-2 text-base leading-6 outline-none"
      />
      {running ? (
        <ComposerPrimitive.Cancel className="grid size-10 shrink-0 place-items-center rounded-full bg-inverse text-on-inverse transition-opacity hover:opacity-85 disabled:opacity-40">
          <Square aria-hidden="true" className="size-3.5 fill-current" />
          <span className="sr-only">Stop</span>
        </ComposerPrimitive.Cancel>
      ) : (
        <ComposerPrimitive.Send className="grid size-10 shrink-0 place-items-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-hover disabled:bg-sunken disabled:text-muted">
          <ArrowUp aria-hidden="true" className="size-5" />
          <span className="sr-only">Send</span>
        </ComposerPrimitive.Send>
      )}
    </ComposerPrimitive.Root>
  );
}

/** The keys, for those who have a keyboard. */
export function ComposerKeys() {
  const running = useAuiState(({ thread }) => thread.isRunning);
  return (
    <p id="composer-keys" className="pointer-coarse:sr-only mt-2 text-center text-muted text-xs">
      {running ? "Esc stops the answer" : "Enter sends, Shift + Enter starts a new line"}
    </p>
  );
}
