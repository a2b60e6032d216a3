import { ThumbsDown, ThumbsUp } from "lucide-react";
import { announce, showToast } from "@/components/ui/toasts";
import { ChatError } from "../protocol/errors";
import type { Rating } from "../protocol/types";
import { useSessionValue } from "../runtime/use-chat-runtime";
import { useSession } from "./session-context";

const THUMBS = [
  { rating: "positive", name: "Good answer", Icon: ThumbsUp },
  { rating: "negative", name: "Bad answer", Icon: ThumbsDown },
] as const;

/** What the person thinks of an answer as a whole. They may think otherwise later. */
export function Feedback({ answers }: { answers: readonly string[] }) {
  const session = useSession();
  const given = useSessionValue(session, ({ ratings }) => ratings.get(answers.at(-1) ?? ""));
  const rate = async (rating: Rating) => {
    if (rating === given) return;
    try {
      await session.rate(answers, rating);
      announce("Thank you for the feedback.");
    } catch (error) {
      const why = error instanceof ChatError ? error.message : "Something unexpected went wrong.";
      showToast({ kind: "error", message: `The feedback was not kept. ${why}` });
    }
  };
  return THUMBS.map(({ rating, name, Icon }) => (
    <button
      key={rating}
      type="button"
      aria-label={name}
      aria-pressed={rating === given}
      title={name}
      onClick={() => void rate(rating)}
      className="grid size-8 place-items-center rounded-lg text-muted pointer-fine:not-aria-pressed:opacity-0 transition-opacity hover:bg-sunken hover:text-ink focus-visible:opacity-100 group-hover/message:opacity-100 aria-pressed:text-accent"
    >
      <Icon aria-hidden="true" className={`size-4 ${rating === given ? "fill-current" : ""}`} />
    </button>
  ));
}
