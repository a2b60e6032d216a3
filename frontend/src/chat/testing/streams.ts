import type {
  AssistantMessage,
  Item,
  Question,
  StreamEvent,
  StructuredInput,
  UserMessage,
  Widget,
  Workflow,
} from "../protocol/types";
import type { WidgetNode } from "../protocol/widgets";

const AT = "2026-11-20T10:00:00Z";

export function userMessage(id: string, text: string, thread_id = "thr_1"): UserMessage {
  return { type: "user_message", id, thread_id, created_at: AT, content: [{ type: "input_text", text }] };
}

export function answer(id: string, text: string, thread_id = "thr_1"): AssistantMessage {
  return {
    type: "assistant_message",
    id,
    thread_id,
    created_at: AT,
    content: text ? [{ type: "output_text", text, annotations: [] }] : [],
  };
}

export function workflow(id: string, running: boolean, summary?: string): Workflow {
  return {
    type: "workflow",
    id,
    thread_id: "thr_1",
    created_at: AT,
    workflow: {
      type: "custom",
      expanded: false,
      tasks: [
        {
          type: "custom",
          title: running ? "Adding “Milk”" : "Added “Milk”",
          icon: "write",
          status_indicator: running ? "loading" : "complete",
        },
      ],
      ...(summary && { summary: { title: summary, icon: "check" } }),
    },
  };
}

/** A list of tasks as the server shows it. */
export function taskList(id: string, ...tasks: { id: number; title: string; done?: boolean }[]): Widget {
  const button = (iconStart: string, type: string, task_id: number): WidgetNode => ({
    type: "Button",
    iconStart,
    variant: "ghost",
    onClickAction: {
      type,
      payload: { task_id },
      handler: "server",
      loadingBehavior: "self",
      streaming: false,
    },
  });
  return {
    type: "widget",
    id,
    thread_id: "thr_1",
    created_at: AT,
    copy_text: tasks.map((task) => `#${task.id} ${task.title}`).join("\n"),
    widget: {
      type: "ListView",
      status: { text: `${tasks.length} tasks`, icon: "notebook" },
      children: tasks.map((task) => ({
        type: "ListViewItem",
        key: String(task.id),
        children: [
          task.done
            ? button("check-circle-filled", "task.reopen", task.id)
            : button("empty-circle", "task.complete", task.id),
          { type: "Text", value: task.title, ...(task.done && { lineThrough: true, color: "secondary" }) },
          { type: "Spacer" },
          { ...button("lucide:trash-2", "task.delete", task.id), color: "danger" },
        ],
      })),
    },
  };
}

export function question(
  id: string,
  status: StructuredInput["status"] = "pending",
  answer?: Question["answer"],
): StructuredInput {
  return {
    type: "structured_input",
    id,
    thread_id: "thr_1",
    created_at: AT,
    status,
    inputs: [
      {
        id: "q1",
        type: "multiple_choice",
        question: "Which one should I mark as done?",
        options: [{ value: "#7 Buy milk" }, { value: "#8 Return the milk bottles" }],
        multiple: false,
        ...(answer && { answer }),
      },
    ],
  };
}

/** Everything a server sends for “add milk” in a new conversation. */
export const ADD_MILK: StreamEvent[] = [
  { type: "thread.created", thread: { id: "thr_1", created_at: AT } },
  { type: "thread.item.done", item: userMessage("msg_1", "add milk") },
  { type: "stream_options", stream_options: { allow_cancel: true } },
  { type: "progress_update", text: "Thinking…", icon: "sparkle" },
  { type: "thread.item.added", item: workflow("wf_2", true) },
  {
    type: "thread.item.updated",
    item_id: "wf_2",
    update: {
      type: "workflow.task.updated",
      task_index: 0,
      task: { type: "custom", title: "Added “Milk”", icon: "write", status_indicator: "complete" },
    },
  },
  { type: "thread.item.done", item: workflow("wf_2", false, "Added 1 task") },
  { type: "client_effect", name: "tasks_changed", data: { ids: [7] } },
  { type: "thread.item.added", item: answer("msg_3", "") },
  {
    type: "thread.item.updated",
    item_id: "msg_3",
    update: {
      type: "assistant_message.content_part.added",
      content_index: 0,
      content: { type: "output_text", text: "", annotations: [] },
    },
  },
  ...["Added ", "**Milk** ", "🥛."].map(delta),
  { type: "thread.item.done", item: answer("msg_3", "Added **Milk** 🥛.") },
  { type: "thread.updated", thread: { id: "thr_1", created_at: AT, title: "Add milk" } },
];

/** The items of `ADD_MILK` once it is over. */
export const ADD_MILK_ITEMS: Item[] = [
  userMessage("msg_1", "add milk"),
  workflow("wf_2", false, "Added 1 task"),
  answer("msg_3", "Added **Milk** 🥛."),
];

export function delta(text: string): StreamEvent {
  return {
    type: "thread.item.updated",
    item_id: "msg_3",
    update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text },
  };
}

export function frames(events: readonly unknown[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
}

/** A response body that arrives in pieces of `size` bytes, and then ends or breaks. */
export function bytes(text: string, size = 1024, broken = false): ReadableStream<Uint8Array> {
  const all = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < all.length) {
        controller.enqueue(all.slice(at, at + size));
        at += size;
      } else if (broken) controller.error(new TypeError("network error"));
      else controller.close();
    },
  });
}

export function eventStream(events: readonly unknown[], { size = 1024, broken = false } = {}): Response {
  return new Response(bytes(frames(events), size, broken), {
    headers: { "content-type": "text/event-stream" },
  });
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
