import { MessageCircleMore } from "lucide-react";
import { SUGGESTIONS } from "../suggestions";

/** The beginning of a conversation: what this is for, and ways to begin. */
export function EmptyThread({ onPick }: { onPick: (prompt: string) => void }) {
  return (
    <div className="m-auto flex w-full max-w-md flex-col items-center py-8 text-center">
      <span className="grid size-12 place-items-center rounded-2xl bg-accent-soft text-on-accent-soft">
        <MessageCircleMore aria-hidden="true" className="size-6" />
      </span>
      <h2 className="mt-4 font-semibold text-xl">What needs doing?</h2>
      <p className="mt-1.5 text-balance text-muted">
        Say it in your own words. The list changes as you talk.
      </p>
      <ul aria-label="Suggestions" className="mt-6 grid w-full gap-2 min-[26rem]:grid-cols-2">
        {SUGGESTIONS.map((prompt) => (
          <li key={prompt}>
            <button
              type="button"
              onClick={() => onPick(prompt)}
              className="h-full min-h-11 w-full rounded-xl border border-line bg-surface px-3.5 py-2.5 text-left text-sm shadow-raise transition-colors hover:border-line-strong hover:bg-sunken"
            >
              {prompt}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
