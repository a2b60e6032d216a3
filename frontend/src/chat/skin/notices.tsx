import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { Notice } from "../protocol/reducer";
import { useSessionState } from "../runtime/use-chat-runtime";
import { PlainMarkdown } from "./plain-markdown";
import { useSession } from "./session-context";

const LOOKS: Record<Notice["level"], { Icon: typeof Info; box: string; icon: string }> = {
  info: { Icon: Info, box: "border-line bg-surface", icon: "text-accent" },
  warning: { Icon: TriangleAlert, box: "border-line-strong bg-sunken", icon: "text-ink" },
  danger: { Icon: CircleAlert, box: "border-danger/40 bg-danger-soft", icon: "text-danger" },
};

/** What the server wants to be known beside the answer. */
export function Notices() {
  const { notices } = useSessionState(useSession());
  return notices.map(({ level, title, message }) => {
    const { Icon, box, icon } = LOOKS[level];
    return (
      <div
        key={`${title} ${message}`}
        role={level === "danger" ? "alert" : "note"}
        className={`flex items-start gap-3 rounded-2xl border px-4 py-3 text-sm ${box}`}
      >
        <Icon aria-hidden="true" className={`mt-0.5 size-4 shrink-0 ${icon}`} />
        <div className="min-w-0 flex-1">
          {title && <p className="font-semibold">{title}</p>}
          <PlainMarkdown text={message} />
        </div>
      </div>
    );
  });
}
