import { AtSign } from "lucide-react";
import type { UserMessage } from "../protocol/types";

/** What the person wrote: what they quoted, their words, and the tasks they named in them. */
export function UserText({ message: { content, quoted_text } }: { message: UserMessage }) {
  return (
    <>
      {quoted_text?.trim() && (
        <blockquote
          dir="auto"
          className="mb-1.5 line-clamp-3 max-w-[85%] border-line-strong border-s-2 ps-3 text-muted text-sm [overflow-wrap:anywhere]"
        >
          {quoted_text}
        </blockquote>
      )}
      <div
        dir="auto"
        className="max-w-[85%] whitespace-pre-wrap rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 text-on-accent-soft [overflow-wrap:anywhere]"
      >
        {content.map((part, index) =>
          part.type === "input_tag" ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a sent message does not change
            <Chip key={index} text={part.text ?? ""} />
          ) : (
            part.text
          ),
        )}
      </div>
    </>
  );
}

/** A task that is named, and not only written about. */
function Chip({ text }: { text: string }) {
  return (
    <span className="rounded-md bg-surface box-decoration-clone px-1.5 py-0.5 font-medium text-accent">
      <AtSign role="img" aria-label="Task" className="-mt-0.5 mr-0.5 inline size-3.5" />
      {text}
    </span>
  );
}
