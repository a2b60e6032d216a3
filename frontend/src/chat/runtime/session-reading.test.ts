import { describe, expect, it, vi } from "vitest";
import { FakeServer, liveStream } from "../testing/server";
import {
  ADD_MILK,
  ADD_MILK_ITEMS,
  answer,
  delta,
  eventStream,
  json,
  userMessage,
  workflow,
} from "../testing/streams";
import { ChatSession } from "./session";

function begin(server: FakeServer) {
  const events = {
    onThreadCreated: vi.fn(),
    onThreadChanged: vi.fn(),
    onTasksChanged: vi.fn(),
    onTurnEnd: vi.fn(),
  };
  const patience = { wait: async () => {}, online: async () => {} };
  return { session: new ChatSession(server.client, events, "thr_1", patience), events };
}

const ids = (session: ChatSession) => session.snapshot().items.map((item) => item.id);

describe("opening", () => {
  it("reads what it is called, its newest page, and the turn that runs", async () => {
    const status = { type: "locked", reason: "Full." };
    const server = new FakeServer().stores(ADD_MILK_ITEMS, false, { status });
    const { session } = begin(server);
    expect(session.snapshot().history).toBe("loading");
    await session.load();
    expect(session.snapshot()).toMatchObject({
      history: "ready",
      title: "Milk",
      items: ADD_MILK_ITEMS,
      status,
      running: false,
    });
    expect(server.types()).toEqual(["threads.get_by_id", "items.list", "turn"]);
  });

  it("tells a conversation that is gone from one that could not be read", async () => {
    const gone = new FakeServer()
      .on("threads.get_by_id", json({ message: "Not found." }, 404))
      .on("items.list", json({}, 404));
    const missing = begin(gone).session;
    await missing.load();
    expect(missing.snapshot().history).toBe("missing");

    const server = new FakeServer().on("threads.get_by_id", json({}, 503)).on("items.list", json({}, 503));
    const failing = begin(server).session;
    await failing.load();
    expect(failing.snapshot().history).toBe("failed");
    server.stores(ADD_MILK_ITEMS);
    await failing.load();
    expect(failing.snapshot().history).toBe("ready");
  });

  it("does not let an older reading overwrite a newer turn", async () => {
    const server = new FakeServer().stores([userMessage("msg_0", "hi"), answer("msg_00", "Hello.")]);
    const { session } = begin(server);
    await session.load();
    let release: (response: Response) => void = () => undefined;
    server.on(
      "threads.get_by_id",
      json({ id: "thr_1", created_at: "x", items: { data: [], has_more: false } }),
    );
    server.on("items.list", new Promise((resolve) => (release = resolve)));
    server.on("threads.add_user_message", eventStream(ADD_MILK.slice(1)));
    const reading = session.load();
    await session.send("add milk");
    release(json({ data: [], has_more: false }));
    await reading;
    expect(ids(session)).toEqual(["msg_0", "msg_00", "msg_1", "wf_2", "msg_3"]);
  });

  it("keeps what is on screen when reading it again fails", async () => {
    const { session } = begin(new FakeServer().stores([workflow("wf_2", false)]));
    await session.load();
    await session.load();
    expect(ids(session)).toEqual(["wf_2"]);
  });
});

describe("a long conversation", () => {
  const turn = (n: number) => [userMessage(`old_${n}`, "q"), answer(`old_${n}a`, "a")];
  const turns = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => turn(from + i)).flat();

  it("is read from its end, page by page, until it begins", async () => {
    const server = new FakeServer().stores(turns(3, 4), true);
    const { session } = begin(server);
    await session.load();
    expect(session.snapshot()).toMatchObject({ hasOlder: true, paged: false });
    server.on("items.list", json({ data: turns(1, 2).reverse(), has_more: false }));
    await session.loadOlder();
    expect(ids(session)).toEqual(turns(1, 4).map(({ id }) => id));
    expect(session.snapshot()).toMatchObject({ hasOlder: false, paged: true, older: "idle" });
    expect(server.asked.at(-1)?.params).toMatchObject({ after: "old_3", order: "desc" });
    await session.loadOlder();
    expect(server.types().filter((type) => type === "items.list")).toHaveLength(2);
  });

  it("says that older messages could not be read, and reads them when asked again", async () => {
    const server = new FakeServer().stores(turns(3, 4), true);
    const { session } = begin(server);
    await session.load();
    server.on("items.list", json({}, 500));
    await session.loadOlder();
    expect(session.snapshot().older).toBe("failed");
    server.on("items.list", json({ data: turns(1, 2).reverse(), has_more: false }));
    await session.loadOlder();
    expect(ids(session)).toHaveLength(8);
  });

  it("loses and doubles nothing when older messages come while an answer arrives", async () => {
    const server = new FakeServer().stores(turns(3, 4), true);
    const { session } = begin(server);
    await session.load();
    const live = liveStream();
    server.on("threads.add_user_message", live.response);
    server.on("items.list", json({ data: [...turns(1, 3)].reverse(), has_more: false }));
    const sending = session.send("add milk");
    live.send(...ADD_MILK.slice(1, 11));
    await vi.waitFor(() => expect(ids(session)).toContain("msg_3"));
    await session.loadOlder();
    live.send(...ADD_MILK.slice(11));
    live.end();
    await sending;
    expect(new Set(ids(session)).size).toBe(ids(session).length);
    expect(ids(session).slice(0, 4)).toEqual(["old_1", "old_1a", "old_2", "old_2a"]);
    expect(session.snapshot().items.at(-1)).toEqual(ADD_MILK_ITEMS.at(-1));
  });
});

describe("a turn of another window", () => {
  it("is followed from what was said so far to its end, and cannot be stopped from here", async () => {
    const [asked] = ADD_MILK_ITEMS;
    const server = new FakeServer().stores(asked ? [asked] : []);
    const live = liveStream();
    server.on("turn", live.response);
    const { session, events } = begin(server);
    const loading = session.load();
    live.send(...ADD_MILK.slice(1, 11));
    await vi.waitFor(() => expect(ids(session)).toContain("msg_3"));
    expect(session.snapshot()).toMatchObject({ running: true, following: true });
    session.stop();
    await session.send("and bread");
    live.send(delta("**Milk** 🥛."), ...ADD_MILK.slice(13));
    server.stores(ADD_MILK_ITEMS);
    live.end();
    await loading;
    expect(session.snapshot()).toMatchObject({
      items: ADD_MILK_ITEMS,
      running: false,
      following: false,
      stopped: false,
    });
    expect(events.onTurnEnd).toHaveBeenCalledOnce();
    expect(server.types()).not.toContain("threads.add_user_message");
  });

  it("is looked for again when the connection to it breaks", async () => {
    const server = new FakeServer().stores(ADD_MILK_ITEMS.slice(0, 1)).stores(ADD_MILK_ITEMS);
    server.on("turn", eventStream(ADD_MILK.slice(1, 5), { broken: true }));
    const { session } = begin(server);
    await session.load();
    expect(session.snapshot()).toMatchObject({ items: ADD_MILK_ITEMS, running: false });
    expect(server.types().filter((type) => type === "turn")).toHaveLength(2);
  });

  it("is not looked for while an answer of this window arrives", async () => {
    const server = new FakeServer().stores([]);
    const { session } = begin(server);
    await session.load();
    const live = liveStream();
    server.on("threads.add_user_message", live.response);
    const sending = session.send("add milk");
    await session.load();
    live.send(...ADD_MILK.slice(1));
    live.end();
    await sending;
    expect(server.types().filter((type) => type === "turn")).toHaveLength(1);
    expect(session.snapshot().items).toEqual(ADD_MILK_ITEMS);
  });

  it("is seen when it began while the conversation was being read", async () => {
    const server = new FakeServer().stores([]).stores(ADD_MILK_ITEMS);
    const { session } = begin(server);
    await Promise.all([session.load(), session.load(), session.load()]);
    expect(session.snapshot().items).toEqual(ADD_MILK_ITEMS);
    expect(server.types().filter((type) => type === "items.list")).toHaveLength(2);
  });
});
