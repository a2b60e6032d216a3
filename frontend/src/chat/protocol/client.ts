import { readEvents } from "@/lib/api/event-stream";
import { ChatError, fromResponse, isAbort, unreachable } from "./errors";
import { isKnown } from "./reducer";
import type { ChatRequest, Item, Page, StreamEvent, Thread, ThreadInfo, UserInput } from "./types";

export const CHAT_URL = "/api/chatkit";

const PAGE = 100;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;
type Turn = AsyncGenerator<StreamEvent>;

export type ChatClient = ReturnType<typeof createChatClient>;

/** Speaks the chat protocol through the given `fetch`, which is expected to add the caller's credentials. */
export function createChatClient(fetch: Fetch, url: string = CHAT_URL) {
  async function post(request: ChatRequest, accept: string, signal?: AbortSignal): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(url, {
        method: "POST",
        // The assistant has to know what “tomorrow” means here.
        headers: { "content-type": "application/json", accept, "x-timezone": timeZone() },
        body: JSON.stringify(request),
        ...(signal && { signal }),
      });
    } catch (error) {
      if (isAbort(error) || error instanceof ChatError) throw error;
      throw unreachable();
    }
    if (!response.ok) throw await fromResponse(response);
    return response;
  }

  async function call<T>(request: ChatRequest, signal?: AbortSignal): Promise<T> {
    const response = await post(request, "application/json", signal);
    return (await response.json()) as T;
  }

  async function* stream(request: ChatRequest, signal?: AbortSignal): Turn {
    const response = await post(request, "text/event-stream", signal);
    if (!response.body || !isEventStream(response)) throw new ChatError(UNEXPECTED, response.status);
    for await (const frame of readEvents(response.body)) {
      const event = frame.type === "message" ? parse(frame.data) : null;
      if (event) yield event;
    }
  }

  async function itemsAfter(thread_id: string, after: string | undefined): Promise<Item[]> {
    const items: Item[] = [];
    let cursor = after;
    for (;;) {
      const page: Page<Item> = await call({
        type: "items.list",
        params: { thread_id, limit: PAGE, order: "asc", ...(cursor && { after: cursor }) },
      });
      items.push(...page.data);
      const last = page.data.at(-1);
      if (!page.has_more || !last) return items;
      cursor = page.after ?? last.id;
    }
  }

  return {
    create: (text: string, signal?: AbortSignal): Turn =>
      stream({ type: "threads.create", params: { input: input(text) } }, signal),

    addMessage: (thread_id: string, text: string, signal?: AbortSignal): Turn =>
      stream({ type: "threads.add_user_message", params: { thread_id, input: input(text) } }, signal),

    /** Answers a user message again; the server forgets what came after it. */
    retry: (thread_id: string, item_id: string, signal?: AbortSignal): Turn =>
      stream({ type: "threads.retry_after_item", params: { thread_id, item_id } }, signal),

    /** A thread with all of its items, oldest first. */
    async get(thread_id: string): Promise<{ thread: ThreadInfo; items: Item[] }> {
      const { items: first, ...thread }: Thread = await call({
        type: "threads.get_by_id",
        params: { thread_id },
      });
      const rest = first.has_more ? await itemsAfter(thread_id, first.after ?? first.data.at(-1)?.id) : [];
      return { thread, items: [...first.data, ...rest].filter(isKnown) };
    },

    /** Threads, newest first, one page at a time. */
    list: (after?: string): Promise<Page<ThreadInfo>> =>
      call({ type: "threads.list", params: { limit: 30, order: "desc", ...(after && { after }) } }),

    rename: (thread_id: string, title: string): Promise<ThreadInfo> =>
      call({ type: "threads.update", params: { thread_id, title } }),

    remove: (thread_id: string): Promise<unknown> => call({ type: "threads.delete", params: { thread_id } }),
  };
}

const UNEXPECTED = "The chat answered in a way this page does not understand. Reload and try again.";

function input(text: string): UserInput {
  return {
    content: [{ type: "input_text", text }],
    attachments: [],
    quoted_text: "",
    inference_options: {},
  };
}

function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function isEventStream(response: Response): boolean {
  return (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
}

/** One frame as an event; anything that is not an object with a `type` is not ours to judge and is skipped. */
function parse(frame: string): StreamEvent | null {
  try {
    const value: unknown = JSON.parse(frame);
    return typeof value === "object" && value !== null && "type" in value ? (value as StreamEvent) : null;
  } catch {
    return null;
  }
}
