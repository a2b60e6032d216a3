import type { ToolCallMessagePartProps } from "@assistant-ui/react";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { taskKeys } from "@/components/tasks/task-keys";
import { announce, showToast } from "@/components/ui/toasts";
import { ApiError } from "@/lib/api/client";
import { ChatError } from "../../protocol/errors";
import type { Widget as WidgetItem } from "../../protocol/types";
import { childrenOf, isShown, type WidgetAction } from "../../protocol/widgets";
import { useSession } from "../session-context";
import { deletionOf, restore } from "./deletion";
import { type Kept, keepRows } from "./kept-rows";
import { Doing, type Row, WidgetNodes } from "./nodes";
import { outcomeOf } from "./words";

const ROWS = "[data-row]";

interface View {
  item: WidgetItem;
  words: string;
}

/** Something the assistant shows that can be worked with, such as a list of tasks. */
export function Widget({ args }: ToolCallMessagePartProps) {
  const { item, words } = args as unknown as View;
  const session = useSession();
  const queries = useQueryClient();
  const box = useRef<HTMLDivElement>(null);
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  /** By what the deletion of a row can be undone. */
  const [deletions, setDeletions] = useState<ReadonlyMap<string, string>>(new Map());
  const rows = useKeptRows(item.widget);

  const run = (action: WidgetAction, row: Row, control: HTMLElement) =>
    work(row, control, action.type, async () => {
      await session.act(item.id, action);
      announce(outcomeOf(action, row.text));
      if (action.type !== "task.delete") return;
      const deletion = await deletionOf(row.text);
      if (deletion) setDeletions((known) => new Map(known).set(row.key, deletion));
    });

  const undo = (row: Row, control: HTMLElement) =>
    work(row, control, "undo", async () => {
      const deletion = deletions.get(row.key);
      if (!deletion) return;
      announce(await restore(deletion, row.text));
      void queries.invalidateQueries({ queryKey: taskKeys.list });
      // The server draws the list with it again.
      await session.load();
    });

  async function work(
    row: Row,
    control: HTMLElement,
    type: string,
    doIt: () => Promise<void>,
  ): Promise<void> {
    if (busy.has(row.key)) return;
    const place = rowsIn(box.current).findIndex((element) => element.contains(control));
    setBusy((rows) => new Set(rows).add(row.key));
    try {
      await doIt();
    } catch (error) {
      const known = error instanceof ChatError || error instanceof ApiError;
      const why = known ? error.message : "Something unexpected went wrong.";
      showToast({ kind: "error", message: row.text ? `“${row.text}” was not changed. ${why}` : why });
    } finally {
      setBusy((rows) => new Set([...rows].filter((key) => key !== row.key)));
    }
    // The page is drawn by then.
    requestAnimationFrame(() => keepFocus(box.current, control, place, type));
  }

  if (!isShown(item.widget) && words) {
    return <p className="my-2 whitespace-pre-wrap [overflow-wrap:anywhere]">{words}</p>;
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form's controls
    <div
      ref={box}
      role="group"
      tabIndex={-1}
      aria-label={item.widget.status?.text ?? "Result"}
      className="my-3 rounded-2xl border border-line bg-surface text-sm shadow-raise outline-none first:mt-0 last:mb-0"
    >
      <Doing
        value={{
          run,
          undo,
          busy,
          gone: new Set(rows.filter(({ gone }) => gone).map(({ key }) => key)),
          deletions,
        }}
      >
        <WidgetNodes nodes={[{ ...item.widget, children: rows.map(({ node }) => node) }]} />
      </Doing>
    </div>
  );
}

function useKeptRows(widget: WidgetItem["widget"]): readonly Kept[] {
  const [drawn, setDrawn] = useState({ widget, rows: keepRows([], childrenOf(widget)) });
  if (drawn.widget === widget) return drawn.rows;
  const rows = keepRows(drawn.rows, childrenOf(widget));
  setDrawn({ widget, rows });
  return rows;
}

function rowsIn(box: HTMLElement | null): HTMLElement[] {
  return box ? [...box.querySelectorAll<HTMLElement>(ROWS)] : [];
}

/** What had the focus is gone with its row: the one that took its place gets it, else the last one, else the whole. */
function keepFocus(box: HTMLElement | null, control: HTMLElement, place: number, action: string): void {
  const lost = document.activeElement === null || document.activeElement === document.body;
  if (!box || control.isConnected || !lost) return;
  const rows = rowsIn(box);
  const row = rows[place] ?? rows.at(-1);
  const next =
    row?.querySelector<HTMLElement>(`[data-action="${CSS.escape(action)}"]`) ?? row?.querySelector("button");
  (next ?? box).focus();
}
