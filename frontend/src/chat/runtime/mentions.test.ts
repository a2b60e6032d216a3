import { describe, expect, it } from "vitest";
import { contentOf, matching, soughtAt } from "./mentions";

const milk = { id: 7, title: "Buy milk" };
const bottles = { id: 8, title: "Buy milk bottles" };
const text = (value: string) => ({ type: "input_text", text: value });
const tag = (id: number, value: string) => ({ type: "input_tag", id: String(id), text: value, data: {} });

describe("contentOf", () => {
  it("makes a tag of each mention that is still in the text", () => {
    expect(contentOf("complete @Buy milk, please", [milk, { id: 9, title: "Call mom" }])).toEqual([
      text("complete "),
      tag(7, "Buy milk"),
      text(", please"),
    ]);
    expect(contentOf("@Buy milk", [milk])).toEqual([tag(7, "Buy milk")]);
    expect(contentOf("hello", [])).toEqual([text("hello")]);
  });

  it("takes the longer of two titles that begin alike, and no part of a word", () => {
    expect(contentOf("@Buy milk bottles and @Buy milk", [milk, bottles])).toEqual([
      tag(8, "Buy milk bottles"),
      text(" and "),
      tag(7, "Buy milk"),
    ]);
    expect(contentOf("@Buy milkshake, me@Buy milk", [milk])).toEqual([text("@Buy milkshake, me@Buy milk")]);
  });

  it("tells two tasks of the same title apart by their order", () => {
    expect(contentOf("@Buy milk not @Buy milk", [milk, { id: 9, title: "Buy milk" }])).toEqual([
      tag(7, "Buy milk"),
      text(" not "),
      tag(9, "Buy milk"),
    ]);
  });

  it("finds a title that has line breaks", () => {
    const poem = { id: 3, title: "Learn\nthe  poem" };
    expect(contentOf("do @Learn the poem", [poem])).toEqual([text("do "), tag(3, poem.title)]);
  });
});

describe("soughtAt", () => {
  it.each([
    ["@", 1, { from: 0, query: "" }],
    ["do @mi", 6, { from: 3, query: "mi" }],
    ["do @buy mi", 10, { from: 3, query: "buy mi" }],
    ["do @mi", 3, null],
    ["me@example", 10, null],
    ["@one\ntwo", 8, null],
    ["no at all", 9, null],
  ])("in %j with the caret at %i", (value, caret, expected) => {
    expect(soughtAt(value, caret)).toEqual(expected);
  });
});

describe("matching", () => {
  const task = (title: string, completed = false) => ({ title, completed });
  it("puts beginnings first and what is done last", () => {
    const tasks = [
      task("Old milk", true),
      task("Return the milk"),
      task("Almilka"),
      task("Milk the cow"),
      task("Tea"),
    ];
    expect(matching(tasks, " MILK ").map(({ title }) => title)).toEqual([
      "Milk the cow",
      "Return the milk",
      "Almilka",
      "Old milk",
    ]);
    expect(matching([task("Tea for two"), task("Tea")], "tea")[0]?.title).toBe("Tea");
    expect(matching(tasks, "", 2)).toHaveLength(2);
    expect(matching(tasks, "nothing")).toEqual([]);
  });
});
