import { ChevronDown, Search } from "lucide-react";
import type { Order, Show } from "./arrange";
import { UndoControl } from "./undo-control";

const shows = [
  { value: "all", label: "All" },
  { value: "open", label: "Open" },
  { value: "done", label: "Done" },
] as const;

const orders = [
  { value: "newest", label: "Newest first" },
  { value: "oldest", label: "Oldest first" },
  { value: "title", label: "By title" },
] as const;

type Props = {
  counts: { all: number; open: number; done: number } | undefined;
  compact: boolean;
  show: Show;
  onShow: (show: Show) => void;
  order: Order;
  onOrder: (order: Order) => void;
  search: string;
  onSearch: (search: string) => void;
  /** Called when the keyboard was on something that is there no more. */
  onFocusLost: () => void;
};

/** Which tasks the list shows, and in which order. */
export function TaskToolbar({
  counts,
  compact,
  show,
  onShow,
  order,
  onOrder,
  search,
  onSearch,
  onFocusLost,
}: Props) {
  return (
    <div className="flex flex-wrap items-center gap-2.5">
      <fieldset
        className={`flex rounded-xl bg-sunken p-1 ${compact ? "w-full" : "grow sm:grow-0"}`}
        aria-label="Which tasks"
      >
        {shows.map(({ value, label }) => (
          <label
            key={value}
            className="flex h-8 grow cursor-pointer items-center justify-center gap-1.5 rounded-lg px-3 font-medium text-muted text-sm transition-colors hover:text-ink has-checked:bg-raised has-checked:text-ink has-checked:shadow-raise has-focus-visible:outline-2 has-focus-visible:outline-accent dark:has-checked:bg-line"
          >
            <input
              type="radio"
              name="show"
              value={value}
              checked={show === value}
              onChange={() => onShow(value)}
              className="sr-only"
            />
            {label}
            {counts ? <span className="text-muted tabular-nums">{counts[value]}</span> : null}
          </label>
        ))}
      </fieldset>
      {compact ? null : (
        <>
          <UndoControl onFocusLost={onFocusLost} />
          <div className="relative min-w-32 grow basis-0">
            <Search
              aria-hidden="true"
              className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted"
            />
            <input
              type="search"
              aria-label="Search tasks"
              placeholder="Search"
              maxLength={200}
              value={search}
              onChange={(event) => onSearch(event.target.value)}
              onKeyDown={(event) => event.key === "Escape" && onSearch("")}
              className="h-10 w-full rounded-xl border border-line-strong bg-surface pr-3 pl-9 text-base transition-colors hover:border-ink focus:border-accent focus-visible:outline-offset-0 sm:text-sm"
            />
          </div>
          <div className="relative">
            <select
              aria-label="Sort tasks"
              value={order}
              onChange={(event) => onOrder(event.target.value as Order)}
              className="h-10 appearance-none rounded-xl border border-line-strong bg-surface pr-9 pl-3 text-base transition-colors hover:border-ink focus:border-accent focus-visible:outline-offset-0 sm:text-sm"
            >
              {orders.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
            <ChevronDown
              aria-hidden="true"
              className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-muted"
            />
          </div>
        </>
      )}
    </div>
  );
}
