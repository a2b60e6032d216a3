/** What a button of a widget asks for. Its payload belongs to the server and is sent back as it came. */
export interface WidgetAction {
  type: string;
  payload?: Record<string, unknown>;
  handler?: "server" | "client";
  loadingBehavior?: "auto" | "none" | "self" | "container";
  /** Without it the action is a turn of its own, as the protocol says. */
  streaming?: boolean;
}

/**
 * A component of a widget, with the properties this page looks at. A component that is not known is not shown, but
 * what is inside of it is.
 */
export interface WidgetNode {
  type: string;
  id?: string;
  key?: string | number;
  children?: WidgetNode | WidgetNode[];
  value?: string;
  label?: string;
  name?: string;
  icon?: string;
  iconStart?: string;
  iconEnd?: string;
  color?: string;
  variant?: string;
  lineThrough?: boolean;
  maxLines?: number;
  checked?: boolean;
  defaultChecked?: boolean;
  disabled?: boolean;
  status?: { text?: string; icon?: string };
  onClickAction?: WidgetAction;
  onChangeAction?: WidgetAction;
}

export function childrenOf({ children }: WidgetNode): readonly WidgetNode[] {
  if (Array.isArray(children)) return children;
  return children ? [children] : [];
}

/** Every component of a widget, outermost first. */
export function* nodesOf(node: WidgetNode): Generator<WidgetNode> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

const WORDS: ReadonlySet<string> = new Set(["Text", "Title", "Caption", "Markdown", "Label"]);

/** The words of a component and of what is inside of it, without its controls. */
export function textOf(node: WidgetNode): string {
  return [...nodesOf(node)]
    .filter(({ type, value }) => WORDS.has(type) && value)
    .map(({ value }) => value)
    .join(" ")
    .trim();
}

const SHOWN: ReadonlySet<string> = new Set([
  ...WORDS,
  ...["Card", "ListView", "ListViewItem", "Basic", "Box", "Row", "Col", "Form", "Transition"],
  ...["Badge", "Button", "Checkbox", "Spacer", "Divider", "Icon"],
]);

/** True when this page can show all there is in a widget. */
export function isShown(root: WidgetNode): boolean {
  return [...nodesOf(root)].every(({ type }) => SHOWN.has(type));
}

/** The widget with one of its components replaced. */
export function replaceNode(
  root: WidgetNode,
  id: string,
  change: (node: WidgetNode) => WidgetNode,
): WidgetNode {
  if (root.id === id) return change(root);
  if (!root.children) return root;
  return { ...root, children: childrenOf(root).map((child) => replaceNode(child, id, change)) };
}
