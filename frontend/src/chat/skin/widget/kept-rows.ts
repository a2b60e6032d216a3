import { nodesOf, type WidgetNode } from "../../protocol/widgets";
import { actionOf, keyOf } from "./words";

/** A part of a widget; `gone` when the widget has it no more. */
export interface Kept {
  key: string;
  node: WidgetNode;
  gone: boolean;
}

/**
 * The parts of a widget, with the rows that were drawn before in their places, so that nothing moves under a finger that
 * is about to press.
 */
export function keepRows(before: readonly Kept[], now: readonly WidgetNode[]): Kept[] {
  const rows = now.map((node, index) => ({ key: keyOf(node, index), node, gone: false }));
  const at = (key: string | undefined) => rows.findIndex((row) => row.key === key);
  before.forEach(({ key, node }, index) => {
    const isRow = [...nodesOf(node)].some((part) => actionOf(part) !== undefined);
    if (isRow && at(key) < 0) rows.splice(at(before[index - 1]?.key) + 1, 0, { key, node, gone: true });
  });
  return rows;
}
