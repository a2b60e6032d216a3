import { describe, expect, it, vi } from "vitest";
import { createChatClient } from "../protocol/client";
import { CONNECTION_LOST } from "../protocol/errors";
import type { StreamEvent } from "../protocol/types";
import { FakeServer } from "../testing/server";
import { ADD_MILK, ADD_MILK_ITEMS, answer, eventStream, json, question, taskList } from "../testing/streams";
import type { Patience } from "./lasting";
import { ChatSession } from "./session";
import { UNCONFIRMED } from "./session-state";

const AT_ONCE: Patience = { wait: async () => {}, online: async () => {} };

function begin(server: FakeServer | Pick<FakeServer, "client">, threadId: string | null = null) {
  const events = {
    onThreadCreated: vi.fn(),
    onThreadChanged: vi.fn(),
    onTasksChanged: vi.fn(),
    onTurnEnd: vi.fn(),
  };
  return { session: new ChatSession(server.client, events, threadId, AT_ONCE), events };
}

/** A conversation that was opened and shows what the server stores. */
async function opened(server: FakeServer, items = ADD_MILK_ITEMS) {
  const { session, events } = begin(server.stores(items), "thr_1");
  await session.load();
  return { session, events };
}

const ids = (session: ChatSession) => session.snapshot().items.map((item) => item.id);

describe("sending", () => {
  it("shows the message at once and ends with what the server stored", async () => {
    const { session, events } = begin(new FakeServer().on("threads.create", eventStream(ADD_MILK)));
    const sending = session.send("add milk");
    expect(ids(session)).toEqual([UNCONFIRMED]);
    expect(session.snapshot().running).toBe(true);
    await sending;
    expect(session.snapshot()).toMatchObject({
      items: ADD_MILK_ITEMS,
      running: false,
      threadId: "thr_1",
      title: "Add milk",
      error: null,
      unsent: null,
    });
    expect(events.onThreadCreated).toHaveBeenCalledExactlyOnceWith("thr_1", session);
    expect(events.onThreadChanged).toHaveBeenLastCalledWith(expect.objectContaining({ title: "Add milk" }));
    expect(events.onTasksChanged).toHaveBeenCalledOnce();
    expect(events.onTurnEnd).toHaveBeenCalledOnce();
  });

  it.each<[string, () => Response | Error]>([
    ["the server can't be reached", () => new TypeError("Failed to fetch")],
    ["the conversation is closed", () => json({ message: "Closed." }, 409)],
    ["there were too many messages", () => json({}, 429)],
    [
      "the refusal comes inside the stream",
      () => eventStream([{ type: "error", message: "Still answering." }]),
    ],
    ["the stream ends before the message is confirmed", () => eventStream([])],
  ])("gives the text back when %s", async (_, refusal) => {
    const server = new FakeServer().on("threads.create", refusal(), refusal(), refusal());
    const { session } = begin(server);
    await session.send("add milk");
    expect(session.snapshot()).toMatchObject({ items: [], running: false, error: { retry: false } });
    expect(session.takeUnsent()).toBe("add milk");
    expect(session.takeUnsent()).toBeNull();
  });

  it("says when to send again what was too much", async () => {
    const { session } = begin(new FakeServer().on("threads.create", json({}, 429, { "retry-after": "20" })));
    await session.send("add milk");
    const { retryAt = 0 } = session.snapshot().error ?? {};
    expect(retryAt - Date.now()).toBeGreaterThan(15_000);
  });

  it("keeps the key of what was never confirmed, and takes another for other words", async () => {
    const server = new FakeServer().on("threads.create", json({}, 429), json({}, 429), json({}, 429));
    const { session } = begin(server);
    for (const text of ["add milk", "add milk", "add bread"]) await session.send(text);
    const [first, second, third] = server.asked.map(({ key }) => key);
    expect(first).toMatch(/^[\w-]{16,}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it("takes a new key for the same words said again", async () => {
    const server = new FakeServer()
      .on("threads.create", eventStream(ADD_MILK))
      .on("threads.add_user_message", eventStream(ADD_MILK.slice(1)));
    const { session } = begin(server);
    await session.send("add milk");
    await session.send("add milk");
    expect(new Set(server.asked.map(({ key }) => key)).size).toBe(2);
  });

  it("names the tasks that were picked for it", async () => {
    const server = new FakeServer().on("threads.create", eventStream(ADD_MILK));
    const { session } = begin(server);
    session.mentions = [{ id: 7, title: "Buy milk" }];
    await session.send("complete @Buy milk");
    expect(server.asked[0]?.params).toMatchObject({
      input: {
        content: [
          { type: "input_text", text: "complete " },
          { type: "input_tag", id: "7", text: "Buy milk", data: {} },
        ],
      },
    });
    expect(session.mentions).toEqual([]);
  });

  it("does nothing while an answer is running", async () => {
    const { session } = begin(new FakeServer().on("threads.create", eventStream(ADD_MILK)));
    const first = session.send("add milk");
    await session.send("and bread");
    await first;
    expect(session.snapshot().items).toEqual(ADD_MILK_ITEMS);
  });
});

describe("an answer that breaks off", () => {
  const cut = (broken = true) => eventStream(ADD_MILK.slice(0, 12), { broken });

  it.each([true, false])(
    "is picked up under the same key, and nothing is there twice (broken: %s)",
    async (broken) => {
      const server = new FakeServer()
        .on("threads.create", cut(broken), eventStream(ADD_MILK))
        .stores(ADD_MILK_ITEMS);
      const { session, events } = begin(server);
      const states: boolean[] = [];
      session.subscribe(() => states.push(session.snapshot().reconnecting));
      await session.send("add milk");
      expect(session.snapshot()).toMatchObject({ items: ADD_MILK_ITEMS, error: null, reconnecting: false });
      expect(states).toContain(true);
      const [first, again] = server.asked;
      expect(again).toEqual(first);
      expect(events.onThreadCreated).toHaveBeenCalledOnce();
      expect(events.onTurnEnd).toHaveBeenCalledOnce();
    },
  );

  it("is read from the server in the end, which may have gone another way", async () => {
    const [asked] = ADD_MILK_ITEMS;
    const other = answer("msg_9", "I added it.");
    const again: StreamEvent[] = [...ADD_MILK.slice(0, 3), { type: "thread.item.done", item: other }];
    const stored = asked ? [asked, other] : [];
    const server = new FakeServer().on("threads.create", cut(), eventStream(again)).stores(stored);
    const { session } = begin(server);
    await session.send("add milk");
    await vi.waitFor(() => expect(ids(session)).toEqual(["msg_1", "msg_9"]));
  });

  it("keeps what came and offers a retry when it cannot be picked up", async () => {
    const { session } = begin(new FakeServer().on("threads.create", cut()));
    await session.send("add milk");
    expect(ids(session)).toEqual(["msg_1", "wf_2", "msg_3"]);
    expect(session.snapshot()).toMatchObject({
      running: false,
      reconnecting: false,
      error: { message: CONNECTION_LOST, retry: true },
    });
    expect(session.snapshot().pending.size).toBe(0);
  });

  it("needs no retry when the server has come to its end meanwhile", async () => {
    const server = new FakeServer().on("threads.create", cut(), cut(), cut(), cut(), cut(), cut());
    const { session } = begin(server.stores(ADD_MILK_ITEMS));
    await session.send("add milk");
    await vi.waitFor(() => expect(session.snapshot()).toMatchObject({ items: ADD_MILK_ITEMS, error: null }));
  });

  it("is whole after a retry, in which the kept workflow comes again", async () => {
    const again = [ADD_MILK[6], ...ADD_MILK.slice(8)];
    const server = new FakeServer()
      .on("threads.create", cut())
      .on("threads.retry_after_item", eventStream(again));
    const { session } = begin(server);
    await session.send("add milk");
    await session.retry();
    expect(session.snapshot()).toMatchObject({ items: ADD_MILK_ITEMS, error: null });
    expect(server.asked.at(-1)?.key).not.toBe(server.asked[0]?.key);
  });

  it("is still shown when the retry is refused", async () => {
    const server = new FakeServer().on("threads.create", cut()).on("threads.retry_after_item", json({}, 429));
    const { session } = begin(server);
    await session.send("add milk");
    await session.retry();
    expect(ids(session)).toEqual(["msg_1", "wf_2", "msg_3"]);
    expect(session.snapshot().error?.retry).toBe(true);
  });

  it("has the server's words when the server noticed first, and is not asked for again", async () => {
    const error = { type: "error", code: "stream.error", message: "The model is busy.", allow_retry: true };
    const server = new FakeServer().on("threads.create", eventStream([...ADD_MILK.slice(0, 4), error]));
    const { session } = begin(server);
    await session.send("add milk");
    expect(session.snapshot().error).toEqual({ message: "The model is busy.", retry: true });
    expect(server.asked).toHaveLength(1);
  });
});

describe("stopping", () => {
  it("ends the request, keeps what was shown, and does not pick it up", async () => {
    let asked = 0;
    const client = createChatClient(async (_url, { signal }) => {
      asked += 1;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          const text = ADD_MILK.slice(0, 12).map((event) => `data: ${JSON.stringify(event)}\n\n`);
          controller.enqueue(new TextEncoder().encode(text.join("")));
          signal?.addEventListener("abort", () => controller.error(signal.reason));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    const { session } = begin({ client });
    const sending = session.send("add milk");
    await vi.waitFor(() => expect(ids(session)).toContain("msg_3"));
    session.stop();
    await sending;
    expect(asked).toBe(1);
    expect(session.snapshot()).toMatchObject({ running: false, stopped: true, error: null });
    expect(ids(session)).toEqual(["msg_1", "wf_2", "msg_3"]);
  });
});

describe("a widget", () => {
  const list = taskList("msg_4", { id: 7, title: "Buy milk" });
  const complete = { type: "task.complete", payload: { task_id: 7 }, streaming: false };

  it("is changed in its place by what its button did", async () => {
    const done = taskList("msg_4", { id: 7, title: "Buy milk", done: true });
    const server = new FakeServer().on("threads.sync_custom_action", json({ updated_item: done }));
    const { session, events } = await opened(server, [...ADD_MILK_ITEMS, list, answer("msg_5", "There.")]);
    await session.act("msg_4", complete);
    expect(ids(session)).toEqual(["msg_1", "wf_2", "msg_3", "msg_4", "msg_5"]);
    expect(session.snapshot().items[3]).toEqual(done);
    expect(events.onTasksChanged).toHaveBeenCalledOnce();
  });

  it("is asked once more under the same key when nobody was reached, and says why it was not done", async () => {
    const server = new FakeServer().on("threads.sync_custom_action", new TypeError("lost"), json({}));
    const { session } = await opened(server, [...ADD_MILK_ITEMS, list]);
    await session.act("msg_4", complete);
    const [first, second] = server.asked.filter(({ type }) => type === "threads.sync_custom_action");
    expect(second).toEqual(first);

    server.on("threads.sync_custom_action", json({ message: "No such task." }, 404));
    await expect(session.act("msg_4", complete)).rejects.toThrow("No such task.");
  });

  it("has its answer as a turn where the action says so", async () => {
    const said: StreamEvent[] = [{ type: "thread.item.done", item: answer("msg_6", "Sorted.") }];
    const server = new FakeServer().on("threads.custom_action", eventStream(said));
    const { session } = await opened(server, [...ADD_MILK_ITEMS, list]);
    await session.act("msg_4", { type: "list.sort" });
    expect(ids(session).at(-1)).toBe("msg_6");
    expect(session.snapshot().running).toBe(false);
  });
});

describe("a question of the assistant", () => {
  it("is answered in a turn of its own, and shows the answer afterwards", async () => {
    const chosen = { values: ["#7 Buy milk"], skipped: false };
    const events: StreamEvent[] = [
      { type: "thread.item.replaced", item: question("msg_4", "answered", chosen) },
      { type: "thread.item.done", item: answer("msg_5", "Done.") },
    ];
    const server = new FakeServer().on("threads.add_structured_input", eventStream(events));
    const { session } = await opened(server, [...ADD_MILK_ITEMS, question("msg_4")]);
    await session.answerInput("msg_4", { q1: chosen });
    expect(session.snapshot()).toMatchObject({ error: null, running: false });
    expect(session.snapshot().items.slice(-2)).toEqual([
      question("msg_4", "answered", chosen),
      answer("msg_5", "Done."),
    ]);
    expect(server.asked.at(-1)?.key).toBeTruthy();
  });
});

describe("a rating", () => {
  it("is kept as long as the conversation is open, and taken back when the server does not take it", async () => {
    const server = new FakeServer().on("items.feedback", json({}), json({ message: "Not now." }, 500));
    const { session } = await opened(server);
    await session.rate(["wf_2", "msg_3"], "positive");
    expect(session.snapshot().ratings.get("msg_3")).toBe("positive");
    await expect(session.rate(["wf_2", "msg_3"], "negative")).rejects.toThrow("Not now.");
    expect(session.snapshot().ratings.get("msg_3")).toBe("positive");
    expect(server.asked.at(-1)?.params).toEqual({
      thread_id: "thr_1",
      item_ids: ["wf_2", "msg_3"],
      kind: "negative",
    });
  });
});
