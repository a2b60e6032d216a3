import { describe, expect, it } from "vitest";
import { ChatError } from "../protocol/errors";
import type { StreamEvent } from "../protocol/types";
import { ADD_MILK } from "../testing/streams";
import { type Connection, lasting, type Patience } from "./lasting";

type Attempt = { events: StreamEvent[]; ends: Error | null };

const LOST = new TypeError("network error");
const whole: Attempt = { events: ADD_MILK, ends: null };
const cut = (length: number, ends: Error | null = LOST): Attempt => ({
  events: ADD_MILK.slice(0, length),
  ends,
});

/** Runs a turn over a connection that does these things, one after the other. */
function over(...attempts: Attempt[]) {
  const abort = new AbortController();
  const told: (StreamEvent | Connection)[] = [];
  const pauses: number[] = [];
  let asked = 0;
  let last: StreamEvent | undefined;
  let onWait = () => {};
  const patience: Patience = {
    wait: async (milliseconds) => {
      pauses.push(milliseconds);
      onWait();
    },
    online: async () => {},
  };
  async function* open() {
    const { events, ends } = attempts[Math.min(asked, attempts.length - 1)] ?? whole;
    asked += 1;
    for (const event of events) yield event;
    if (ends) throw ends;
  }
  const run = async () => {
    for await (const event of lasting(open, () => last === ADD_MILK.at(-1), abort.signal, patience)) {
      told.push(event);
      if (event.type !== "connection") last = event;
    }
  };
  return {
    run,
    pauses,
    asked: () => asked,
    connection: () => told.flatMap((event) => (event.type === "connection" ? [event.lost] : [])),
    events: () => told.filter((event) => event.type !== "connection"),
    abortWhileWaiting: () => {
      onWait = () => abort.abort(new DOMException("stopped", "AbortError"));
    },
  };
}

describe("a turn whose connection breaks", () => {
  it("is asked for again until it is whole", async () => {
    const turn = over(cut(5), cut(9), whole);
    await turn.run();
    expect(turn.asked()).toBe(3);
    expect(turn.connection()).toEqual([true, false, true, false]);
    expect(turn.events()).toEqual([...ADD_MILK.slice(0, 5), ...ADD_MILK.slice(0, 9), ...ADD_MILK]);
    expect(turn.pauses).toEqual([500, 1000]);
  });

  it("is asked for again as well when the stream ends in good order before its time", async () => {
    const turn = over(cut(5, null), whole);
    await turn.run();
    expect(turn.connection()).toEqual([true, false]);
    expect(turn.events().at(-1)).toBe(ADD_MILK.at(-1));
  });

  it("is given up after some time, longer for what was heard of than for what was not", async () => {
    const heard = over(cut(3));
    await expect(heard.run()).rejects.toBe(LOST);
    expect(heard.asked()).toBe(6);
    const unheard = over(cut(0));
    await expect(unheard.run()).rejects.toBe(LOST);
    expect(unheard.asked()).toBe(3);
    expect(unheard.connection()).toEqual([]);
  });

  it("believes a server that ends it early three times", async () => {
    const turn = over(cut(5, null));
    await expect(turn.run()).rejects.toThrow("The connection was lost");
    expect(turn.asked()).toBe(3);
  });

  it("is not asked for again when the server refused, and not after it was stopped", async () => {
    const refused = over(cut(0, new ChatError("Too many.", 429)));
    await expect(refused.run()).rejects.toThrow("Too many.");
    expect(refused.asked()).toBe(1);

    const stopped = over(cut(5, new DOMException("stopped", "AbortError")));
    await expect(stopped.run()).rejects.toThrow("stopped");
    expect(stopped.asked()).toBe(1);

    const whileWaiting = over(cut(5));
    whileWaiting.abortWhileWaiting();
    await expect(whileWaiting.run()).rejects.toThrow("stopped");
    expect(whileWaiting.asked()).toBe(1);
  });

  it("is asked for again when a proxy found no server behind it", async () => {
    const turn = over(cut(0, new ChatError("Bad gateway.", 502)), whole);
    await turn.run();
    expect(turn.asked()).toBe(2);
  });
});
