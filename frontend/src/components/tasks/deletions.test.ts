import { beforeEach, describe, expect, it, vi } from "vitest";
import { deleteTask, type Task } from "@/lib/api/client";
import { deletions } from "./deletions";

vi.mock("@/lib/api/client", () => ({ deleteTask: vi.fn(async () => {}) }));

const task = { id: 7, title: "Milk" } as Task;
const outcome = () => ({ sending: vi.fn(), deleted: vi.fn(), failed: vi.fn() });

beforeEach(() => {
  vi.mocked(deleteTask).mockReset().mockResolvedValue();
});

describe("deletions", () => {
  it("hides a task at once and sends nothing while it can be taken back", () => {
    deletions.hide(task, outcome());
    expect(deletions.hidden()).toEqual(new Set([7]));
    expect(deletions.undo(7)).toBe(true);
    expect(deletions.hidden()).toEqual(new Set());
    expect(deleteTask).not.toHaveBeenCalled();
  });

  it("sends a deletion once, after which it cannot be taken back", async () => {
    const seen = outcome();
    deletions.hide(task, seen);
    const sending = deletions.send(7);
    expect(deletions.undo(7)).toBe(false);
    await Promise.all([sending, deletions.send(7)]);
    expect(deleteTask).toHaveBeenCalledTimes(1);
    expect(seen.sending).toHaveBeenCalledOnce();
    expect(seen.deleted).toHaveBeenCalledWith(7);
    expect(deletions.hidden()).toEqual(new Set());
  });

  it("shows the task again when the deletion fails", async () => {
    const seen = outcome();
    vi.mocked(deleteTask).mockRejectedValue(new Error("no"));
    deletions.hide(task, seen);
    await deletions.send(7);
    expect(seen.failed).toHaveBeenCalledOnce();
    expect(deletions.hidden()).toEqual(new Set());
  });

  it("sends what waits in a way that outlives the page when it is left", () => {
    deletions.hide(task, outcome());
    deletions.sendAll();
    expect(deleteTask).toHaveBeenCalledWith(7, { keepalive: true });
  });
});
