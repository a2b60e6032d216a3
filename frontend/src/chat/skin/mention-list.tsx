import { Check, Circle } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Task } from "@/lib/api/client";

interface Props {
  id: string;
  options: readonly { task: Task; id: string; active: boolean }[];
  onPick: (task: Task) => void;
}

/** The tasks that can be named; the focus stays in the composer. */
export function MentionList({ id, options, onPick }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const active = options.find((option) => option.active)?.id;
  useEffect(() => {
    if (active) document.getElementById(active)?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <>
      <p role="status" className="sr-only">
        {options.length > 0 &&
          `${options.length} ${options.length === 1 ? "task fits" : "tasks fit"}. Up and down arrows choose, Enter takes one.`}
      </p>
      {options.length > 0 && (
        <div
          ref={list}
          id={id}
          role="listbox"
          aria-label="Your tasks"
          tabIndex={-1}
          className="absolute inset-x-0 bottom-full z-20 mb-2 max-h-72 overflow-y-auto rounded-2xl border border-line bg-raised p-1 shadow-float"
        >
          {options.map(({ task, id: optionId, active: isActive }) => (
            <div
              key={task.id}
              id={optionId}
              role="option"
              tabIndex={-1}
              aria-selected={isActive}
              // The composer would lose the focus, and the phone its keyboard.
              onPointerDown={(event) => event.preventDefault()}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onPick(task)}
              onKeyDown={undefined}
              className="flex min-h-10 pointer-coarse:min-h-11 cursor-pointer items-center gap-2.5 rounded-xl px-3 py-1.5 text-sm hover:bg-sunken aria-selected:bg-accent-soft aria-selected:text-on-accent-soft"
            >
              {task.completed ? (
                <Check role="img" aria-label="Done:" className="size-4 shrink-0 text-muted" />
              ) : (
                <Circle aria-hidden="true" className="size-4 shrink-0 text-muted" />
              )}
              <span
                dir="auto"
                className={`min-w-0 truncate ${task.completed ? "text-muted line-through" : ""}`}
              >
                {task.title}
              </span>
            </div>
          ))}
        </div>
      )}
    </>
  );
}
