import { describe, expect, it, vi } from "vitest";
import { Live, type Surroundings } from "./live";

/** A tab whose visibility, connections and clock the test decides. */
function tab() {
  const connections: { send: (text: string) => void; end: () => void; signal: AbortSignal }[] = [];
  const pauses: { length: number; over: () => void }[] = [];
  let visible = true;
  let answer = 200;
  let listener = () => {};
  const here: Surroundings = {
    fetch: (async (_: unknown, init: RequestInit) => {
      const signal = init.signal as AbortSignal;
      if (answer !== 200) {
        connections.push({ send: () => {}, end: () => {}, signal });
        return new Response("", { status: answer });
      }
      let controller!: ReadableStreamDefaultController<Uint8Array>;
      const stream = new ReadableStream<Uint8Array>({
        start: (given) => {
          controller = given;
        },
      });
      signal.addEventListener("abort", () => controller.error(signal.reason));
      connections.push({
        send: (text) => controller.enqueue(new TextEncoder().encode(text)),
        end: () => controller.close(),
        signal,
      });
      return new Response(stream);
    }) as typeof fetch,
    isVisible: () => visible,
    onVisibilityChange: (given) => {
      listener = given;
      return () => {
        listener = () => {};
      };
    },
    wait: (length) => new Promise((resolve) => void pauses.push({ length, over: resolve })),
    random: () => 0.5,
  };
  return {
    here,
    connections,
    pauses,
    show(next: boolean) {
      visible = next;
      listener();
    },
    answerWith(status: number) {
      answer = status;
    },
  };
}

const follow = (tasks: () => void, here: Surroundings) => new Live(here).follow({ tasks });

describe("live events", () => {
  it("asks for the list after connecting and at every change, but not at comments", async () => {
    const { here, connections } = tab();
    const changed = vi.fn();
    follow(changed, here);
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
    connections[0]?.send(": keep-alive\n\nevent: other\ndata: {}\n\n");
    connections[0]?.send("event: tasks.changed\ndata: {}\n\n");
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2));
  });

  it("disconnects while the tab is hidden and catches up when it is seen again", async () => {
    const { here, connections, show } = tab();
    const changed = vi.fn();
    follow(changed, here);
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
    show(false);
    expect(connections[0]?.signal.aborted).toBe(true);
    show(true);
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2));
    expect(connections).toHaveLength(2);
  });

  it("connects again after a break, waiting longer each time it fails", async () => {
    const { here, connections, pauses, answerWith } = tab();
    follow(() => {}, here);
    await vi.waitFor(() => expect(connections).toHaveLength(1));
    answerWith(503);
    connections[0]?.end();
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      await vi.waitFor(() => expect(pauses).toHaveLength(1));
      expect(pauses[0]?.length).toBe(seconds * 1000);
      pauses.shift()?.over();
    }
  });

  it("does not connect in a tab that is hidden from the beginning, and stops for good when told", async () => {
    const { here, connections, show } = tab();
    show(false);
    const stop = follow(() => {}, here);
    expect(connections).toHaveLength(0);
    show(true);
    await vi.waitFor(() => expect(connections).toHaveLength(1));
    stop();
    expect(connections[0]?.signal.aborted).toBe(true);
    show(false);
    show(true);
    expect(connections).toHaveLength(1);
  });

  it("tells who listens to conversations which one it is, and all of them when some may have been missed", async () => {
    const { here, connections } = tab();
    const conversation = vi.fn();
    const tasks = vi.fn();
    new Live(here).follow({ conversation, tasks });
    await vi.waitFor(() => expect(conversation.mock.calls).toEqual([[null]]));
    connections[0]?.send('event: conversations.changed\ndata: {"conversation_id":12}\n\n');
    connections[0]?.send("event: conversations.changed\ndata: {}\n\n");
    connections[0]?.send("event: conversations.changed\ndata: nonsense\n\n");
    await vi.waitFor(() => expect(conversation.mock.calls).toEqual([[null], [12], [null], [null]]));
    expect(tasks).toHaveBeenCalledOnce();
  });

  it("needs one connection for all who listen, and none when nobody does", async () => {
    const { here, connections } = tab();
    const live = new Live(here);
    const first = vi.fn();
    const second = vi.fn();
    const leaveFirst = live.follow({ tasks: first });
    await vi.waitFor(() => expect(first).toHaveBeenCalledOnce());
    const leaveSecond = live.follow({ tasks: second });
    connections[0]?.send("event: tasks.changed\ndata: {}\n\n");
    await vi.waitFor(() => expect(second).toHaveBeenCalledOnce());
    leaveFirst();
    expect(connections[0]?.signal.aborted).toBe(false);
    leaveSecond();
    expect(connections[0]?.signal.aborted).toBe(true);
    expect(connections).toHaveLength(1);
  });
});
