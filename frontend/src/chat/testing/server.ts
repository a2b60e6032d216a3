import { type ChatClient, createChatClient } from "../protocol/client";
import type { ChatRequest, Item, StreamEvent } from "../protocol/types";
import { json } from "./streams";

type Answer = Response | Error | Promise<Response>;

/** What was asked of the server, in order. `turn` is the question for the turn that runs. */
export interface Asked {
  type: ChatRequest["type"] | "turn";
  key: string | null;
  params: Record<string, unknown>;
}

/**
 * A server that answers each kind of request with what it was told to, one after the other; without anything left it
 * cannot be reached. Nothing runs in it unless told so.
 */
export class FakeServer {
  readonly asked: Asked[] = [];
  readonly client: ChatClient;
  #answers = new Map<Asked["type"], Answer[]>([["turn", []]]);

  constructor() {
    this.client = createChatClient(async (url, init) => {
      const type = url.endsWith("/turn") ? "turn" : undefined;
      const { params = {}, ...request } = type ? { type } : JSON.parse(String(init.body));
      this.asked.push({ type: request.type, key: new Headers(init.headers).get("idempotency-key"), params });
      const next = this.#answers.get(request.type)?.shift();
      if (!next && type) return new Response(null, { status: 204 });
      if (!next || next instanceof Error) throw next ?? new TypeError("Failed to fetch");
      return next;
    });
  }

  on(type: Asked["type"], ...answers: Answer[]): this {
    this.#answers.set(type, [...(this.#answers.get(type) ?? []), ...answers]);
    return this;
  }

  /** A conversation as it is read from now on, once; `newest` is one page of it, oldest first. */
  stores(newest: readonly Item[], has_more = false, thread: object = {}): this {
    const info = { id: "thr_1", title: "Milk", created_at: "x", items: { data: [], has_more: false } };
    this.on("threads.get_by_id", json({ ...info, ...thread }));
    return this.on("items.list", json({ data: [...newest].reverse(), has_more }));
  }

  types(): string[] {
    return this.asked.map(({ type }) => type);
  }
}

/** A stream that goes on as the test says. */
export function liveStream() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
  });
  return {
    response: new Response(body, { headers: { "content-type": "text/event-stream" } }),
    send: (...events: StreamEvent[]) => {
      const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
      controller.enqueue(new TextEncoder().encode(text));
    },
    end: () => controller.close(),
    break: () => controller.error(new TypeError("network error")),
  };
}
