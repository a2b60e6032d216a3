import { ActionBarPrimitive, useAuiState } from "@assistant-ui/react";
import { Check, Copy } from "lucide-react";

/** Copies an answer's text. Browsers offer the clipboard on secure origins only, so it may not be there. */
export function CopyAnswer() {
  const copied = useAuiState(({ message }) => message.isCopied);
  if (typeof navigator === "undefined" || !navigator.clipboard) return null;
  return (
    <ActionBarPrimitive.Copy
      aria-label={copied ? "Copied" : "Copy answer"}
      className="grid size-8 place-items-center rounded-lg text-muted pointer-fine:opacity-0 transition-opacity hover:bg-sunken hover:text-ink focus-visible:opacity-100 group-hover/message:opacity-100"
    >
      {copied ? (
        <Check aria-hidden="true" className="size-4 text-accent" />
      ) : (
        <Copy aria-hidden="true" className="size-4" />
      )}
    </ActionBarPrimitive.Copy>
  );
}
