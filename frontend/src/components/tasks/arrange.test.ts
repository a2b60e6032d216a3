import { describe, expect, it } from "vitest";
import type { Task } from "@/lib/api/client";
import { arrange, count, difference, overlay, withTask } from "./arrange";

const task = (id: number, title: string, more: Partial<Task> = {}): Task => ({
  id,
  user_id: "u",
  title,
  description: null,
  completed: false,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  ...more,
});

const nothing = { creates: [], updates: [], deleted: [] };
const titles = (rows: { title: string }[]) => rows.map(({ title }) => title);

describe("overlay", () => {
  const known = [task(2, "Milk"), task(1, "Bread")];

  it("puts what is being added on top, the newest first, and marks it as on its way", () => {
    const creates = [
      { key: "a", title: "Eggs", description: null },
      { key: "b", title: "Tea", description: null },
    ];
    const rows = overlay(known, { ...nothing, creates });
    expect(titles(rows)).toEqual(["Tea", "Eggs", "Milk", "Bread"]);
    expect(rows.map(({ saving }) => saving)).toEqual([true, true, false, false]);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(4);
  });

  it("shows changes on their way, later ones over earlier ones", () => {
    const updates = [
      { id: 1, change: { title: "Rolls", completed: true } },
      { id: 1, change: { completed: false } },
    ];
    expect(overlay(known, { ...nothing, updates })[1]).toMatchObject({ title: "Rolls", completed: false });
  });

  it("shows the server's list again as soon as a change is no longer on its way", () => {
    expect(titles(overlay(known, nothing))).toEqual(["Milk", "Bread"]);
    expect(known[1]).toMatchObject({ title: "Bread", completed: false });
  });

  it("hides what is deleted", () => {
    expect(titles(overlay(known, { ...nothing, deleted: [2] }))).toEqual(["Bread"]);
  });
});

describe("arrange", () => {
  const rows = overlay(
    [
      task(3, "Task 10"),
      task(2, "task 9", { completed: true }),
      task(1, "Äpfel", { description: "from the Market" }),
    ],
    nothing,
  );
  const view = { show: "all", order: "newest", search: "" } as const;

  it("filters by state", () => {
    expect(titles(arrange(rows, { ...view, show: "open" }))).toEqual(["Task 10", "Äpfel"]);
    expect(titles(arrange(rows, { ...view, show: "done" }))).toEqual(["task 9"]);
  });

  it("sorts by age and by title as people read it", () => {
    expect(titles(arrange(rows, { ...view, order: "oldest" }))).toEqual(["Äpfel", "task 9", "Task 10"]);
    expect(titles(arrange(rows, { ...view, order: "title" }))).toEqual(["Äpfel", "task 9", "Task 10"]);
    expect(titles(rows)).toEqual(["Task 10", "task 9", "Äpfel"]);
  });

  it("finds every word in title or description, in any case", () => {
    expect(titles(arrange(rows, { ...view, search: " market ÄPF " }))).toEqual(["Äpfel"]);
    expect(titles(arrange(rows, { ...view, search: "apfel" }))).toEqual(["Äpfel"]);
    expect(arrange(rows, { ...view, search: "market milk" })).toEqual([]);
  });

  it("counts", () => {
    expect(count(rows)).toEqual({ all: 3, open: 2, done: 1 });
  });
});

describe("withTask", () => {
  it("replaces a known task in its place and puts a new one first", () => {
    const known = [task(2, "Milk"), task(1, "Bread")];
    expect(titles(withTask(known, task(1, "Rolls")))).toEqual(["Milk", "Rolls"]);
    expect(titles(withTask(known, task(3, "Tea")))).toEqual(["Tea", "Milk", "Bread"]);
  });
});

describe("difference", () => {
  it("names only the fields that were edited, as the server will store them", () => {
    const before = { title: "Milk", description: null };
    expect(difference(before, { title: " Milk ", description: "  " })).toBeUndefined();
    expect(difference(before, { title: "Oat milk", description: "" })).toEqual({ title: "Oat milk" });
    expect(difference({ title: "Milk", description: "x" }, { title: "Milk", description: " " })).toEqual({
      description: null,
    });
  });
});
