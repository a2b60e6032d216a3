type Node = {
  type: string;
  ordered?: boolean | null;
  children?: Node[];
  position?: { start: { offset?: number } };
  data?: Record<string, unknown>;
};

/**
 * Markdown counts on from the first number of a list. People refer to the numbers that were said, so each item keeps its
 * own; but for lists whose numbers repeat, which leave the counting to Markdown.
 */
export function saidNumbers() {
  return (tree: Node, file: { toString(): string }) => number(tree, String(file));
}

function number(node: Node, source: string): void {
  const { children = [] } = node;
  if (node.ordered) {
    const said = children.map((item) => /^\d+/.exec(source.slice(item.position?.start.offset))?.[0]);
    if (said.every(Boolean) && new Set(said.map(Number)).size === said.length)
      for (const [index, item] of children.entries())
        item.data = { ...item.data, hProperties: { value: Number(said[index]) } };
  }
  for (const child of children) number(child, source);
}
