import { Download, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useRef } from "react";
import { Button } from "@/components/ui/button";
import { showToast } from "@/components/ui/toasts";
import { type ExportFormat, exportConversations } from "@/lib/api/account";
import { ApiError } from "@/lib/api/client";
import { download } from "@/lib/download";
import type { ThreadInfo } from "../protocol/types";
import { threadHref } from "../runtime/use-thread-in-url";
import type { useThreads } from "../runtime/use-threads";
import { ThreadsSkeleton } from "./skeletons";

/** What can be done to a conversation besides opening it. */
export interface ThreadAction {
  kind: "rename" | "delete";
  thread: ThreadInfo;
  /** What opened the menu, and gets the focus back afterwards. */
  trigger: HTMLElement | null;
}

interface Props {
  threads: ReturnType<typeof useThreads>;
  current: string | null;
  onOpen: (threadId: string) => void;
  onAction: (action: ThreadAction) => void;
}

export function ThreadList({ threads, current, onOpen, onAction }: Props) {
  const { data, isPending, isError, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = threads;
  if (isPending) return <ThreadsSkeleton />;
  if (isError && !data) {
    return (
      <div className="px-3 py-2 text-muted text-sm">
        <p className="mb-3">Your conversations could not be read.</p>
        <Button look="secondary" size="small" onClick={() => void refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  if (data.length === 0) {
    return <p className="px-3 py-2 text-muted text-sm">Conversations you begin are kept here.</p>;
  }
  return (
    <>
      <ul className="space-y-0.5">
        {data.map((thread) => (
          <Row
            key={thread.id}
            thread={thread}
            current={thread.id === current}
            onOpen={onOpen}
            onAction={onAction}
          />
        ))}
      </ul>
      {hasNextPage && (
        <Button
          look="quiet"
          size="small"
          className="mt-2 w-full"
          disabled={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {isFetchingNextPage ? "Loading…" : "Show older"}
        </Button>
      )}
    </>
  );
}

interface RowProps extends Omit<Props, "threads" | "current"> {
  thread: ThreadInfo;
  current: boolean;
}

function Row({ thread, current, onOpen, onAction }: RowProps) {
  const title = titleOf(thread);
  return (
    <li className="group/row relative flex items-center rounded-xl hover:bg-sunken has-[[aria-current]]:bg-accent-soft">
      <a
        dir="auto"
        href={threadHref(thread.id)}
        aria-current={current ? "page" : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          onOpen(thread.id);
        }}
        className="min-w-0 flex-1 truncate rounded-xl py-2.5 pr-10 pl-3 text-left text-sm -outline-offset-2 aria-[current]:font-medium aria-[current]:text-on-accent-soft"
      >
        {title}
      </a>
      <ThreadMenu
        thread={thread}
        onAction={onAction}
        className="absolute right-1 size-8 pointer-fine:opacity-0 focus-visible:opacity-100 group-focus-within/row:opacity-100 group-hover/row:opacity-100 data-[state=open]:opacity-100"
      />
    </li>
  );
}

interface MenuProps {
  thread: ThreadInfo;
  onAction: Props["onAction"];
  className: string;
}

export function ThreadMenu({ thread, onAction, className }: MenuProps) {
  const trigger = useRef<HTMLButtonElement>(null);
  const choose = (kind: ThreadAction["kind"]) => onAction({ kind, thread, trigger: trigger.current });
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        ref={trigger}
        aria-label={`Actions for ${titleOf(thread)}`}
        className={`grid shrink-0 place-items-center rounded-lg text-muted transition-opacity hover:bg-canvas hover:text-ink ${className}`}
      >
        <Ellipsis aria-hidden="true" className="size-4" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-50 min-w-40 rounded-xl border border-line bg-raised p-1 shadow-float"
        >
          <DropdownMenu.Item className={ITEM} onSelect={() => choose("rename")}>
            <Pencil aria-hidden="true" className="size-4 text-muted" />
            Rename
          </DropdownMenu.Item>
          <DropdownMenu.Item className={ITEM} onSelect={() => void save(thread, "markdown")}>
            <Download aria-hidden="true" className="size-4 text-muted" />
            Download as Markdown
          </DropdownMenu.Item>
          <DropdownMenu.Item className={ITEM} onSelect={() => void save(thread, "json")}>
            <Download aria-hidden="true" className="size-4 text-muted" />
            Download as JSON
          </DropdownMenu.Item>
          <DropdownMenu.Item className={`${ITEM} text-danger`} onSelect={() => choose("delete")}>
            <Trash2 aria-hidden="true" className="size-4" />
            Delete
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

async function save(thread: ThreadInfo, format: ExportFormat): Promise<void> {
  try {
    download(await exportConversations(format, thread.id));
  } catch (error) {
    const why = error instanceof ApiError ? error.message : "Please try again.";
    showToast({ kind: "error", message: `“${titleOf(thread)}” was not downloaded. ${why}` });
  }
}

const ITEM =
  "flex h-9 cursor-pointer select-none items-center gap-2.5 rounded-lg px-2.5 text-sm outline-none data-[highlighted]:bg-sunken";

export function titleOf({ title }: Pick<ThreadInfo, "title">): string {
  return title?.trim() || "Untitled conversation";
}
