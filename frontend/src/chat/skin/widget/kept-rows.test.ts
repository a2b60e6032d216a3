import { describe, expect, it } from "vitest";
import type { WidgetNode } from "../../protocol/widgets";
import { keepRows } from "./kept-rows";

const row = (key: string): WidgetNode => ({
  type: "ListViewItem",
  key,
  children: [
    { type: "Text", value: `Task ${key}` },
    { type: "Button", onClickAction: { type: "task.delete", payload: { task_id: Number(key) } } },
  ],
});
const none: WidgetNode = { type: "ListViewItem", key: "none", children: [{ type: "Text", value: "None." }] };
const title: WidgetNode = { type: "Title", value: "Groceries" };

const drawn = (...steps: WidgetNode[][]) =>
  steps
    .reduce((before, now) => keepRows(before, now), keepRows([], []))
    .map(({ key, gone }) => (gone ? `(${key})` : key));

describe("keepRows", () => {
  it("leaves a deleted row in its place, wherever that is", () => {
    const all = ["1", "2", "3"].map(row);
    expect(drawn(all, ["2", "3"].map(row))).toEqual(["(1)", "2", "3"]);
    expect(drawn(all, ["1", "3"].map(row))).toEqual(["1", "(2)", "3"]);
    expect(drawn(all, ["1", "2"].map(row))).toEqual(["1", "2", "(3)"]);
    expect(drawn(all, ["1", "3"].map(row), ["3"].map(row))).toEqual(["(1)", "(2)", "3"]);
    expect(drawn(all, ["1", "2"].map(row), [none])).toEqual(["(1)", "(2)", "(3)", "none"]);
    expect(drawn([title, ...all], [title, row("3")])).toEqual(["Title 0", "(1)", "(2)", "3"]);
  });

  it("puts a row that comes back where it was", () => {
    const all = ["1", "2", "3"].map(row);
    expect(drawn(all, [row("3")], all)).toEqual(["1", "2", "3"]);
    expect(drawn(["1", "2"].map(row), [none], [row("2")])).toEqual(["(1)", "2"]);
  });
});
