import { Plus } from "lucide-react";
import { type FormEvent, type RefObject, useEffect, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { titleFault } from "./rules";

/** One line: type, Enter, and the next one. */
export function QuickAdd({
  inputRef,
  onAdd,
}: {
  inputRef: RefObject<HTMLInputElement | null>;
  onAdd: (title: string) => void;
}) {
  const [title, setTitle] = useState("");
  const [fault, setFault] = useState("");
  const id = useId();

  // The field is there before the page's code is; what was typed meanwhile is not lost.
  useEffect(() => {
    if (inputRef.current?.value) setTitle(inputRef.current.value);
  }, [inputRef]);

  function submit(event: FormEvent) {
    event.preventDefault();
    const found = titleFault(title);
    setFault(found);
    if (found) return;
    onAdd(title.trim());
    setTitle("");
    inputRef.current?.focus();
  }

  return (
    <form onSubmit={submit} noValidate className="grid gap-1.5">
      <div className="relative flex items-center rounded-2xl border border-line-strong bg-surface shadow-raise transition-colors focus-within:border-accent focus-within:outline-2 focus-within:outline-accent">
        <Plus aria-hidden="true" className="pointer-events-none absolute left-4 size-5 text-muted" />
        <label htmlFor={id} className="sr-only">
          New task
        </label>
        <input
          id={id}
          ref={inputRef}
          value={title}
          onChange={(event) => {
            setTitle(event.target.value);
            if (fault) setFault("");
          }}
          placeholder="Add a task"
          autoComplete="off"
          enterKeyHint="done"
          aria-invalid={fault ? true : undefined}
          aria-describedby={fault ? `${id}-fault` : undefined}
          className="h-14 w-full min-w-0 bg-transparent pr-3 pl-12 text-base outline-none"
        />
        <Button type="submit" className="mr-2" disabled={title.trim() === ""}>
          Add
        </Button>
      </div>
      <div role="alert" className="contents">
        {fault ? (
          <p id={`${id}-fault`} className="px-4 text-danger text-sm">
            {fault}
          </p>
        ) : null}
      </div>
    </form>
  );
}
