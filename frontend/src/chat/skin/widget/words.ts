import { nodesOf, type WidgetAction, type WidgetNode } from "../../protocol/widgets";

const VERBS: Record<string, { now: string; done: string }> = {
  "task.complete": { now: "Complete", done: "Completed" },
  "task.reopen": { now: "Reopen", done: "Reopened" },
  "task.delete": { now: "Delete", done: "Deleted" },
};

export function actionOf({ onClickAction, onChangeAction }: WidgetNode): WidgetAction | undefined {
  return onClickAction ?? onChangeAction;
}

/** What a control is called where its row cannot be seen beside it, such as “Complete Buy milk”. */
export function nameOf(control: WidgetNode, row: string): string {
  const action = actionOf(control);
  const verb = control.label || (action && (VERBS[action.type]?.now ?? lastWord(action.type))) || "";
  return `${verb} ${row}`.trim();
}

/** What was done, for those who do not see it. */
export function outcomeOf({ type }: WidgetAction, row: string): string {
  const done = VERBS[type]?.done ?? "Done";
  return row ? `${done}: ${row}.` : `${done}.`;
}

/** What a part is known by while its widget changes around it. */
export function keyOf(row: WidgetNode, index: number): string {
  const named = row.key ?? row.id;
  if (named !== undefined) return String(named);
  // Of the parts of a row, each has the payload.
  if (row.type === "ListViewItem" || row.type === "Row") {
    for (const node of nodesOf(row)) {
      const payload = actionOf(node)?.payload;
      if (payload) return JSON.stringify(payload);
    }
  }
  return `${row.type} ${index}`;
}

function lastWord(type: string): string {
  const word = type.split(/[.:/]/).at(-1)?.replace(/[_-]+/g, " ") ?? "";
  return word.charAt(0).toUpperCase() + word.slice(1);
}
