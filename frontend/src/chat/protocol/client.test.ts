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

const asking = { key: "key-1" };
const say = (text: string) => ({ type: "input_text" as const, text });

describe("a turn", () => {
  it("yields the server's events, however the bytes are cut", async () => {
    for (const size of [1, 7, 4096]) {
      const { client } = serve(eventStream(ADD_MILK, { size }));
      expect(await all(client.create([say("add milk")], asking))).toEqual(ADD_MILK);
    }
  });

  it("posts the operations of the protocol, each under its key", async () => {
    const { client, fetch, sent } = serve(...Array.from({ length: 6 }, () => eventStream([])));
    const action = { type: "task.sort", payload: { by: "title" }, handler: "server" as const };
    await all(client.create([say("a")], { key: "1" }));
    await all(client.addMessage("thr_1", [say("b")], { key: "2" }));
    await all(client.retry("thr_1", "msg_1", { key: "3" }));
    await all(client.act("thr_1", "msg_2", action, { key: "4" }));
    await all(client.answerInput("thr_1", "msg_3", { q1: { values: ["No"], skipped: false } }, { key: "5" }));
    await all(client.answerInput("thr_1", "msg_3", null, { key: "6" }));
    const input = (text: string) => ({
      content: [{ type: "input_text", text }],
      attachments: [],
      quoted_text: "",
      inference_options: {},
    });
    const thread_id = "thr_1";
    expect(sent()).toEqual([
      { type: "threads.create", params: { input: input("a") } },
      { type: "threads.add_user_message", params: { thread_id, input: input("b") } },
      { type: "threads.retry_after_item", params: { thread_id, item_id: "msg_1" } },
      {
        type: "threads.custom_action",
        params: { thread_id, item_id: "msg_2", action: { type: "task.sort", payload: { by: "title" } } },
      },
      {
        type: "threads.add_structured_input",
        params: {
          thread_id,
          item_id: "msg_3",
          input: { status: "answered", answers: { q1: { values: ["No"], skipped: false } } },
        },
      },
      {
        type: "threads.add_structured_input",
        params: { thread_id, item_id: "msg_3", input: { status: "skipped", answers: {} } },
      },
    ]);
    expect(fetch.mock.calls[0]?.[0]).toBe("/api/chatkit");
    expect(fetch.mock.calls.map(([, init]) => new Headers(init.headers).get("idempotency-key"))).toEqual([
      ..."123456",
    ]);
    expect(fetch.mock.calls[0]?.[1].headers).toMatchObject({ accept: "text/event-stream" });
  });

  it("skips frames that are not events", async () => {
    const body = `data: nonsense\n\ndata: 7\n\ndata: null\n\n${frames(ADD_MILK.slice(0, 1))}`;
    const { client } = serve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    expect(await all(client.create([say("x")], asking))).toEqual(ADD_MILK.slice(0, 1));
  });

  it("fails after the events that arrived when the connection is cut", async () => {
    const { client } = serve(eventStream(ADD_MILK.slice(0, 3), { broken: true }));
    const seen: StreamEvent[] = [];
    await expect(async () => {
      for await (const event of client.create([say("x")], asking)) seen.push(event);
    }).rejects.toThrow();
    expect(seen).toEqual(ADD_MILK.slice(0, 3));
  });

  it("refuses an answer that is not an event stream", async () => {
    const { client } = serve(new Response("<html>", { headers: { "content-type": "text/html" } }));
    expect((await failure(all(client.create([say("x")], asking)))).message).toMatch(/does not understand/);
  });
});

describe("failures", () => {
  it("carry the server's own sentence", async () => {
    const { client } = serve(json({ message: "No such conversation." }, 404));
    expect(await failure(client.thread("thr_9"))).toMatchObject({
      message: "No such conversation.",
      status: 404,
    });
  });

  it("read the sentence of a problem document too", async () => {
    const { client } = serve(json({ title: "Conflict", detail: "Still answering." }, 409));
    expect((await failure(all(client.addMessage("thr_1", [say("x")], asking)))).message).toBe(
      "Still answering.",
    );
  });

  it("say when to come back", async () => {
    const { client } = serve(
      json({ message: "Thirty messages a minute are the limit." }, 429, { "retry-after": "7" }),
      json({}, 429, { "retry-after": new Date(Date.now() + 90_000).toUTCString() }),
      json({}, 429, { "retry-after": "soon" }),
    );
    expect(await failure(client.list())).toMatchObject({
      message: "Thirty messages a minute are the limit.",
      retryAfter: 7,
    });
    const later = await failure(client.list());
    expect(later.message).toContain("Too many messages");
    expect(later.retryAfter).toBeGreaterThan(80);
    expect((await failure(client.list())).retryAfter).toBeNull();
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

describe("reading a conversation", () => {
  it("asks for what it is called, and for its items from the newest on", async () => {
    const thread = { id: "thr_1", title: "Milk", created_at: "2026-11-20T10:00:00Z" };
    const page = { data: [answer("msg_2", "b"), userMessage("msg_1", "a")], has_more: true };
    const { client, sent } = serve(
      json({ ...thread, items: { data: [], has_more: true } }),
      json(page),
      json(page),
    );
    expect(await client.thread("thr_1")).toEqual(thread);
    expect(await client.items("thr_1")).toEqual(page);
    await client.items("thr_1", "msg_1");
    expect(sent().slice(1)).toEqual([
      { type: "items.list", params: { thread_id: "thr_1", limit: 50, order: "desc" } },
      { type: "items.list", params: { thread_id: "thr_1", limit: 50, order: "desc", after: "msg_1" } },
    ]);
  });

  it("follows the turn that runs in it, if one does", async () => {
    const { client, fetch } = serve(eventStream(ADD_MILK), new Response(null, { status: 204 }));
    const turn = await client.follow("thr_12");
    expect(fetch.mock.calls[0]?.[0]).toBe("/api/me/conversations/12/turn");
    expect(turn && (await all(turn))).toEqual(ADD_MILK);
    expect(await client.follow("thr_12")).toBeNull();
  });
});

describe("what is answered at once", () => {
  it("brings the changed widget", async () => {
    const updated_item = answer("msg_2", "b");
    const { client, sent } = serve(json({ updated_item }), json({}));
    const action = { type: "task.complete", payload: { task_id: 7 }, streaming: false };
    expect(await client.actAtOnce("thr_1", "msg_2", action, asking)).toEqual({ updated_item });
    await client.rate("thr_1", ["wf_1", "msg_2"], "positive");
    expect(sent()).toEqual([
      {
        type: "threads.sync_custom_action",
        params: {
          thread_id: "thr_1",
          item_id: "msg_2",
          action: { type: "task.complete", payload: { task_id: 7 } },
        },
      },
      {
        type: "items.feedback",
        params: { thread_id: "thr_1", item_ids: ["wf_1", "msg_2"], kind: "positive" },
      },
    ]);
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
