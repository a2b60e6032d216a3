import { describe, expect, it, vi } from "vitest";
import { type ChatClient, createChatClient } from "../protocol/client";
import { CONNECTION_LOST } from "../protocol/errors";
import { ADD_MILK, ADD_MILK_ITEMS, eventStream, json, userMessage, workflow } from "../testing/streams";
import { ChatSession, UNCONFIRMED } from "./session";

type Answer = Response | Error;

function clientOf(...answers: Answer[]): ChatClient {
  return createChatClient(async () => {
    const next = answers.shift();
    if (!next || next instanceof Error) throw next ?? new TypeError("Failed to fetch");
    return next;
  });
}

function begin(client: ChatClient, threadId: string | null = null) {
  const events = {
    onThreadCreated: vi.fn(),
    onThreadChanged: vi.fn(),
    onTasksChanged: vi.fn(),
    onTurnEnd: vi.fn(),
  };
  return { session: new ChatSession(client, events, threadId), events };
}

const history = (items = ADD_MILK_ITEMS) =>
  json({ id: "thr_1", title: "Milk", created_at: "x", items: { data: items, has_more: false } });

const ids = (session: ChatSession) => session.snapshot().items.map((item) => item.id);

describe("sending", () => {
  it("shows the message at once and ends with what the server stored", async () => {
    const { session, events } = begin(clientOf(eventStream(ADD_MILK)));
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

  it.each<[string, Answer]>([
    ["the server can't be reached", new TypeError("Failed to fetch")],
    ["another answer is still running", json({ message: "Still answering." }, 409)],
    ["there were too many messages", json({}, 429)],
    ["the refusal comes inside the stream", eventStream([{ type: "error", message: "Still answering." }])],
    ["the stream ends before the message is confirmed", eventStream([])],
  ])("gives the text back when %s", async (_, answer) => {
    const { session } = begin(clientOf(answer));
    await session.send("add milk");
    expect(session.snapshot()).toMatchObject({ items: [], running: false, error: { retry: false } });
    expect(session.takeUnsent()).toBe("add milk");
    expect(session.takeUnsent()).toBeNull();
  });

  it("does nothing while an answer is running", async () => {
    const { session } = begin(clientOf(eventStream(ADD_MILK)));
    const first = session.send("add milk");
    await session.send("and bread");
    await first;
    expect(session.snapshot().items).toEqual(ADD_MILK_ITEMS);
  });
});

describe("an answer that breaks off", () => {
  it.each([true, false])("keeps what came and offers a retry (connection broken: %s)", async (broken) => {
    const { session, events } = begin(clientOf(eventStream(ADD_MILK.slice(0, 12), { broken })));
    await session.send("add milk");
    expect(ids(session)).toEqual(["msg_1", "wf_2", "msg_3"]);
    expect(session.snapshot()).toMatchObject({
      running: false,
      error: { message: CONNECTION_LOST, retry: true },
    });
    expect(session.snapshot().pending.size).toBe(0);
    expect(events.onTurnEnd).toHaveBeenCalledOnce();
  });

  it("is whole after a retry, in which the kept workflow comes again", async () => {
    const again = [ADD_MILK[6], ...ADD_MILK.slice(8)];
    const { session } = begin(clientOf(eventStream(ADD_MILK.slice(0, 12)), eventStream(again)));
    await session.send("add milk");
    await session.retry();
    expect(session.snapshot()).toMatchObject({ items: ADD_MILK_ITEMS, error: null });
  });

  it("is still shown when the retry is refused", async () => {
    const { session } = begin(clientOf(eventStream(ADD_MILK.slice(0, 12)), json({}, 429)));
    await session.send("add milk");
    await session.retry();
    expect(ids(session)).toEqual(["msg_1", "wf_2", "msg_3"]);
    expect(session.snapshot().error?.retry).toBe(true);
  });

  it("has the server's words when the server noticed first", async () => {
    const error = { type: "error", code: "stream.error", message: "The model is busy.", allow_retry: true };
    const { session } = begin(clientOf(eventStream([...ADD_MILK.slice(0, 4), error])));
    await session.send("add milk");
    expect(session.snapshot().error).toEqual({ message: "The model is busy.", retry: true });
  });
});

describe("stopping", () => {
  it("ends the request and keeps what was shown", async () => {
    let aborted = false;
    const client = createChatClient(async (_url, { signal }) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          const text = ADD_MILK.slice(0, 12).map((event) => `data: ${JSON.stringify(event)}\n\n`);
          controller.enqueue(new TextEncoder().encode(text.join("")));
          signal?.addEventListener("abort", () => {
            aborted = true;
            controller.error(signal.reason);
          });
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    const { session } = begin(client);
    const sending = session.send("add milk");
    await vi.waitFor(() => expect(ids(session)).toContain("msg_3"));
    session.stop();
    await sending;
    expect(aborted).toBe(true);
    expect(session.snapshot()).toMatchObject({ running: false, stopped: true, error: null });
    expect(ids(session)).toEqual(["msg_1", "wf_2", "msg_3"]);
  });
});

describe("opening", () => {
  it("reads the history", async () => {
    const { session } = begin(clientOf(history()), "thr_1");
    expect(session.snapshot().history).toBe("loading");
    await session.load();
    expect(session.snapshot()).toMatchObject({ history: "ready", title: "Milk", items: ADD_MILK_ITEMS });
  });

  it("tells a conversation that is gone from one that could not be read", async () => {
    const gone = begin(clientOf(json({ message: "Not found." }, 404)), "thr_1").session;
    await gone.load();
    expect(gone.snapshot().history).toBe("missing");

    const failing = begin(clientOf(json({}, 503), history()), "thr_1").session;
    await failing.load();
    expect(failing.snapshot().history).toBe("failed");
    await failing.load();
    expect(failing.snapshot().history).toBe("ready");
  });

  it("does not let an older reading overwrite a newer turn", async () => {
    let release: (response: Response) => void = () => undefined;
    const slow = new Promise<Response>((resolve) => {
      release = resolve;
    });
    const answers: Promise<Response>[] = [
      Promise.resolve(history([userMessage("msg_0", "hi")])),
      slow,
      Promise.resolve(eventStream(ADD_MILK.slice(1))),
    ];
    const { session } = begin(
      createChatClient(() => answers.shift() ?? Promise.reject(new Error("no more"))),
      "thr_1",
    );
    await session.load();
    const reading = session.load();
    await session.send("add milk");
    release(history([]));
    await reading;
    expect(ids(session)).toEqual(["msg_0", "msg_1", "wf_2", "msg_3"]);
  });

  it("keeps what is on screen when reading it again fails", async () => {
    const { session } = begin(clientOf(history([workflow("wf_2", false)]), json({}, 500)), "thr_1");
    await session.load();
    await session.load();
    expect(ids(session)).toEqual(["wf_2"]);
  });
});
