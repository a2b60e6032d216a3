import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import type { TaskChange } from "@/lib/api/client";
import { difference, type Row } from "./arrange";
import { descriptionFault, titleFault } from "./rules";

type Props = { row: Row; onSave: (change: TaskChange) => void; onEnd: () => void };

/** Edits a task in its row. Enter saves the title, Ctrl+Enter the description, Escape leaves all as it was. */
export function TaskEditor({ row, onSave, onEnd }: Props) {
  // What the edit began with: fields changed elsewhere meanwhile are not written back.
  const [before] = useState(row);
  const [title, setTitle] = useState(row.title);
  const [description, setDescription] = useState(row.description ?? "");
  const [fault, setFault] = useState("");
  const titleInput = useRef<HTMLInputElement>(null);
  const id = useId();

  useEffect(() => {
    titleInput.current?.focus();
    titleInput.current?.select();
  }, []);

  function submit(event?: FormEvent) {
    event?.preventDefault();
    const found = titleFault(title) || descriptionFault(description);
    setFault(found);
    if (found) return;
    const change = difference(before, { title, description });
    if (change) onSave(change);
    onEnd();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") {
      event.stopPropagation();
      onEnd();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
  }

  return (
    <form onSubmit={submit} onKeyDown={onKeyDown} noValidate className="grid min-w-0 grow gap-2 py-2.5 pr-2">
      <label htmlFor={`${id}-title`} className="sr-only">
        Title
      </label>
      <input
        id={`${id}-title`}
        ref={titleInput}
        dir="auto"
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        autoComplete="off"
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault ? `${id}-fault` : undefined}
        className={`h-9 ${editorInput}`}
      />
      <label htmlFor={`${id}-description`} className="sr-only">
        Description
      </label>
      <textarea
        id={`${id}-description`}
        dir="auto"
        value={description}
        onChange={(event) => setDescription(event.target.value)}
        placeholder="Description"
        rows={3}
        className={`field-sizing-content max-h-80 min-h-18 resize-none py-2 sm:text-sm ${editorInput}`}
      />
      <div role="alert" className="contents">
        {fault ? (
          <p id={`${id}-fault`} className="text-danger text-sm">
            {fault}
          </p>
        ) : null}
      </div>
      <div className="flex gap-2">
        <Button type="submit" size="small">
          Save
        </Button>
        <Button look="quiet" size="small" onClick={onEnd}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

const editorInput =
  "w-full rounded-lg border border-line-strong bg-surface px-2.5 text-base focus:border-accent focus-visible:outline-offset-0";
