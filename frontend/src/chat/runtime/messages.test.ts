import { describe, expect, it } from "vitest";
import type { Item } from "../protocol/types";
import { ADD_MILK_ITEMS, answer, userMessage, workflow } from "../testing/streams";
import { convert, group, wordsOfAnswer } from "./messages";

const NONE = new Set<string>();

describe("group", () => {
  it("makes one message of everything that answers a message", () => {
    const messages = group(
      [...ADD_MILK_ITEMS, userMessage("msg_4", "thanks"), answer("msg_5", "Sure.")],
      NONE,
    );
    expect(messages.map(({ id, role, items }) => [id, role, items.length])).toEqual([
      ["msg_1", "user", 1],
      ["wf_2", "assistant", 2],
      ["msg_4", "user", 1],
      ["msg_5", "assistant", 1],
    ]);
  });

  it("keeps two messages of the person apart", () => {
    expect(group([userMessage("a", "x"), userMessage("b", "y")], NONE)).toHaveLength(2);
  });

  it("keeps the identity of messages that did not change", () => {
    const before = group(ADD_MILK_ITEMS, NONE);
    const after = group([...ADD_MILK_ITEMS, userMessage("msg_4", "thanks")], NONE, before);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(group(ADD_MILK_ITEMS, new Set(["msg_3"]), before)[1]).not.toBe(before[1]);
  });

  it("keeps the identity of messages before which older ones are put", () => {
    const before = group(ADD_MILK_ITEMS, NONE);
    const older = [userMessage("msg_a", "hello"), answer("msg_b", "Hello.")];
    expect(group([...older, ...ADD_MILK_ITEMS], NONE, before).slice(2)).toEqual(before);
    expect(group([...older, ...ADD_MILK_ITEMS], NONE, before)[2]).toBe(before[0]);
  });
});

describe("convert", () => {
  it("shows tool calls and text in the order they happened", () => {
    const [, reply] = group(ADD_MILK_ITEMS, NONE);
    expect(reply && convert(reply)).toMatchObject({
      role: "assistant",
      content: [
        {
          type: "tool-call",
          toolName: "workflow",
          args: { summary: "Added 1 task", tasks: [{ title: "Added “Milk”", status: "complete" }] },
        },
        { type: "text", text: "Added **Milk** 🥛." },
      ],
    });
  });

  it("shows a tool call that failed as failed", () => {
    const failed = workflow("wf_2", false);
    failed.workflow.tasks[0] = { type: "custom", title: "Could not add “Milk”", icon: "info" };
    const [reply] = group([failed], NONE);
    expect(reply && convert(reply).content).toMatchObject([{ args: { tasks: [{ status: "failed" }] } }]);
  });

  it.each([
    ["running", new Set(["wf_2"])],
    ["interrupted", NONE],
  ])("shows an unfinished tool call as %s", (status, pending) => {
    const [reply] = group([workflow("wf_2", true)], pending);
    expect(reply && convert(reply).content).toMatchObject([{ args: { tasks: [{ status }] } }]);
  });
});

describe("what is seen anyway", () => {
  it.each([
    ["a list that is shown", "notebook"],
    ["a question", "circle-question"],
  ])("is not told once more: %s", (_, icon) => {
    const steps = workflow("wf_2", false);
    steps.workflow.tasks = [{ type: "custom", title: "Showed your tasks", icon }];
    const [reply] = group([steps, answer("msg_3", "Two.")], NONE);
    expect(reply && convert(reply).content).toEqual([{ type: "text", text: "Two." }]);
  });
});

describe("wordsOfAnswer", () => {
  it("has what is said and what a card shows, and not what was done for it", () => {
    const card: Item = {
      id: "msg_4",
      thread_id: "thr_1",
      created_at: "2026-11-20T10:00:00Z",
      type: "widget",
      copy_text: "- Buy milk",
      widget: { type: "ListView", children: [] },
    };
    const [, reply] = group([...ADD_MILK_ITEMS, card], NONE);
    const content = reply && convert(reply).content;
    expect(wordsOfAnswer(Array.isArray(content) ? content : [])).toBe("Added **Milk** 🥛.\n\n- Buy milk");
  });
});
