import { describe, expect, it } from "vitest";
import {
  ADD_MILK,
  ADD_MILK_ITEMS,
  answer,
  delta,
  question,
  taskList,
  userMessage,
  workflow,
} from "../testing/streams";
import { answered, dropUnfinished, EMPTY, reduce, settle, truncateAfter } from "./reducer";
import type { StreamEvent } from "./types";

const run = (events: readonly StreamEvent[], from = EMPTY) => events.reduce(reduce, from);
const unknown = (event: object) => event as StreamEvent;

describe("reduce", () => {
  it("turns a whole turn into the items the server stored", () => {
    const state = run(ADD_MILK);
    expect(state.items).toEqual(ADD_MILK_ITEMS);
    expect(state).toMatchObject({ threadId: "thr_1", title: "Add milk", error: null, progress: null });
    expect(state.pending.size).toBe(0);
  });

  it("shows a tool call while it runs", () => {
    const state = run(ADD_MILK.slice(0, 5));
    expect(state.items.at(-1)).toEqual(workflow("wf_2", true));
    expect([...state.pending]).toEqual(["wf_2"]);
  });

  it("appends deltas to the text shown so far", () => {
    const state = run(ADD_MILK.slice(0, 12));
    expect(state.items.at(-1)).toEqual(answer("msg_3", "Added **Milk** "));
  });

  it("keeps the progress line until something is shown", () => {
    const thinking = run(ADD_MILK.slice(0, 4));
    expect(thinking.progress).toBe("Thinking…");
    expect(run(ADD_MILK.slice(4, 5), thinking).progress).toBeNull();
  });

  it("ignores events, items and updates it does not know", () => {
    const state = run(ADD_MILK);
    const odd = [
      unknown({ type: "thread.sparkled" }),
      unknown({ type: "thread.item.done", item: { id: "w", type: "hologram" } }),
      unknown({ type: "thread.item.updated", item_id: "msg_3", update: { type: "new.kind" } }),
      unknown({ type: "thread.item.updated", item_id: "nobody", update: { type: "workflow.task.added" } }),
    ];
    expect(run(odd, state)).toEqual(state);
  });

  it("loses a delta for a part that was never announced, and nothing else", () => {
    const state = run([{ type: "thread.item.added", item: answer("msg_3", "") }, delta("lost")]);
    expect(state.items).toEqual([answer("msg_3", "")]);
  });

  it("updates a workflow that is sent again in place", () => {
    const state = run(ADD_MILK);
    const again = run([{ type: "thread.item.done", item: workflow("wf_2", false, "Once more") }], state);
    expect(again.items.map((item) => item.id)).toEqual(["msg_1", "wf_2", "msg_3"]);
    expect(again.items[1]).toEqual(workflow("wf_2", false, "Once more"));
  });

  it("removes an item, also while it is being written", () => {
    const state = run([...ADD_MILK.slice(0, 5), { type: "thread.item.removed", item_id: "wf_2" }]);
    expect(state.items.map((item) => item.id)).toEqual(["msg_1"]);
    expect(state.pending.size).toBe(0);
  });

  it("keeps the server's words for an error", () => {
    const state = run([{ type: "error", code: "custom", message: "Too busy.", allow_retry: true }]);
    expect(state.error).toEqual({ message: "Too busy.", retry: true });
  });

  it("has words for an error that has none, and offers no retry unless told to", () => {
    const state = run([{ type: "error", code: "stream.error" }]);
    expect(state.error?.message).not.toBe("");
    expect(state.error?.retry).toBe(false);
  });
});

describe("what is not said in words", () => {
  const list = taskList("msg_4", { id: 7, title: "Buy milk" });
  const shown = run([{ type: "thread.item.done", item: list }]);

  it("is a widget that is changed in place", () => {
    const fewer = taskList("msg_4", { id: 7, title: "Buy milk", done: true });
    const replaced = run([{ type: "thread.item.replaced", item: fewer }], run(ADD_MILK, shown));
    expect(replaced.items.map(({ id }) => id)).toEqual(["msg_4", "msg_1", "wf_2", "msg_3"]);
    expect(replaced.items[0]).toEqual(fewer);
    const update = { type: "widget.root.updated", widget: fewer.widget } as const;
    const updated = run([{ type: "thread.item.updated", item_id: "msg_4", update }], shown);
    expect(updated.items[0]).toMatchObject({ widget: fewer.widget });
  });

  it("is a component that is changed or written on", () => {
    const widget = { type: "Card", children: [{ type: "Text", id: "t", value: "One" }] };
    const state = run([{ type: "thread.item.done", item: { ...list, widget } }]);
    const written = run(
      [
        {
          type: "thread.item.updated",
          item_id: "msg_4",
          update: { type: "widget.streaming_text.value_delta", component_id: "t", delta: " two", done: true },
        },
      ],
      state,
    );
    expect(written.items[0]).toMatchObject({ widget: { children: [{ value: "One two" }] } });
    const changed = run(
      [
        {
          type: "thread.item.updated",
          item_id: "msg_4",
          update: {
            type: "widget.component.updated",
            component_id: "t",
            component: { type: "Title", id: "t", value: "Three" },
          },
        },
      ],
      state,
    );
    expect(changed.items[0]).toMatchObject({ widget: { children: [{ type: "Title", value: "Three" }] } });
  });

  it("is a question whose answer takes its place", () => {
    const asked = run([{ type: "thread.item.done", item: question("msg_5") }], shown);
    const answer = { values: ["#7 Buy milk"], skipped: false };
    const item = question("msg_5", "answered", answer);
    expect(run([{ type: "thread.item.replaced", item }], asked).items.at(-1)).toEqual(item);
  });

  it("is a notice, told once however often it comes, and a thread that takes no more", () => {
    const notice = { type: "notice", level: "warning", title: "Limit", message: "Almost full." } as const;
    const status = { type: "locked", reason: "This conversation is full." } as const;
    const state = run([
      notice,
      notice,
      { type: "notice", level: "odd", message: "Hello." },
      { type: "thread.updated", thread: { id: "thr_1", created_at: "x", status } },
    ]);
    expect(state.notices).toEqual([
      { level: "warning", title: "Limit", message: "Almost full." },
      { level: "info", message: "Hello." },
    ]);
    expect(state.status).toEqual(status);
  });
});

describe("dropUnfinished", () => {
  it("takes back what was being written, and nothing else", () => {
    const state = dropUnfinished(run(ADD_MILK.slice(0, 12)));
    expect(state.items.map(({ id }) => id)).toEqual(["msg_1", "wf_2"]);
    expect(state.pending.size).toBe(0);
    const whole = run(ADD_MILK);
    expect(dropUnfinished(whole)).toBe(whole);
  });
});

describe("settle", () => {
  it("ends what was still being written and keeps what was shown", () => {
    const state = settle(run(ADD_MILK.slice(0, 12)), { message: "Cut.", retry: true });
    expect(state.pending.size).toBe(0);
    expect(state.items.at(-1)).toEqual(answer("msg_3", "Added **Milk** "));
    expect(state.error?.message).toBe("Cut.");
  });
});

describe("answered", () => {
  it.each([
    ["a whole turn", ADD_MILK.length, true],
    ["a turn cut after the question", 3, false],
    ["a turn cut after its tool calls", 8, false],
    ["a turn cut in the middle of a sentence", 12, false],
  ])("judges %s", (_, length, whole) => {
    expect(answered(run(ADD_MILK.slice(0, length)))).toBe(whole);
  });

  it("takes a list or a question for an answer, and an answered question for a word of the person", () => {
    const judged = (...items: Parameters<typeof run>[0]) =>
      answered(run([...ADD_MILK.slice(0, 2), ...items]));
    const done = (item: ReturnType<typeof question> | ReturnType<typeof taskList>) =>
      ({ type: "thread.item.done", item }) as const;
    expect(judged(done(taskList("msg_4", { id: 7, title: "Buy milk" })))).toBe(true);
    expect(judged(done(question("msg_5")))).toBe(true);
    expect(judged(done(question("msg_5", "skipped")))).toBe(false);
    expect(judged(done(question("msg_5", "skipped")), done(question("msg_6")))).toBe(true);
  });
});

describe("truncateAfter", () => {
  it("keeps the message that is answered again, and what came before it", () => {
    const state = run([...ADD_MILK, { type: "thread.item.done", item: userMessage("msg_4", "thanks") }]);
    expect(truncateAfter(state, "msg_1").items.map((item) => item.id)).toEqual(["msg_1"]);
  });

  it("leaves a transcript alone that does not hold the message", () => {
    const state = run(ADD_MILK);
    expect(truncateAfter(state, "msg_99")).toBe(state);
  });
});
