import type {
  AssistantMessage,
  Item,
  ItemUpdate,
  OutputText,
  StreamEvent,
  ThreadStatus,
  Widget,
  Workflow,
} from "./types";
import { replaceNode } from "./widgets";

export interface TurnError {
  message: string;
  retry: boolean;
  /** When it is worth trying again, as a time of this machine's clock. */
  retryAt?: number;
}

/** A word of the server beside the conversation; it is kept until the next turn. */
export interface Notice {
  level: "info" | "warning" | "danger";
  message: string;
  title?: string;
}

/** What one conversation looks like after the events seen so far. */
export interface Transcript {
  threadId: string | null;
  title: string;
  status: ThreadStatus;
  items: readonly Item[];
  /** Items that are still being written. */
  pending: ReadonlySet<string>;
  progress: string | null;
  notices: readonly Notice[];
  allowCancel: boolean;
  error: TurnError | null;
}

export const EMPTY: Transcript = {
  threadId: null,
  title: "",
  status: { type: "active" },
  items: [],
  pending: new Set(),
  progress: null,
  notices: [],
  allowCancel: true,
  error: null,
};

const KNOWN_ITEMS: ReadonlySet<string> = new Set([
  "user_message",
  "assistant_message",
  "workflow",
  "task",
  "widget",
  "structured_input",
  "end_of_turn",
]);

/** True for the kinds of item this application can show. */
export function isKnown(item: Item): boolean {
  return KNOWN_ITEMS.has(item.type);
}

/** Applies one event. Unknown events, and updates of items never announced, change nothing. */
export function reduce(state: Transcript, event: StreamEvent): Transcript {
  switch (event.type) {
    case "thread.created":
    case "thread.updated": {
      const { id, title, status } = event.thread;
      return { ...state, threadId: id, title: title ?? state.title, status: status ?? state.status };
    }
    case "thread.item.added":
      return put(state, event.item, false);
    case "thread.item.done":
    case "thread.item.replaced":
      return put(state, event.item, true);
    case "thread.item.removed":
      return {
        ...state,
        items: state.items.filter((item) => item.id !== event.item_id),
        pending: without(state.pending, event.item_id),
      };
    case "thread.item.updated": {
      const { item_id, update } = event;
      return {
        ...state,
        items: state.items.map((item) => (item.id === item_id ? apply(item, update) : item)),
      };
    }
    case "stream_options":
      return { ...state, allowCancel: event.stream_options.allow_cancel };
    case "progress_update":
      return { ...state, progress: event.text };
    case "notice":
      return { ...state, notices: noted(state.notices, event) };
    case "error":
      return {
        ...state,
        error: {
          message: event.message ?? "Something went wrong while answering.",
          retry: event.allow_retry ?? false,
        },
      };
    default:
      return state;
  }
}

/** Ends the turn: nothing is pending any more, whether it was finished or not. */
export function settle(state: Transcript, error: TurnError | null = state.error): Transcript {
  return { ...state, pending: new Set(), progress: null, error };
}

/**
 * Forgets what was being written when the connection was lost. What of it is still true comes again when the turn is
 * picked up.
 */
export function dropUnfinished(state: Transcript): Transcript {
  if (state.pending.size === 0) return state;
  return { ...state, items: state.items.filter(({ id }) => !state.pending.has(id)), pending: new Set() };
}

/** True when something was said or shown after the last word of the person, or when that word is waited for. */
export function answered({ items, pending }: Transcript): boolean {
  const asked = items.findLastIndex(
    (item) => item.type === "user_message" || (item.type === "structured_input" && item.status !== "pending"),
  );
  const after = items.slice(asked + 1);
  return pending.size === 0 && after.some(({ type }) => ANSWERS.has(type));
}

const ANSWERS: ReadonlySet<string> = new Set(["assistant_message", "widget", "structured_input"]);

/** Forgets everything after the given item; retrying starts from there. */
export function truncateAfter(state: Transcript, itemId: string): Transcript {
  const index = state.items.findIndex((item) => item.id === itemId);
  if (index < 0) return state;
  return { ...state, items: state.items.slice(0, index + 1), pending: new Set(), error: null };
}

/** Puts an item in its place, or at the end when it is new. */
export function put(state: Transcript, item: Item, done: boolean): Transcript {
  if (!isKnown(item)) return state;
  const at = state.items.findIndex((known) => known.id === item.id);
  return {
    ...state,
    items: at < 0 ? [...state.items, item] : state.items.map((known, i) => (i === at ? item : known)),
    pending: done ? without(state.pending, item.id) : new Set(state.pending).add(item.id),
    // A progress line stands for work that has shown nothing yet.
    progress: at < 0 && item.type !== "user_message" ? null : state.progress,
  };
}

function noted(
  notices: readonly Notice[],
  { level, message, title }: Omit<Notice, "level"> & { level: string },
) {
  const known: Notice["level"] = level === "warning" || level === "danger" ? level : "info";
  // A turn that is picked up again says it again.
  if (notices.some((notice) => notice.message === message && notice.title === title)) return notices;
  return [...notices, { level: known, message, ...(title && { title }) }];
}

function without(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  if (!set.has(id)) return set;
  const copy = new Set(set);
  copy.delete(id);
  return copy;
}

function apply(item: Item, update: ItemUpdate): Item {
  if (item.type === "assistant_message") return applyToMessage(item, update);
  if (item.type === "workflow") return applyToWorkflow(item, update);
  if (item.type === "widget") return applyToWidget(item, update);
  return item;
}

function applyToMessage(item: AssistantMessage, update: ItemUpdate): AssistantMessage {
  switch (update.type) {
    case "assistant_message.content_part.added":
    case "assistant_message.content_part.done":
      return { ...item, content: setAt(item.content, update.content_index, update.content) };
    case "assistant_message.content_part.text_delta": {
      const part = item.content[update.content_index];
      if (!part) return item;
      const next: OutputText = { ...part, text: part.text + update.delta };
      return { ...item, content: setAt(item.content, update.content_index, next) };
    }
    default:
      return item;
  }
}

function applyToWorkflow(item: Workflow, update: ItemUpdate): Workflow {
  if (update.type !== "workflow.task.added" && update.type !== "workflow.task.updated") return item;
  const tasks = setAt(item.workflow.tasks, update.task_index, update.task);
  return { ...item, workflow: { ...item.workflow, tasks } };
}

function applyToWidget(item: Widget, update: ItemUpdate): Widget {
  switch (update.type) {
    case "widget.root.updated":
      return { ...item, widget: update.widget };
    case "widget.component.updated":
      return { ...item, widget: replaceNode(item.widget, update.component_id, () => update.component) };
    case "widget.streaming_text.value_delta":
      return {
        ...item,
        widget: replaceNode(item.widget, update.component_id, (node) => ({
          ...node,
          value: (node.value ?? "") + update.delta,
        })),
      };
    default:
      return item;
  }
}

/** Replaces an element, or appends it; an index beyond the end never leaves a hole. */
function setAt<T>(list: readonly T[], index: number, value: T): T[] {
  if (index >= list.length) return [...list, value];
  return list.map((old, i) => (i === index ? value : old));
}
