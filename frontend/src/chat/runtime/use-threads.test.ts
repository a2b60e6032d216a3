import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { rememberThread } from "./use-threads";

const thread = (id: string, title?: string) => ({
  id,
  created_at: "2026-11-20T10:00:00Z",
  ...(title && { title }),
});

function listOf(...pages: ReturnType<typeof thread>[][]) {
  const queries = new QueryClient();
  queries.setQueryData(["chat-threads"], {
    pages: pages.map((data) => ({ data, has_more: false })),
    pageParams: [],
  });
  const titles = () =>
    queries
      .getQueryData<{ pages: { data: { id: string; title?: string }[] }[] }>(["chat-threads"])
      ?.pages.map((page) => page.data.map(({ id, title }) => `${id} ${title ?? "-"}`));
  return { queries, titles };
}

it("puts a new conversation on top of the list, once", () => {
  const { queries, titles } = listOf([thread("thr_2")], [thread("thr_1")]);
  rememberThread(queries, thread("thr_3"));
  rememberThread(queries, thread("thr_3", "Milk"));
  expect(titles()).toEqual([["thr_3 Milk", "thr_2 -"], ["thr_1 -"]]);
});

it("renames a conversation where it stands", () => {
  const { queries, titles } = listOf([thread("thr_2")], [thread("thr_1", "Old")]);
  rememberThread(queries, thread("thr_1", "New"));
  expect(titles()).toEqual([["thr_2 -"], ["thr_1 New"]]);
});
