import { readEvents } from "@/lib/api/event-stream";
import { SignedOutError } from "@/lib/api/token";
import { ChatError, fromResponse, isAbort, unreachable } from "./errors";
import type {
  ChatRequest,
  InputAnswer,
  Item,
  Page,
  Rating,
  StreamEvent,
  Thread,
  ThreadInfo,
  UserContent,
  UserInput,
} from "./types";
import type { WidgetAction } from "./widgets";

export const CHAT_URL = "/api/chatkit";

/** How many items are read at once. */
export const PAGE = 50;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;
export type Turn = AsyncGenerator<StreamEvent>;

/** How a turn is asked for. The key stands for what the person wants: sent again, it is not done again. */
export interface Asking {
  key: string;
  signal?: AbortSignal;
}

export type ChatClient = ReturnType<typeof createChatClient>;

/** Speaks the chat protocol through the given `fetch`, which is expected to add the caller's credentials. */
export function createChatClient(fetch: Fetch, url: string = CHAT_URL) {
  async function ask(address: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(address, init);
    } catch (error) {
      if (isAbort(error) || error instanceof ChatError) throw error;
      if (error instanceof SignedOutError) throw new ChatError(error.message, 401);
      throw unreachable();
    }
    if (!response.ok) throw await fromResponse(response);
    return response;
  }

  function post(request: ChatRequest, accept: string, { key, signal }: Partial<Asking>): Promise<Response> {
    return ask(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept,
        // The assistant has to know what “tomorrow” means here.
        "x-timezone": timeZone(),
        ...(key && { "idempotency-key": key }),
      },
      body: JSON.stringify(request),
      ...(signal && { signal }),
    });
  }

  async function call<T>(request: ChatRequest, asking: Partial<Asking> = {}): Promise<T> {
    const response = await post(request, "application/json", asking);
    return (await response.json()) as T;
  }

  async function* stream(request: ChatRequest, asking: Asking): Turn {
    yield* events(await post(request, "text/event-stream", asking));
  }

  return {
    create: (content: UserContent[], asking: Asking): Turn =>
      stream({ type: "threads.create", params: { input: input(content) } }, asking),

    addMessage: (thread_id: string, content: UserContent[], asking: Asking): Turn =>
      stream({ type: "threads.add_user_message", params: { thread_id, input: input(content) } }, asking),

    /** Answers a user message again; the server forgets what came after it. */
    retry: (thread_id: string, item_id: string, asking: Asking): Turn =>
      stream({ type: "threads.retry_after_item", params: { thread_id, item_id } }, asking),

    /** Answers the assistant's questions; none of them, when there are no answers. */
    answerInput: (
      thread_id: string,
      item_id: string,
      answers: Record<string, InputAnswer> | null,
      asking: Asking,
    ): Turn =>
      stream(
        {
          type: "threads.add_structured_input",
          params: {
            thread_id,
            item_id,
            input: { status: answers ? "answered" : "skipped", answers: answers ?? {} },
          },
        },
        asking,
      ),

    /** An action that is a turn. */
    act: (thread_id: string, item_id: string, { type, payload }: WidgetAction, asking: Asking): Turn =>
      stream(
        { type: "threads.custom_action", params: { thread_id, item_id, action: { type, payload } } },
        asking,
      ),

    /** An action that changes the widget it belongs to, also while a turn runs. */
    actAtOnce: (
      thread_id: string,
      item_id: string,
      { type, payload }: WidgetAction,
      asking: Asking,
    ): Promise<{ updated_item?: Item }> =>
      call(
        { type: "threads.sync_custom_action", params: { thread_id, item_id, action: { type, payload } } },
        asking,
      ),

    /** The turn that runs in a thread, whoever asked for it; null when none does. Leaving it stops nothing. */
    async follow(thread_id: string, signal?: AbortSignal): Promise<Turn | null> {
      const response = await ask(`/api/me/conversations/${numberOf(thread_id)}/turn`, {
        headers: { accept: "text/event-stream" },
        cache: "no-store",
        ...(signal && { signal }),
      });
      if (response.status === 204) return null;
      return events(response);
    },

    rate: (thread_id: string, item_ids: string[], kind: Rating): Promise<unknown> =>
      call({ type: "items.feedback", params: { thread_id, item_ids, kind } }),

    /** What a thread is called, and whether anything may be said in it. */
    async thread(thread_id: string): Promise<ThreadInfo> {
      const { items: _, ...thread }: Thread = await call({
        type: "threads.get_by_id",
        params: { thread_id },
      });
      return thread;
    },

    /** The newest items, or the ones before a known one; the newest comes first. */
    items: (thread_id: string, before?: string): Promise<Page<Item>> =>
      call({
        type: "items.list",
        params: { thread_id, limit: PAGE, order: "desc", ...(before && { after: before }) },
      }),

    /** Threads, newest first, one page at a time. */
    list: (after?: string): Promise<Page<ThreadInfo>> =>
      call({ type: "threads.list", params: { limit: 30, order: "desc", ...(after && { after }) } }),

    rename: (thread_id: string, title: string): Promise<ThreadInfo> =>
      call({ type: "threads.update", params: { thread_id, title } }),

    remove: (thread_id: string): Promise<unknown> => call({ type: "threads.delete", params: { thread_id } }),
  };
}

const UNEXPECTED = "The chat answered in a way this page does not understand. Reload and try again.";

const THREAD = "thr_";

/** What the rest of the API calls a thread or an item. */
export function numberOf(id: string): number {
  return Number(id.slice(id.indexOf("_") + 1));
}

/** The thread of a conversation that the rest of the API names. */
export function threadOf(conversation: number): string {
  return `${THREAD}${conversation}`;
}

async function* events(response: Response): Turn {
  if (!response.body || !isEventStream(response)) throw new ChatError(UNEXPECTED, response.status);
  for await (const frame of readEvents(response.body)) {
    const event = frame.type === "message" ? parse(frame.data) : null;
    if (event) yield event;
  }
}

function input(content: UserContent[]): UserInput {
  return { content, attachments: [], quoted_text: "", inference_options: {} };
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
