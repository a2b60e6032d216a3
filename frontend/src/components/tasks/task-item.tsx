import { Check, Pencil, Trash2 } from "lucide-react";
import { memo, useEffect, useRef } from "react";
import type { TaskChange } from "@/lib/api/client";
import type { Row } from "./arrange";
import { TaskEditor } from "./task-editor";

type Props = {
  row: Row;
  editing: boolean;
  /** Which task is edited from now on; undefined for none. */
  onEdit: (id: number | undefined) => void;
  onChange: (id: number, change: TaskChange) => void;
  onRemove: (row: Row) => void;
};

export const TaskItem = memo(function TaskItem({ row, editing, onEdit, onChange, onRemove }: Props) {
  const { id, title, description, completed, saving } = row;
  const editButton = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(editing);

  // Closing the editor gives the keyboard back to where it was opened.
  useEffect(() => {
    if (wasEditing.current && !editing) editButton.current?.focus();
    wasEditing.current = editing;
  }, [editing]);

  return (
    <li
      data-task={id}
      aria-busy={saving || undefined}
      className="group relative flex items-start gap-1 pointer-fine:pr-4 pr-2 transition-colors [contain-intrinsic-size:auto_3.5rem] [content-visibility:auto] focus-within:bg-canvas hover:bg-canvas"
    >
      <label className="relative grid size-14 shrink-0 cursor-pointer place-items-center">
        <input
          type="checkbox"
          checked={completed}
          disabled={saving}
          onChange={(event) => onChange(id, { completed: event.target.checked })}
          aria-label={`Done: ${title}`}
          className="peer size-5.5 cursor-pointer appearance-none rounded-full border-2 border-line-strong transition-colors checked:border-accent checked:bg-accent hover:border-accent disabled:cursor-progress"
        />
        <Check
          aria-hidden="true"
          strokeWidth={3}
          className="pointer-events-none absolute size-3.5 text-on-accent opacity-0 peer-checked:opacity-100"
        />
      </label>
      {editing ? (
        <TaskEditor row={row} onSave={(change) => onChange(id, change)} onEnd={() => onEdit(undefined)} />
      ) : (
        <>
          <div className={`min-w-0 grow py-4 ${saving ? "opacity-70" : ""}`}>
            {/* Not a button: the pencil is; this only makes the larger target. */}
            {/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: the edit button does the same by keyboard */}
            <div
              onClick={saving ? undefined : () => onEdit(id)}
              className="cursor-text [overflow-wrap:anywhere]"
            >
              <p
                dir="auto"
                className={`leading-6 ${completed ? "text-muted line-through decoration-line-strong" : ""}`}
              >
                {title}
              </p>
              {description ? (
                <p dir="auto" className="mt-0.5 line-clamp-3 whitespace-pre-line text-muted text-sm">
                  {description}
                </p>
              ) : null}
            </div>
          </div>
          {/* With a mouse they lie over the end of the line and take no room from it. */}
          <div className="pointer-fine:absolute pointer-fine:top-0 pointer-fine:right-0 flex shrink-0 items-center gap-0.5 pointer-fine:bg-inherit pointer-fine:px-2 py-2.5 pointer-fine:opacity-0 pointer-fine:focus-within:opacity-100 pointer-fine:group-hover:opacity-100">
            <button
              ref={editButton}
              type="button"
              disabled={saving}
              onClick={() => onEdit(id)}
              aria-label={`Edit: ${title}`}
              title="Edit"
              className={iconButton}
            >
              <Pencil aria-hidden="true" className="size-4" />
            </button>
            <button
              type="button"
              disabled={saving}
              onClick={() => onRemove(row)}
              aria-label={`Delete: ${title}`}
              title="Delete"
              className={`${iconButton} hover:text-danger`}
            >
              <Trash2 aria-hidden="true" className="size-4" />
            </button>
          </div>
        </>
      )}
    </li>
  );
});

const iconButton =
  "grid size-9 place-items-center rounded-lg text-muted transition-colors hover:bg-sunken hover:text-ink disabled:opacity-50";
