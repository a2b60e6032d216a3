import { ArrowLeftRight } from "lucide-react";

/** Changes between the two chats, for good. */
export function Switcher({ to, onSwitch }: { to: "openai" | "own"; onSwitch: () => void }) {
  const label = to === "openai" ? "Use OpenAI’s chat" : "Use the built-in chat";
  return (
    <button
      type="button"
      onClick={onSwitch}
      title={label}
      className="flex h-9 items-center gap-2 rounded-xl px-2.5 text-muted text-sm hover:bg-sunken hover:text-ink"
    >
      <ArrowLeftRight aria-hidden="true" className="size-4.5" />
      <span className="max-sm:sr-only">{label}</span>
    </button>
  );
}
