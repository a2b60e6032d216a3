import { useAui } from "@assistant-ui/react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type RefObject, useId, useState } from "react";
import { taskKeys } from "@/components/tasks/task-keys";
import { useSearch } from "@/components/tasks/use-search";
import { listTasks, type Task } from "@/lib/api/client";
import { matching, soughtAt, written } from "./mentions";
import type { ChatSession } from "./session";

interface Sought {
  from: number;
  caret: number;
  query: string;
}

/** Lets the person pick one of their tasks after an `@`. The keys go to the list while it is there. */
export function useMentions(session: ChatSession, input: RefObject<HTMLTextAreaElement | null>) {
  const aui = useAui();
  const listId = useId();
  const [sought, setSought] = useState<Sought | null>(null);
  const [active, setActive] = useState(0);
  /** Where the list was closed by hand, so that it does not open again at once. */
  const [closedAt, setClosedAt] = useState<number | null>(null);
  const wanted = sought && sought.from !== closedAt ? sought : null;
  const { data } = useQuery({
    queryKey: taskKeys.list,
    queryFn: ({ signal }) => listTasks(signal),
    enabled: wanted !== null,
  });
  // Those that the list does not hold are sought by the server.
  const whole = !data || data.total <= data.tasks.length;
  const { found } = useSearch(whole || !wanted ? "" : wanted.query.trim());
  const options = wanted && data ? matching(found?.tasks ?? data.tasks, wanted.query) : [];
  const open = options.length > 0;
  const at = Math.min(active, options.length - 1);
  const optionId = (index: number) => `${listId}-${index}`;

  function look({ value, selectionStart, selectionEnd }: HTMLTextAreaElement): void {
    const found = selectionStart === selectionEnd ? soughtAt(value, selectionStart) : null;
    // What was picked already stands there with its title, and is not sought any more.
    const picked = found && session.mentions.some((task) => `@${found.query}`.startsWith(written(task)));
    const next = found && !picked ? { ...found, caret: selectionStart } : null;
    if (next?.from !== sought?.from || next?.query !== sought?.query) setActive(0);
    if (next?.from !== closedAt) setClosedAt(null);
    setSought(next);
  }

  function pick(task: Task): void {
    const element = input.current;
    if (!element || !wanted) return;
    const words = `${written(task)} `;
    const { value } = element;
    session.mentions = [...session.mentions, { id: task.id, title: task.title }];
    aui.composer.setText(value.slice(0, wanted.from) + words + value.slice(wanted.caret).replace(/^ /, ""));
    setSought(null);
    const caret = wanted.from + words.length;
    requestAnimationFrame(() => {
      element.focus();
      element.setSelectionRange(caret, caret);
    });
  }

  function close(): void {
    setClosedAt(sought?.from ?? null);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!open || event.nativeEvent.isComposing) return;
    const chosen = options[at];
    if (event.key === "ArrowDown") setActive((at + 1) % options.length);
    else if (event.key === "ArrowUp") setActive((at - 1 + options.length) % options.length);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && chosen) pick(chosen);
    else if (event.key === "Escape") close();
    else return;
    // Nor is the message sent, the focus moved, or the answer stopped.
    event.preventDefault();
  }

  return {
    options: options.map((task, index) => ({ task, id: optionId(index), active: index === at })),
    listId,
    pick,
    input: {
      onKeyDown,
      onSelect: ({ currentTarget }: { currentTarget: HTMLTextAreaElement }) => look(currentTarget),
      onBlur: close,
      cancelOnEscape: !open,
      "aria-autocomplete": "list",
      ...(open && { "aria-controls": listId, "aria-activedescendant": optionId(at) }),
    } as const,
  };
}
