import { expect, it } from "vitest";
import type { Undoable } from "@/lib/api/client";
import { ADD_MILK_ITEMS, answer, userMessage } from "../testing/streams";
import { type Custom, convert, group } from "./messages";
import { isNear } from "./use-undoable-turns";

it("only an answer for which tools were used has calls, from the first of them to its end", () => {
  const items = [...ADD_MILK_ITEMS, userMessage("msg_4", "thanks"), answer("msg_5", "Sure.")];
  const calls = group(items, new Set()).map(
    (message) => (convert(message).metadata.custom as Custom).calls?.first,
  );
  expect(calls).toEqual([undefined, "wf_2", undefined, undefined]);
});

it("only a change of the chat at about the same time can be an answer's", () => {
  const calls = { first: "wf_2", count: 2, from: "2026-01-01T10:00:00Z", until: "2026-01-01T12:00:00Z" };
  const near = (at: string, means = "chat") =>
    isNear(
      { means, at, batch: "turn-1", tasks: 1, title: "Milk", kind: "created" } satisfies Undoable,
      calls,
    );
  expect(near("2026-01-01T10:00:00Z")).toBe(true);
  expect(near("2026-01-01T11:00:00Z")).toBe(true);
  expect(near("2026-01-01T12:01:00Z")).toBe(true);
  expect(near("2026-01-01T11:00:00Z", "page")).toBe(false);
  expect(near("2026-01-01T09:00:00Z")).toBe(false);
  expect(near("2026-01-01T13:00:00Z")).toBe(false);
});
