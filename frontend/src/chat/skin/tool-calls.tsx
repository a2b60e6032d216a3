import type { ToolCallMessagePartProps } from "@assistant-ui/react";
import { Check, ChevronDown, CircleAlert, LoaderCircle, Minus } from "lucide-react";
import { isRunning, type TaskStatus, type WorkflowView } from "../runtime/messages";

/** What the assistant did, one line at a time; folded to its outcome once it is done. */
export function ToolCalls({ args }: ToolCallMessagePartProps) {
  const { tasks, summary } = args as unknown as WorkflowView;
  const last = tasks.at(-1);
  if (!last) return null;
  const running = isRunning({ tasks });
  const interrupted = tasks.some((task) => task.status === "interrupted");
  const status: TaskStatus = running ? "running" : interrupted ? "interrupted" : "complete";
  return (
    <details
      open={running && tasks.length > 1}
      className="group my-3 w-fit min-w-56 max-w-full rounded-xl border border-line bg-surface text-sm shadow-raise first:mt-0 last:mb-0"
    >
      <summary className="flex min-h-10 list-none items-center gap-2.5 rounded-xl px-3 py-2 hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <StatusIcon status={status} />
        <span className="min-w-0 flex-1 font-medium [overflow-wrap:anywhere]">
          {running ? last.title : (summary ?? last.title)}
        </span>
        <ChevronDown
          aria-hidden="true"
          className="size-4 shrink-0 text-muted transition-transform group-open:rotate-180"
        />
      </summary>
      <ul className="space-y-1.5 border-line border-t px-3 py-2.5">
        {tasks.map(({ title, status, content, icon }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a task is known by its place, also to the server
          <li key={index} className="flex items-start gap-2.5 text-muted">
            <StatusIcon status={status} failed={icon === "info"} />
            <div className="min-w-0 [overflow-wrap:anywhere]">
              <p>
                {title}
                {status === "interrupted" && " (not finished)"}
              </p>
              {content && <p className="text-xs">{content}</p>}
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}

function StatusIcon({ status, failed = false }: { status: TaskStatus; failed?: boolean }) {
  const look = "mt-0.5 size-4 shrink-0";
  if (status === "running") {
    return <LoaderCircle role="img" aria-label="Running" className={`${look} animate-spin text-accent`} />;
  }
  if (status === "interrupted") {
    return <Minus role="img" aria-label="Not finished" className={`${look} text-muted`} />;
  }
  if (failed) return <CircleAlert role="img" aria-label="Failed" className={`${look} text-danger`} />;
  return <Check role="img" aria-label="Done" className={`${look} text-accent`} />;
}
