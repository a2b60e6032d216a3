import { LoaderCircle } from "lucide-react";
import { createContext, type ReactNode, useContext } from "react";
import { childrenOf, textOf, type WidgetAction, type WidgetNode } from "../../protocol/widgets";
import { hasIcon, WidgetIcon } from "./icons";
import { actionOf, keyOf, nameOf } from "./words";

/** A part of a widget that is about one thing. */
export interface Row {
  key: string;
  text: string;
}

interface Doings {
  run: (action: WidgetAction, row: Row, control: HTMLElement) => Promise<void>;
  undo: (row: Row, control: HTMLElement) => Promise<void>;
  /** The rows in which something is being done. */
  busy: ReadonlySet<string>;
  /** The rows that are only there to keep the others in their places. */
  gone: ReadonlySet<string>;
  /** The rows that were deleted here, which can be undone. */
  deletions: ReadonlyMap<string, string>;
}

const DoingContext = createContext<Doings | null>(null);
const RowContext = createContext<Row>({ key: "", text: "" });

export const Doing = DoingContext.Provider;

export function WidgetNodes({ nodes }: { nodes: readonly WidgetNode[] }) {
  return nodes.map((node, index) => <Node key={keyOf(node, index)} node={node} index={index} />);
}

function Node({ node, index }: { node: WidgetNode; index: number }): ReactNode {
  const inside = <WidgetNodes nodes={childrenOf(node)} />;
  switch (node.type) {
    case "Card":
    case "Basic":
      return (
        <>
          <Status status={node.status} />
          <div className="space-y-1 p-3">{inside}</div>
        </>
      );
    case "ListView":
      return (
        <>
          <Status status={node.status} />
          <ul className="divide-y divide-line">{inside}</ul>
        </>
      );
    case "ListViewItem":
      return (
        <RowBox node={node} index={index} element="li" className="px-3 py-1.5">
          {inside}
        </RowBox>
      );
    case "Row":
      return (
        <RowBox node={node} index={index} element="div" className="py-0.5">
          {inside}
        </RowBox>
      );
    case "Text":
    case "Label":
    case "Markdown":
      return <Words node={node} className="min-w-0 whitespace-pre-wrap" />;
    case "Title":
      return <Words node={node} className="font-semibold text-base" />;
    case "Caption":
      return <Words node={node} className="text-muted text-xs" />;
    case "Badge":
      return (
        <span
          className={`rounded-md px-1.5 py-0.5 font-medium text-xs ${node.color === "danger" ? "bg-danger-soft text-danger" : "bg-sunken text-muted"}`}
        >
          {node.label}
        </span>
      );
    case "Icon":
      return <WidgetIcon name={node.name} />;
    case "Spacer":
      return <span aria-hidden="true" className="min-w-2 flex-1" />;
    case "Divider":
      return <hr className="my-1 border-line" />;
    case "Button":
      return <Button node={node} />;
    case "Checkbox":
      return <Checkbox node={node} />;
    default:
      return <div className="flex min-w-0 flex-col gap-1">{inside}</div>;
  }
}

function Status({ status }: { status: WidgetNode["status"] }) {
  if (!status?.text) return null;
  return (
    <p className="flex items-center gap-2 border-line border-b px-3 py-2 text-muted text-xs">
      <WidgetIcon name={status.icon} />
      {status.text}
    </p>
  );
}

interface RowBoxProps {
  node: WidgetNode;
  index: number;
  element: "li" | "div";
  className: string;
  children: ReactNode;
}

function RowBox({ node, index, element: Element, className, children }: RowBoxProps) {
  const row = { key: keyOf(node, index), text: textOf(node) };
  const doing = useContext(DoingContext);
  const busy = doing?.busy.has(row.key) ?? false;
  const gone = doing?.gone.has(row.key) ?? false;
  return (
    <Element
      data-row=""
      aria-busy={busy}
      className={`flex min-h-11 items-center gap-2 transition-opacity ${busy ? "opacity-60" : ""} ${className}`}
    >
      {gone ? <Gone row={row} /> : <RowContext.Provider value={row}>{children}</RowContext.Provider>}
    </Element>
  );
}

/** What is left of a deleted row, as high as it was. */
function Gone({ row }: { row: Row }) {
  const doing = useContext(DoingContext);
  const busy = doing?.busy.has(row.key) ?? false;
  return (
    <>
      <span className="px-2 text-muted">
        <WidgetIcon name="lucide:trash-2" className="size-5" />
      </span>
      <p dir="auto" className="min-w-0 flex-1 text-muted line-through [overflow-wrap:anywhere]">
        <span className="sr-only">Deleted: </span>
        {row.text}
      </p>
      {doing?.deletions.has(row.key) && (
        <button
          type="button"
          data-action="undo"
          aria-label={`Undo deleting ${row.text}`}
          aria-disabled={busy}
          onClick={({ currentTarget }) => void doing.undo(row, currentTarget)}
          className="min-h-9 pointer-coarse:min-h-11 shrink-0 rounded-lg border border-line-strong px-2 font-medium text-accent transition-colors hover:bg-sunken"
        >
          Undo
        </button>
      )}
    </>
  );
}

function Words({ node, className }: { node: WidgetNode; className: string }) {
  const { value, lineThrough, color } = node;
  const look = `${lineThrough ? "line-through" : ""} ${color === "secondary" ? "text-muted" : ""}`;
  return (
    <p dir="auto" className={`[overflow-wrap:anywhere] ${look} ${className}`}>
      {value}
    </p>
  );
}

/** A control stays where it is while it works, and keeps the focus; it just does nothing more. */
function useDoing(node: WidgetNode) {
  const doing = useContext(DoingContext);
  const row = useContext(RowContext);
  const action = actionOf(node);
  const busy = doing?.busy.has(row.key) ?? false;
  return {
    busy,
    name: nameOf(node, row.text),
    action: action?.type,
    disabled: node.disabled === true || !action,
    run: (control: HTMLElement) => {
      if (action && doing && !busy) void doing.run(action, row, control);
    },
  };
}

function Button({ node }: { node: WidgetNode }) {
  const { busy, name, action, disabled, run } = useDoing(node);
  const icon = node.iconStart ?? node.iconEnd;
  const danger = node.color === "danger";
  const words = node.label ?? (hasIcon(icon) ? undefined : name);
  return (
    <button
      type="button"
      data-action={action}
      aria-label={name}
      aria-disabled={busy}
      disabled={disabled}
      title={words === undefined ? name : undefined}
      onClick={({ currentTarget }) => run(currentTarget)}
      className={`inline-flex min-h-9 pointer-coarse:min-h-11 pointer-coarse:min-w-11 shrink-0 items-center justify-center gap-1.5 rounded-lg px-2 font-medium transition-colors hover:bg-sunken disabled:opacity-50 ${words ? "border border-line-strong" : "min-w-9"} ${danger ? "text-muted hover:text-danger" : "text-accent"}`}
    >
      {busy ? (
        <LoaderCircle aria-hidden="true" className="size-4 animate-spin" />
      ) : (
        <WidgetIcon name={icon} className="size-5" />
      )}
      {words}
    </button>
  );
}

function Checkbox({ node }: { node: WidgetNode }) {
  const { busy, name, action, disabled, run } = useDoing(node);
  return (
    <label className="flex min-h-9 items-center gap-2">
      <input
        type="checkbox"
        data-action={action}
        aria-label={name}
        aria-disabled={busy}
        disabled={disabled}
        checked={node.checked ?? node.defaultChecked ?? false}
        onChange={({ currentTarget }) => run(currentTarget)}
        className="size-5 accent-accent"
      />
      {node.label}
    </label>
  );
}
