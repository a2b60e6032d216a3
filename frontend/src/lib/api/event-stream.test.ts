import { describe, expect, it } from "vitest";
import { readEvents, type StreamEvent } from "./event-stream";

function body(text: string, size = text.length): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

async function read(text: string, size?: number): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of readEvents(body(text, size))) events.push(event);
  return events;
}

describe("readEvents", () => {
  it("yields the type and the data of each event", async () => {
    expect(await read("event: tasks.changed\ndata: {}\n\ndata: plain\n\n")).toEqual([
      { type: "tasks.changed", data: "{}" },
      { type: "message", data: "plain" },
    ]);
  });

  it("reads the same whatever the size of the chunks and the line ends", async () => {
    const text = ": hi\r\n\r\nevent: a\r\ndata: é🥛\r\ndata: two\r\n\r\n";
    for (let size = 1; size <= 12; size += 1)
      expect(await read(text, size)).toEqual([
        { type: "comment", data: "hi" },
        { type: "a", data: "é🥛\ntwo" },
      ]);
  });

  it("drops an event that was cut in half", async () => {
    expect(await read("data: one\n\ndata: tw")).toEqual([{ type: "message", data: "one" }]);
  });

  it("closes the connection when the reader leaves early", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const _ of readEvents(endless)) break;
    expect(cancelled).toBe(true);
  });
});
