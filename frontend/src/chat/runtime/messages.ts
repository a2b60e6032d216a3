import { fromThreadMessageLike, type ThreadMessage, type ThreadMessageLike } from "@assistant-ui/react";
import type { Item, UserMessage, Workflow, WorkflowTask } from "../protocol/types";
import { textOf } from "../protocol/widgets";

/** What the transcript shows as one bubble: a message of the person, or everything that answers it. */
export interface Message {
  id: string;
  role: "user" | "assistant";
  items: readonly Item[];
  /** Something of it is still being written. */
  streaming: boolean;
}

/** The part names under which what is not text reaches its renderer. */
export const WORKFLOW = "workflow";
export const WIDGET = "widget";
export const INPUT = "structured_input";
export const UNFINISHED = "unfinished";

/** What the chat library carries for us beside the parts of a message. */
export interface Custom {
  /** The person's message as it was sent, with its tags. */
  sent?: UserMessage;
  /** The items of an answer, as feedback names them. */
  answers?: readonly string[];
  /** Where tools were used for an answer. */
  calls?: Calls;
}

/** From the first use of tools for an answer to the answer's end: so many items, in this time. */
export interface Calls {
  first: string;
  count: number;
  from: string;
  until: string;
}

/**
 * Groups items into messages. Messages that did not change keep their identity, so a delta re-renders one message
 * and not the whole transcript.
 */
export function group(
  items: readonly Item[],
  pending: ReadonlySet<string>,
  before: readonly Message[] = [],
): Message[] {
  const groups: Item[][] = [];
  let last: Item[] | undefined;
  for (const item of items) {
    if (item.type === "end_of_turn") {
      last = undefined;
    } else if (item.type !== "user_message" && last && last[0]?.type !== "user_message") {
      last.push(item);
    } else {
      last = [item];
      groups.push(last);
    }
  }
  const known = new Map(before.map((message) => [message.id, message]));
  return groups.flatMap((members) => {
    const [first] = members;
    if (!first) return [];
    const message: Message = {
      id: first.id,
      role: first.type === "user_message" ? "user" : "assistant",
      items: members,
      streaming: members.some((item) => pending.has(item.id)),
    };
    const old = known.get(message.id);
    return [old && same(old, message) ? old : message];
  });
}

function same(a: Message, b: Message): boolean {
  return (
    a.streaming === b.streaming &&
    a.items.length === b.items.length &&
    a.items.every((item, i) => item === b.items[i])
  );
}

/** A message in the shape the chat library renders. */
export function convert(message: Message, running = false): ThreadMessage {
  const like: ThreadMessageLike = {
    role: message.role,
    content: message.items.flatMap((item) => parts(item, message.streaming)),
    createdAt: new Date(message.items[0]?.created_at ?? 0),
    metadata: { custom: { ...custom(message) } },
  };
  const status = running
    ? ({ type: "running" } as const)
    : ({ type: "complete", reason: "unknown" } as const);
  return fromThreadMessageLike(like, message.id, status);
}

function custom({ role, items }: Message): Custom {
  const [first] = items;
  if (first?.type === "user_message") return { sent: first };
  if (role !== "assistant") return {};
  const calls = callsOf(items);
  return { answers: items.map(({ id }) => id), ...(calls && { calls }) };
}

function callsOf(items: readonly Item[]): Calls | undefined {
  const begin = items.findIndex(({ type }) => type === "workflow");
  const [first, last] = [items[begin], items.at(-1)];
  if (!first || !last) return;
  return { first: first.id, count: items.length - begin, from: first.created_at, until: last.created_at };
}

/** A message of the person in words: what is said to the server is not what is copied or read aloud. */
export function wordsOf({ content }: UserMessage): string {
  return content.map(({ type, text = "" }) => (type === "input_tag" ? `@${text}` : text)).join("");
}

/** An answer in words, with what its cards show: what is copied and read aloud. */
export function wordsOfAnswer(content: readonly { type: string }[]): string {
  return (content as readonly Part[])
    .map((part) => {
      if (part.type === "text") return part.text;
      if (part.type !== "tool-call" || part.toolName !== WIDGET) return "";
      return (part.args as { words?: string } | undefined)?.words ?? "";
    })
    .filter((words) => words !== "")
    .join("\n\n");
}

type Part = Exclude<ThreadMessageLike["content"], string>[number];

export type TaskStatus = "running" | "complete" | "failed" | "interrupted";

/** A workflow as its renderer gets it. */
export interface WorkflowView {
  tasks: { title: string; status: TaskStatus; content?: string }[];
  summary?: string;
}

export function isRunning({ tasks }: WorkflowView): boolean {
  return tasks.some((task) => task.status === "running");
}

function parts(item: Item, streaming: boolean): Part[] {
  switch (item.type) {
    case "user_message":
      return [{ type: "text", text: wordsOf(item) }];
    case "assistant_message":
      return item.content.map(({ text }) => ({ type: "text", text }));
    // The tools run on the server, so the library is told each call is over, and the view carries the states.
    case "workflow":
      if (isSeen(item)) return [];
      return [call(WORKFLOW, item.id, { ...view(item, streaming) })];
    case "task":
      return [call(UNFINISHED, item.id, { text: item.task.title ?? "" })];
    case "widget":
      return [call(WIDGET, item.id, { item, words: item.copy_text ?? textOf(item.widget) })];
    case "structured_input":
      return [call(INPUT, item.id, { item })];
    case "end_of_turn":
      return [];
  }
}

/** The server's pictures of showing a list and of asking something. */
const SEEN = new Set(["notebook", "circle-question"]);

/** What a card or a question beside it tells better: that it is shown, or that it is asked. */
function isSeen({ workflow: { tasks } }: Workflow): boolean {
  return tasks.length > 0 && tasks.every(({ icon }) => icon !== undefined && SEEN.has(icon));
}

function call(toolName: string, toolCallId: string, args: object): Part {
  return { type: "tool-call", toolCallId, toolName, args: args as never, result: null };
}

function view({ workflow }: Workflow, streaming: boolean): WorkflowView {
  const { tasks, summary } = workflow;
  return {
    tasks: tasks.map((task) => taskView(task, streaming)),
    ...summaryOf(summary),
  };
}

function taskView(task: WorkflowTask, streaming: boolean): WorkflowView["tasks"][number] {
  return {
    title: task.title ?? "Working",
    status: statusOf(task, streaming),
    ...(task.content && { content: task.content }),
  };
}

function summaryOf(summary: Workflow["workflow"]["summary"]): { summary?: string } {
  if (summary?.title) return { summary: summary.title };
  if (summary?.duration === undefined) return {};
  return { summary: `Worked for ${summary.duration} ${summary.duration === 1 ? "second" : "seconds"}` };
}

function statusOf({ status_indicator, icon }: WorkflowTask, streaming: boolean): TaskStatus {
  if (status_indicator === "loading") return streaming ? "running" : "interrupted";
  // The protocol has no word for failure; the server says it with this icon and in the title.
  return icon === "info" ? "failed" : "complete";
}
