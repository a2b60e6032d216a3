import { describe, expect, it } from "vitest";
import { childrenOf, isShown, nodesOf, textOf } from "../../protocol/widgets";
import { taskList } from "../../testing/streams";
import { keyOf, nameOf, outcomeOf } from "./words";

const { widget } = taskList("msg_1", { id: 7, title: "Buy milk" }, { id: 8, title: "Call mom", done: true });
const [milk, mom] = childrenOf(widget);
if (!milk || !mom) throw new Error("the list has two rows");

const names = (row: typeof milk) =>
  [...nodesOf(row)].filter(({ type }) => type === "Button").map((node) => nameOf(node, textOf(row)));

describe("a list of tasks", () => {
  it("names its buttons by what they do to which task", () => {
    expect(names(milk)).toEqual(["Complete Buy milk", "Delete Buy milk"]);
    expect(names(mom)).toEqual(["Reopen Call mom", "Delete Call mom"]);
  });

  it("keeps its rows apart, also where the server gave them no key", () => {
    expect(keyOf(milk, 0)).toBe("7");
    const { key: _, ...bare } = milk;
    expect(keyOf(bare, 0)).toBe('{"task_id":7}');
    expect(keyOf({ type: "Divider" }, 3)).toBe("Divider 3");
  });

  it("says what became of a row", () => {
    expect(outcomeOf({ type: "task.delete" }, "Buy milk")).toBe("Deleted: Buy milk.");
    expect(outcomeOf({ type: "list.sort" }, "")).toBe("Done.");
  });

  it("uses a button's own words before any other", () => {
    expect(
      nameOf({ type: "Button", label: "Archive", onClickAction: { type: "task.archive" } }, "Buy milk"),
    ).toBe("Archive Buy milk");
    expect(nameOf({ type: "Button", onClickAction: { type: "list.sort_by" } }, "")).toBe("Sort by");
  });
});

describe("isShown", () => {
  it("knows what this page cannot draw", () => {
    expect(isShown(widget)).toBe(true);
    expect(isShown({ type: "Card", children: [{ type: "Chart" }] })).toBe(false);
  });
});
