import type { ThreadMessageLike } from "@assistant-ui/react";
import type { Item, Workflow, WorkflowTask } from "../protocol/types";

/** What the transcript shows as one bubble: a message of the person, or everything that answers it. */
export interface Message {
  id: string;
  role: "user" | "assistant";
  items: readonly Item[];
  /** Something of it is still being written. */
  streaming: boolean;
}

/** The part name under which a workflow reaches its renderer. */
export const WORKFLOW = "workflow";

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
    if (item.type !== "user_message" && last && last[0]?.type !== "user_message") {
      last.push(item);
    } else {
      last = [item];
      groups.push(last);
    }
  }
  return groups.flatMap((members, index) => {
    const [first] = members;
    if (!first) return [];
    const message: Message = {
      id: first.id,
      role: first.type === "user_message" ? "user" : "assistant",
      items: members,
      streaming: members.some((item) => pending.has(item.id)),
    };
    const old = before[index];
    return [old && same(old, message) ? old : message];
  });
}

function same(a: Message, b: Message): boolean {
  return (
    a.id === b.id &&
    a.streaming === b.streaming &&
    a.items.length === b.items.length &&
    a.items.every((item, i) => item === b.items[i])
  );
}

/** A message in the shape the chat library renders. */
export function convert(message: Message): ThreadMessageLike {
  return {
    id: message.id,
    role: message.role,
    content: message.items.flatMap((item) => parts(item, message.streaming)),
    createdAt: new Date(message.items[0]?.created_at ?? 0),
  };
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
      return [{ type: "text", text: item.content.map((part) => part.text ?? "").join("") }];
    case "assistant_message":
      return item.content.map(({ text }) => ({ type: "text", text }));
    case "workflow":
      // The tools run on the server, so the library is told the call is over and the view carries the states.
      return [
        {
          type: "tool-call",
          toolCallId: item.id,
          toolName: WORKFLOW,
          args: { ...view(item, streaming) },
          result: null,
        },
      ];
  }
}

function view({ workflow }: Workflow, streaming: boolean): WorkflowView {
  const { tasks, summary } = workflow;
  return {
    tasks: tasks.map((task) => ({
      title: task.title ?? "Working",
      status: statusOf(task, streaming),
      ...(task.content && { content: task.content }),
    })),
    ...(summary?.title && { summary: summary.title }),
  };
}

function statusOf({ status_indicator, icon }: WorkflowTask, streaming: boolean): TaskStatus {
  if (status_indicator === "loading") return streaming ? "running" : "interrupted";
  // The protocol has no word for failure; the server says it with this icon and in the title.
  return icon === "info" ? "failed" : "complete";
}
