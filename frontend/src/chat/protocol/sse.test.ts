import { describe, expect, it } from "vitest";
import { bytes } from "../testing/streams";
import { readFrames } from "./sse";

async function read(text: string, size?: number): Promise<string[]> {
  const frames: string[] = [];
  for await (const frame of readFrames(bytes(text, size))) frames.push(frame);
  return frames;
}

describe("readFrames", () => {
  it("yields the data of each frame", async () => {
    expect(await read("data: one\n\ndata:two\n\n")).toEqual(["one", "two"]);
  });

  it("reads the same whatever the size of the chunks", async () => {
    const text = 'data: {"a":"é🥛"}\r\n\r\n: keep-alive\r\n\r\ndata: {"b":1}\r\n\r\n';
    for (let size = 1; size <= 12; size += 1) {
      expect(await read(text, size)).toEqual(['{"a":"é🥛"}', '{"b":1}']);
    }
  });

  it("drops comments, other fields and empty frames", async () => {
    expect(await read(": hi\n\nevent: x\nid: 7\n\n\n\ndata: y\n\n")).toEqual(["y"]);
  });

  it("joins the lines of one frame", async () => {
    expect(await read("data: a\ndata: b\n\n")).toEqual(["a\nb"]);
  });

  it("drops a frame that was cut in half", async () => {
    expect(await read('data: {"a":1}\n\ndata: {"b"')).toEqual(['{"a":1}']);
  });

  it("closes the connection when the reader leaves early", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const _ of readFrames(endless)) break;
    expect(cancelled).toBe(true);
  });
});
