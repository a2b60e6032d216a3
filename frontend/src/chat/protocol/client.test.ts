import { describe, expect, it, vi } from "vitest";
import { ADD_MILK, answer, eventStream, frames, json, userMessage } from "../testing/streams";
import { createChatClient } from "./client";
import { ChatError } from "./errors";
import type { StreamEvent } from "./types";

function serve(...responses: Response[]) {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => {
    const next = responses.shift();
    if (!next) throw new TypeError("Failed to fetch");
    return next;
  });
  const sent = () => fetch.mock.calls.map(([, init]) => JSON.parse(String(init.body)));
  return { client: createChatClient(fetch), fetch, sent };
}

async function all(turn: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of turn) events.push(event);
  return events;
}

async function failure(promise: Promise<unknown>): Promise<ChatError> {
  const error: unknown = await promise.catch((cause: unknown) => cause);
  if (!(error instanceof ChatError)) throw new Error(`expected a ChatError, got ${String(error)}`);
  return error;
}

describe("a turn", () => {
  it("yields the server's events, however the bytes are cut", async () => {
    for (const size of [1, 7, 4096]) {
      const { client } = serve(eventStream(ADD_MILK, { size }));
      expect(await all(client.create("add milk"))).toEqual(ADD_MILK);
    }
  });

  it("posts the operations of the protocol", async () => {
    const { client, fetch, sent } = serve(eventStream([]), eventStream([]), eventStream([]));
    await all(client.create("a"));
    await all(client.addMessage("thr_1", "b"));
    await all(client.retry("thr_1", "msg_1"));
    const input = (text: string) => ({
      content: [{ type: "input_text", text }],
      attachments: [],
      quoted_text: "",
      inference_options: {},
    });
    expect(sent()).toEqual([
      { type: "threads.create", params: { input: input("a") } },
      { type: "threads.add_user_message", params: { thread_id: "thr_1", input: input("b") } },
      { type: "threads.retry_after_item", params: { thread_id: "thr_1", item_id: "msg_1" } },
    ]);
    expect(fetch.mock.calls[0]?.[0]).toBe("/api/chatkit");
    expect(fetch.mock.calls[0]?.[1].headers).toMatchObject({ accept: "text/event-stream" });
  });

  it("skips frames that are not events", async () => {
    const body = `data: nonsense\n\ndata: 7\n\ndata: null\n\n${frames(ADD_MILK.slice(0, 1))}`;
    const { client } = serve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    expect(await all(client.create("x"))).toEqual(ADD_MILK.slice(0, 1));
  });

  it("fails after the events that arrived when the connection is cut", async () => {
    const { client } = serve(eventStream(ADD_MILK.slice(0, 3), { broken: true }));
    const seen: StreamEvent[] = [];
    await expect(async () => {
      for await (const event of client.create("x")) seen.push(event);
    }).rejects.toThrow();
    expect(seen).toEqual(ADD_MILK.slice(0, 3));
  });

  it("refuses an answer that is not an event stream", async () => {
    const { client } = serve(new Response("<html>", { headers: { "content-type": "text/html" } }));
    expect((await failure(all(client.create("x")))).message).toMatch(/does not understand/);
  });
});

describe("failures", () => {
  it("carry the server's own sentence", async () => {
    const { client } = serve(json({ message: "No such conversation." }, 404));
    expect(await failure(client.get("thr_9"))).toMatchObject({
      message: "No such conversation.",
      status: 404,
    });
  });

  it("read the sentence of a problem document too", async () => {
    const { client } = serve(json({ title: "Conflict", detail: "Still answering." }, 409));
    expect((await failure(all(client.addMessage("thr_1", "x")))).message).toBe("Still answering.");
  });

  it("say when to come back", async () => {
    const { client } = serve(json({}, 429, { "retry-after": "7" }));
    expect((await failure(client.list())).message).toBe("Too many messages at once. Try again in 7 seconds.");
  });

  it("have words for a body that says nothing", async () => {
    const { client } = serve(new Response("<html>", { status: 502 }));
    expect(await failure(client.list())).toMatchObject({
      status: 502,
      message: expect.stringContaining("not available"),
    });
  });

  it("tell a server that cannot be reached from one that refuses", async () => {
    const { client } = serve();
    expect(await failure(client.list())).toMatchObject({
      status: 0,
      message: expect.stringContaining("cannot be reached"),
    });
  });
});

describe("get", () => {
  it("follows the pages until there are no more, and leaves out items it can't show", async () => {
    const thread = { id: "thr_1", title: "Milk", created_at: "2026-11-20T10:00:00Z" };
    const { client, sent } = serve(
      json({ ...thread, items: { data: [userMessage("msg_1", "a")], has_more: true } }),
      json({ data: [answer("msg_2", "b"), { id: "w_1", type: "widget" }], has_more: true }),
      json({ data: [userMessage("msg_3", "c")], has_more: false }),
    );
    const { items, thread: info } = await client.get("thr_1");
    expect(info).toEqual(thread);
    expect(items.map((item) => item.id)).toEqual(["msg_1", "msg_2", "msg_3"]);
    expect(sent().map(({ params }) => params.after)).toEqual([undefined, "msg_1", "w_1"]);
  });

  it("ends when a page is empty, whatever it claims", async () => {
    const { client } = serve(
      json({ id: "thr_1", created_at: "x", items: { data: [userMessage("m", "a")], has_more: true } }),
      json({ data: [], has_more: true }),
    );
    expect((await client.get("thr_1")).items).toHaveLength(1);
  });
});

describe("conversations", () => {
  it("are listed, renamed and deleted", async () => {
    const { client, sent } = serve(json({ data: [], has_more: false }), json({}), json({}));
    await client.list("thr_4");
    await client.rename("thr_1", "Groceries");
    await client.remove("thr_1");
    expect(sent()).toEqual([
      { type: "threads.list", params: { limit: 30, order: "desc", after: "thr_4" } },
      { type: "threads.update", params: { thread_id: "thr_1", title: "Groceries" } },
      { type: "threads.delete", params: { thread_id: "thr_1" } },
    ]);
  });
});
