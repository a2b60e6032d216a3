import { ArrowLeftRight } from "lucide-react";

interface Props {
  to: "openai" | "own";
  /** It was tried, and did not come. */
  failed?: boolean;
  onSwitch: () => void;
}

/** Changes between the two chats, for good. */
export function Switcher({ to, failed = false, onSwitch }: Props) {
  const label = to === "openai" ? "Use OpenAI’s chat" : "Use the built-in chat";
  return (
    <button
      type="button"
      onClick={onSwitch}
      title={label}
      className="flex h-9 shrink-0 items-center gap-2 rounded-xl px-2.5 text-muted text-sm hover:bg-sunken hover:text-ink"
    >
      <ArrowLeftRight aria-hidden="true" className="size-4.5 shrink-0" />
      {/* Beside the name of a conversation there is no room for it on a phone. */}
      <span className={to === "openai" ? "max-sm:sr-only" : undefined}>
        {failed ? "OpenAI’s chat did not open. Try again" : label}
      </span>
    </button>
  );
}
