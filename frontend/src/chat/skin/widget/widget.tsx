import type { ToolCallMessagePartProps } from "@assistant-ui/react";
import { useRef, useState } from "react";
import { announce, showToast } from "@/components/ui/toasts";
import { ChatError } from "../../protocol/errors";
import type { Widget as WidgetItem } from "../../protocol/types";
import { isShown, type WidgetAction } from "../../protocol/widgets";
import { useSession } from "../session-context";
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
  const box = useRef<HTMLDivElement>(null);
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());

  async function run(action: WidgetAction, row: Row, control: HTMLElement): Promise<void> {
    if (busy.has(row.key)) return;
    const place = rowsIn(box.current).findIndex((element) => element.contains(control));
    setBusy((rows) => new Set(rows).add(row.key));
    try {
      await session.act(item.id, action);
      announce(outcomeOf(action, row.text));
    } catch (error) {
      const why = error instanceof ChatError ? error.message : "Something unexpected went wrong.";
      showToast({ kind: "error", message: row.text ? `“${row.text}” was not changed. ${why}` : why });
    } finally {
      setBusy((rows) => new Set([...rows].filter((key) => key !== row.key)));
    }
    // The page is drawn by then.
    requestAnimationFrame(() => keepFocus(box.current, control, place, action.type));
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
      <Doing value={{ run, busy }}>
        <WidgetNodes nodes={[item.widget]} />
      </Doing>
    </div>
  );
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
