import { useAui } from "@assistant-ui/react";
import { Check, Copy } from "lucide-react";
import { useCopy } from "@/components/ui/use-copy";
import { wordsOfAnswer } from "../runtime/messages";

/** Copies an answer's words. */
export function CopyAnswer() {
  const aui = useAui();
  const { copied, copy } = useCopy();
  return (
    <button
      type="button"
      aria-label={copied ? "Copied" : "Copy answer"}
      onClick={() => void copy(wordsOfAnswer(aui.message().getState().content))}
      className="grid size-8 place-items-center rounded-lg text-muted pointer-fine:opacity-0 transition-opacity hover:bg-sunken hover:text-ink focus-visible:opacity-100 group-hover/message:opacity-100"
    >
      {copied ? (
        <Check aria-hidden="true" className="size-4 text-accent" />
      ) : (
        <Copy aria-hidden="true" className="size-4" />
      )}
    </button>
  );
}
