/**
 * The part of the ChatKit protocol this application speaks. Ids are opaque. Everything the server may add later
 * arrives as `Unknown…` and is ignored, so an older page keeps working with a newer server.
 */

export interface TextInput {
  type: "input_text";
  text: string;
}

export interface UserInput {
  content: TextInput[];
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
  content: { type: string; text?: string }[];
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

export type Item = UserMessage | AssistantMessage | Workflow;

export interface Page<T> {
  data: T[];
  has_more: boolean;
  after?: string;
}

export interface ThreadInfo {
  id: string;
  title?: string;
  created_at: string;
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
  | { type: "workflow.task.added" | "workflow.task.updated"; task_index: number; task: WorkflowTask };

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

/** Every request, with the `params` that belong to its `type`. */
export type ChatRequest =
  | { type: "threads.create"; params: { input: UserInput } }
  | { type: "threads.add_user_message"; params: { thread_id: string; input: UserInput } }
  | { type: "threads.retry_after_item"; params: { thread_id: string; item_id: string } }
  | { type: "threads.get_by_id"; params: { thread_id: string } }
  | { type: "threads.list"; params: { limit: number; order: "asc" | "desc"; after?: string } }
  | {
      type: "items.list";
      params: { thread_id: string; limit: number; order: "asc" | "desc"; after?: string };
    }
  | { type: "threads.update"; params: { thread_id: string; title: string } }
  | { type: "threads.delete"; params: { thread_id: string } };
