import type { ToolCallMessagePartProps } from "@assistant-ui/react";
import { Check, ChevronDown, CircleAlert, LoaderCircle, Minus } from "lucide-react";
import type { ReactNode } from "react";
import type { TaskStatus, WorkflowView } from "../runtime/messages";

const BOX =
  "my-3 w-fit min-w-56 max-w-full rounded-xl border border-line bg-surface text-sm shadow-raise first:mt-0 last:mb-0";
const HEAD = "flex min-h-10 items-center gap-2.5 rounded-xl px-3 py-2 font-medium";

/** What the assistant did, one line at a time; folded to its outcome once it is done. */
export function ToolCalls({ args }: ToolCallMessagePartProps) {
  const { tasks, summary } = args as unknown as WorkflowView;
  const last = tasks.at(-1);
  if (!last) return null;
  const status = overall(tasks);
  const head = (
    <>
      <StatusIcon status={status} />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        {status === "running" ? last.title : (summary ?? last.title)}
        {status === "interrupted" && <NotFinished />}
      </span>
    </>
  );
  // A single step says in its own line all there is to say.
  if (tasks.length === 1 && !last.content) return <div className={`${BOX} ${HEAD}`}>{head}</div>;
  return (
    <details open={status === "running"} className={`group ${BOX}`}>
      <summary className={`${HEAD} list-none hover:bg-sunken [&::-webkit-details-marker]:hidden`}>
        {head}
        <ChevronDown
          aria-hidden="true"
          className="size-4 shrink-0 text-muted transition-transform group-open:rotate-180"
        />
      </summary>
      <ul className="space-y-1.5 border-line border-t px-3 py-2.5">
        {tasks.map((task, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a task is known by its place, also to the server
          <li key={index} className="flex items-start gap-2.5 text-muted">
            <StatusIcon status={task.status} />
            <div className="min-w-0 [overflow-wrap:anywhere]">
              <p>
                {task.title}
                {task.status === "interrupted" && <NotFinished />}
              </p>
              {task.content && <p className="text-xs">{task.content}</p>}
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The one state that matters most. */
function overall(tasks: WorkflowView["tasks"]): TaskStatus {
  const order: TaskStatus[] = ["running", "interrupted", "failed"];
  return order.find((status) => tasks.some((task) => task.status === status)) ?? "complete";
}

function NotFinished() {
  return <span className="text-muted"> (not finished)</span>;
}

const LOOK = "mt-0.5 size-4 shrink-0";

const ICONS: Record<TaskStatus, ReactNode> = {
  running: <LoaderCircle role="img" aria-label="Running" className={`${LOOK} animate-spin text-accent`} />,
  complete: <Check role="img" aria-label="Done" className={`${LOOK} text-accent`} />,
  failed: <CircleAlert role="img" aria-label="Failed" className={`${LOOK} text-danger`} />,
  interrupted: <Minus role="img" aria-label="Not finished" className={`${LOOK} text-muted`} />,
};

function StatusIcon({ status }: { status: TaskStatus }) {
  return ICONS[status];
}
