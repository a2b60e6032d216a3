/** Under which keys the task list keeps its data and its changes. Apart, so that whoever says they are stale need not load the list. */
export const taskKeys = {
  list: ["tasks"],
  search: ["tasks", "search"],
  undoable: ["tasks", "undoable"],
  create: ["tasks", "create"],
  update: ["tasks", "update"],
  remove: ["tasks", "remove"],
} as const;
