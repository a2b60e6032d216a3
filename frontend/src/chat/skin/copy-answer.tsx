import { useAui } from "@assistant-ui/react";
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { wordsOfAnswer } from "../runtime/messages";

const SHOWN = 3_000;

/** Copies an answer's words. Browsers offer the clipboard on secure origins only, so it may not be there. */
export function CopyAnswer() {
  const aui = useAui();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN);
    return () => clearTimeout(timer);
  }, [copied]);
  if (typeof navigator === "undefined" || !navigator.clipboard) return null;
  const copy = () => {
    const words = wordsOfAnswer(aui.message().getState().content);
    // Without leave to write into the clipboard nothing was copied, and nothing says so.
    navigator.clipboard.writeText(words).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <button
      type="button"
      aria-label={copied ? "Copied" : "Copy answer"}
      onClick={copy}
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
