"use client";

import { CircleCheckBig, ListPlus, RefreshCw, SearchX } from "lucide-react";
import { type ReactNode, useCallback, useDeferredValue, useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { sentence } from "@/components/ui/complain";
import type { TaskPage } from "@/lib/api/client";
import { arrange, count, type Order, type Row, type Show } from "./arrange";
import { QuickAdd } from "./quick-add";
import { TaskItem } from "./task-item";
import { TaskToolbar } from "./task-toolbar";
import { useTasks } from "./use-tasks";

type Props = {
  /** What the server already knows, to show at once. */
  initial?: TaskPage | undefined;
  /** For a narrow column beside something else: no search and no sorting. */
  compact?: boolean;
};

/** The whole task list: quick-add line, filter, rows. Needs `Providers` around it and stands on its own otherwise. */
export function TaskList({ initial, compact = false }: Props) {
  const [show, setShow] = useState<Show>("all");
  const [order, setOrder] = useState<Order>("newest");
  const [search, setSearch] = useState("");
  const words = search.trim();
  const tasks = useTasks(initial, words);
  const { rows, found, error, loading, refresh, add, change, remove } = tasks;
  const [editing, setEditing] = useState<number>();
  const list = useRef<HTMLUListElement>(null);
  const quickAdd = useRef<HTMLInputElement>(null);
  const [focusAfter, setFocusAfter] = useState<{ id: number | undefined }>();

  // When a row goes, the keyboard stays where it was: on the row that took its place.
  useEffect(() => {
    if (!focusAfter) return;
    const next = list.current?.querySelector<HTMLElement>(`[data-task="${focusAfter.id}"] input`);
    (next ?? quickAdd.current)?.focus();
    setFocusAfter(undefined);
  }, [focusAfter]);

  // Typing stays quick when the list is long.
  const wanted = useDeferredValue(search);
  // Until the server has answered, those found among the tasks that are here.
  const shown = found
    ? arrange(found, { show, order, search: "" })
    : rows
      ? arrange(rows, { show, order, search: wanted })
      : [];
  const beyond = words ? tasks.foundBeyond : tasks.beyond;
  // Of a list that is not whole nobody knows how many are open.
  const counts = rows && tasks.beyond === 0 ? count(rows) : undefined;

  // The rows' callbacks stay the same, so that a change draws one row and not a thousand.
  const lastShown = useRef(shown);
  useEffect(() => {
    lastShown.current = shown;
  });
  const removeRow = useCallback(
    (row: Row) => {
      const rows = lastShown.current;
      const index = rows.indexOf(row);
      setFocusAfter({ id: (rows[index + 1] ?? rows[index - 1])?.id });
      remove(row);
    },
    [remove],
  );

  return (
    <div className="grid gap-4">
      <QuickAdd inputRef={quickAdd} onAdd={add} />
      <TaskToolbar
        counts={counts}
        compact={compact}
        show={show}
        onShow={setShow}
        order={order}
        onOrder={setOrder}
        search={search}
        onSearch={setSearch}
        onFocusLost={() => quickAdd.current?.focus()}
      />
      {error && rows ? (
        <Banner onRetry={refresh} busy={loading}>
          This list may be out of date. {sentence(error)}
        </Banner>
      ) : null}
      {rows === undefined && !error ? <Skeleton /> : null}
      {rows === undefined && error ? (
        <Blank
          icon={<RefreshCw aria-hidden="true" className="size-6" />}
          title="Your tasks could not be loaded"
          alert
          action={
            <Button look="secondary" onClick={() => refresh()} disabled={loading}>
              {loading ? "Trying…" : "Try again"}
            </Button>
          }
        >
          {sentence(error)}
        </Blank>
      ) : null}
      {rows && shown.length === 0 ? (
        <Nothing
          all={(found ?? rows).length}
          show={show}
          search={wanted}
          searching={words !== "" && !found}
          error={tasks.searchError}
          onRetry={tasks.retrySearch}
          onClear={() => setSearch("")}
        />
      ) : null}
      {shown.length > 0 ? (
        <ul
          ref={list}
          aria-label="Tasks"
          className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-surface shadow-raise"
        >
          {shown.map((row) => (
            <TaskItem
              key={row.key}
              row={row}
              editing={editing === row.id && !row.saving}
              onEdit={setEditing}
              onChange={change}
              onRemove={removeRow}
            />
          ))}
        </ul>
      ) : null}
      {beyond > 0 ? (
        <p className="text-center text-muted text-sm">
          The newest {(found ?? rows)?.length.toLocaleString("en")} {words ? "matches" : "tasks"} are shown;{" "}
          {beyond.toLocaleString("en")} older ones are not.
        </p>
      ) : null}
    </div>
  );
}

function Nothing({
  all,
  show,
  search,
  searching,
  error,
  onRetry,
  onClear,
}: {
  all: number;
  show: Show;
  search: string;
  /** The server has not answered yet. */
  searching: boolean;
  error: Error | null;
  onRetry: () => void;
  onClear: () => void;
}) {
  if (error)
    return (
      <Blank
        icon={<RefreshCw aria-hidden="true" className="size-6" />}
        title="Your tasks could not be searched"
        alert
        action={
          <Button look="secondary" onClick={onRetry}>
            Try again
          </Button>
        }
      >
        {sentence(error)}
      </Blank>
    );
  if (searching)
    return (
      <p role="status" className="py-14 text-center text-muted">
        Searching…
      </p>
    );
  if (search.trim() && all === 0)
    return (
      <Blank
        icon={<SearchX aria-hidden="true" className="size-6" />}
        title={`Nothing matches “${search.trim()}”`}
        action={
          <Button look="secondary" onClick={onClear}>
            Clear search
          </Button>
        }
      >
        Search looks at titles and descriptions.
      </Blank>
    );
  if (search.trim())
    return (
      <Blank
        icon={<SearchX aria-hidden="true" className="size-6" />}
        title={show === "open" ? "No match is open" : "No match is done"}
      >
        {all === 1 ? "One task matches" : `${all.toLocaleString("en")} tasks match`} among all.
      </Blank>
    );
  if (all > 0 && show === "open")
    return (
      <Blank icon={<CircleCheckBig aria-hidden="true" className="size-6" />} title="All done">
        Nothing is open. Enjoy it while it lasts.
      </Blank>
    );
  if (all > 0)
    return (
      <Blank icon={<CircleCheckBig aria-hidden="true" className="size-6" />} title="Nothing done yet">
        Completed tasks gather here.
      </Blank>
    );
  return (
    <Blank icon={<ListPlus aria-hidden="true" className="size-6" />} title="Your list is empty">
      Write down the first thing above, or tell the chat what you have to do.
    </Blank>
  );
}

function Blank({
  icon,
  title,
  children,
  action,
  alert = false,
}: {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  alert?: boolean;
}) {
  return (
    <div
      role={alert ? "alert" : undefined}
      className="grid justify-items-center rounded-2xl border border-line border-dashed px-6 py-14 text-center"
    >
      <span className="mb-4 grid size-12 place-items-center rounded-full bg-accent-soft text-on-accent-soft">
        {icon}
      </span>
      <h2 className="font-semibold [overflow-wrap:anywhere]">{title}</h2>
      <p className="mt-1 max-w-sm text-balance text-muted text-sm">{children}</p>
      {action ? <div className="mt-5">{action}</div> : null}
    </div>
  );
}

function Banner({ children, onRetry, busy }: { children: ReactNode; onRetry: () => void; busy: boolean }) {
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl bg-danger-soft px-4 py-2.5 text-danger text-sm"
    >
      <p className="grow">{children}</p>
      <Button look="secondary" size="small" onClick={onRetry} disabled={busy}>
        Try again
      </Button>
    </div>
  );
}

function Skeleton() {
  return (
    <div role="status" className="overflow-hidden rounded-2xl border border-line bg-surface">
      <span className="sr-only">Loading your tasks…</span>
      {["w-2/5", "w-3/5", "w-1/3", "w-1/2"].map((width) => (
        <div key={width} className="flex h-14 items-center gap-4 border-line border-b px-4 last:border-b-0">
          <span className="size-5 rounded-md bg-sunken" />
          <span className={`h-3.5 rounded-full bg-sunken motion-safe:animate-pulse ${width}`} />
        </div>
      ))}
    </div>
  );
}
