import { describe, expect, it } from "vitest";
import type { Undoable, Undone } from "@/lib/api/client";
import { isUndoKey, label, newest, outcome } from "./undo-words";

const change = (fields: Partial<Undoable>): Undoable => ({
  batch: "b",
  means: "page",
  at: "2026-01-01T00:00:00Z",
  tasks: 1,
  title: "Milk",
  kind: "deleted",
  ...fields,
});

const named = (...titles: string[]) => titles.map((title, id) => ({ id, title }));

const undone = (restored: string[], refused: Undone["refused"] = []): Undone => ({
  batch: "b",
  undo_id: "u",
  restored: named(...restored),
  refused,
});

describe("what an Undo button says", () => {
  it("tells what happened to which task", () => {
    expect(label(change({}))).toBe("Undo: deleted “Milk”");
    expect(label(change({ kind: "created", tasks: 3 }))).toBe("Undo: added “Milk” and 2 more");
    expect(label(change({ kind: "completed", tasks: 2 }))).toBe("Undo: completed “Milk” and 1 more");
  });

  it("calls changed what a newer server has another word for", () => {
    expect(label(change({ kind: "moved" }))).toBe("Undo: changed “Milk”");
  });
});

describe("what came of it", () => {
  it("is told with the tasks that it was done to", () => {
    expect(outcome(undone(["Milk"]), "deleted", false)).toBe("Undone: deleted “Milk”.");
    expect(outcome(undone(["Milk", "Eggs"]), "created", true)).toBe("Done again: added “Milk” and 1 more.");
  });

  it("names what was left alone", () => {
    const [eggs, bread] = named("Eggs", "Bread").map((task) => ({ ...task, reason: "changed" as const }));
    if (!eggs || !bread) throw new Error("there are two");
    expect(outcome(undone(["Milk"], [eggs, bread]), "completed", false)).toBe(
      "Undone: completed “Milk”. Left alone, as changed since: “Eggs” and 1 more.",
    );
    expect(outcome(undone(["Milk"], [{ ...eggs, reason: "unreadable" }]), "deleted", false)).toBe(
      "Undone: deleted “Milk”. Left alone: “Eggs”.",
    );
  });
});

describe("the newest change that is offered", () => {
  it("is the first that a person made, by whatever means", () => {
    const list = [change({ batch: "x", means: null }), change({ batch: "c", means: "chat" }), change({})];
    expect(newest(list)?.batch).toBe("c");
    expect(newest([change({ means: null })])).toBeUndefined();
  });
});

describe("the key that undoes", () => {
  const key = (fields: object) => isUndoKey({ key: "z", target: null, ...fields } as KeyboardEvent);
  const at = (writing: boolean) => ({ closest: () => (writing ? {} : null) });

  it("is Ctrl+Z and ⌘Z", () => {
    expect(key({ ctrlKey: true })).toBe(true);
    expect(key({ metaKey: true, target: at(false) })).toBe(true);
  });

  it("is no other key, and not where text is written", () => {
    expect(key({})).toBe(false);
    expect(key({ ctrlKey: true, shiftKey: true })).toBe(false);
    expect(key({ ctrlKey: true, key: "y" })).toBe(false);
    expect(key({ ctrlKey: true, target: at(true) })).toBe(false);
    expect(key({ ctrlKey: true, defaultPrevented: true })).toBe(false);
  });
});
