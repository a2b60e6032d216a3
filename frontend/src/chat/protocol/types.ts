/**
 * The part of the ChatKit protocol this application speaks. Ids are opaque. Everything the server may add later
 * arrives as `Unknown…` and is ignored, so an older page keeps working with a newer server.
 */

import type { WidgetAction, WidgetNode } from "./widgets";

/** A part of what a person says. A tag names something the server knows: here, one of the person's tasks. */
export type UserContent =
  | { type: "input_text"; text: string }
  | { type: "input_tag"; id: string; text: string; data: Record<string, unknown> };

export interface UserInput {
  content: UserContent[];
  attachments: never[];
  quoted_text: string;
  inference_options: Record<string, never>;
}

export interface OutputText {
  type: "output_text";
  text: string;
  annotations: unknown[];
}

interface ItemBase {
  id: string;
  thread_id: string;
  created_at: string;
}

export interface UserMessage extends ItemBase {
  type: "user_message";
  content: { type: string; id?: string; text?: string }[];
  quoted_text?: string;
}

export interface AssistantMessage extends ItemBase {
  type: "assistant_message";
  content: OutputText[];
}

export interface WorkflowTask {
  type: string;
  title?: string;
  icon?: string;
  content?: string;
  status_indicator?: "none" | "loading" | "complete";
}

export interface WorkflowSummary {
  title?: string;
  icon?: string;
  duration?: number;
}

/** One turn's tool calls: a list of tasks that complete one after another. */
export interface Workflow extends ItemBase {
  type: "workflow";
  workflow: { type: string; tasks: WorkflowTask[]; summary?: WorkflowSummary; expanded?: boolean };
}

/** A line outside of a workflow: the server says with one that the answer before it did not come to its end. */
export interface TaskItem extends ItemBase {
  type: "task";
  task: WorkflowTask;
}

export interface Widget extends ItemBase {
  type: "widget";
  widget: WidgetNode;
  /** The same in words. */
  copy_text?: string;
}

export interface InputAnswer {
  values: string[];
  skipped: boolean;
}

export interface Question {
  id: string;
  question: string;
  type: "multiple_choice" | "freeform";
  options?: { value: string }[];
  multiple?: boolean;
  description?: string;
  answer?: InputAnswer;
}

/** Questions the assistant waits for an answer to. */
export interface StructuredInput extends ItemBase {
  type: "structured_input";
  status: "pending" | "answered" | "skipped";
  inputs: Question[];
}

/** Nothing to look at: what follows is a turn of its own. */
export interface EndOfTurn extends ItemBase {
  type: "end_of_turn";
}

export type Item =
  | UserMessage
  | AssistantMessage
  | Workflow
  | TaskItem
  | Widget
  | StructuredInput
  | EndOfTurn;

export interface Page<T> {
  data: T[];
  has_more: boolean;
  after?: string;
}

export interface ThreadStatus {
  type: "active" | "locked" | "closed";
  reason?: string;
}

export interface ThreadInfo {
  id: string;
  title?: string;
  created_at: string;
  status?: ThreadStatus;
}

export interface Thread extends ThreadInfo {
  items: Page<Item>;
}

export type ItemUpdate =
  | {
      type: "assistant_message.content_part.added" | "assistant_message.content_part.done";
      content_index: number;
      content: OutputText;
    }
  | { type: "assistant_message.content_part.text_delta"; content_index: number; delta: string }
  | {
      type: "assistant_message.content_part.annotation_added";
      content_index: number;
      annotation_index: number;
      annotation: unknown;
    }
  | { type: "workflow.task.added" | "workflow.task.updated"; task_index: number; task: WorkflowTask }
  | { type: "widget.root.updated"; widget: WidgetNode }
  | { type: "widget.component.updated"; component_id: string; component: WidgetNode }
  | { type: "widget.streaming_text.value_delta"; component_id: string; delta: string; done: boolean };

export type StreamEvent =
  | { type: "thread.created" | "thread.updated"; thread: ThreadInfo }
  | { type: "thread.item.added" | "thread.item.done" | "thread.item.replaced"; item: Item }
  | { type: "thread.item.updated"; item_id: string; update: ItemUpdate }
  | { type: "thread.item.removed"; item_id: string }
  | { type: "stream_options"; stream_options: { allow_cancel: boolean } }
  | { type: "progress_update"; text: string; icon?: string }
  | { type: "notice"; level: string; message: string; title?: string }
  | { type: "client_effect"; name: string; data?: Record<string, unknown> }
  | { type: "error"; code?: string; message?: string; allow_retry?: boolean };

export type Rating = "positive" | "negative";

/** Every request, with the `params` that belong to its `type`. */
export type ChatRequest =
  | { type: "threads.create"; params: { input: UserInput } }
  | { type: "threads.add_user_message"; params: { thread_id: string; input: UserInput } }
  | { type: "threads.retry_after_item"; params: { thread_id: string; item_id: string } }
  | {
      type: "threads.custom_action" | "threads.sync_custom_action";
      params: { thread_id: string; item_id: string; action: Pick<WidgetAction, "type" | "payload"> };
    }
  | {
      type: "threads.add_structured_input";
      params: {
        thread_id: string;
        item_id: string;
        input: { status: "answered" | "skipped"; answers: Record<string, InputAnswer> };
      };
    }
  | { type: "items.feedback"; params: { thread_id: string; item_ids: string[]; kind: Rating } }
  | { type: "threads.get_by_id"; params: { thread_id: string } }
  | { type: "threads.list"; params: { limit: number; order: "asc" | "desc"; after?: string } }
  | {
      type: "items.list";
      params: { thread_id: string; limit: number; order: "asc" | "desc"; after?: string };
    }
  | { type: "threads.update"; params: { thread_id: string; title: string } }
  | { type: "threads.delete"; params: { thread_id: string } };
