import { describe, expect, it, vi } from "vitest";
import { createChatClient } from "../protocol/client";
import { ADD_MILK, eventStream } from "../testing/streams";
import { Sessions, sessionsFor } from "./sessions";

const client = () => createChatClient(async () => eventStream(ADD_MILK));

describe("Sessions", () => {
  it("keeps a conversation that just began under the id it was given", async () => {
    const sessions = new Sessions("u", client());
    const blank = sessions.open(null);
    expect(sessions.open(null)).toBe(blank);
    await blank.send("add milk");
    expect(sessions.open("thr_1")).toBe(blank);
    expect(sessions.open(null)).not.toBe(blank);
  });

  it("tells the page that is there, and does without one that left", async () => {
    const sessions = new Sessions("u", client());
    const listener = {
      onThreadCreated: vi.fn(),
      onThreadChanged: vi.fn(),
      onTasksChanged: vi.fn(),
      onTurnEnd: vi.fn(),
    };
    const leave = sessions.listen(listener);
    await sessions.open(null).send("add milk");
    expect(listener.onThreadCreated).toHaveBeenCalledExactlyOnceWith("thr_1");
    leave();
    await sessions.open(null).send("add milk");
    expect(listener.onTurnEnd).toHaveBeenCalledOnce();
  });

  it("reads a conversation afresh after it was forgotten", () => {
    const sessions = new Sessions("u", client());
    const before = sessions.open("thr_1");
    sessions.forget("thr_1");
    expect(sessions.open("thr_1")).not.toBe(before);
  });

  it("shows nobody another person's conversations", () => {
    const mine = sessionsFor("me", client);
    expect(sessionsFor("me", client)).toBe(mine);
    expect(sessionsFor("somebody else", client)).not.toBe(mine);
  });
});
