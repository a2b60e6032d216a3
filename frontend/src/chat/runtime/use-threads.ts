import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect } from "react";
import { followLive } from "@/lib/api/live";
import type { ChatClient } from "../protocol/client";
import type { Page, ThreadInfo } from "../protocol/types";
import { threadsKey } from "./threads-key";

type Pages = InfiniteData<Page<ThreadInfo>, string | undefined>;

/** The person's conversations, newest first. */
export function useThreads(client: ChatClient) {
  return useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: threadsKey,
      queryFn: ({ pageParam }) => client.list(pageParam),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => (page.has_more ? (page.after ?? page.data.at(-1)?.id) : undefined),
      select: ({ pages }) => pages.flatMap((page) => page.data),
    }),
  );
}

/** A turn says several things to the server, and the list has to be read once for all of them. */
const SETTLES = 700;

/** Reads the list again after something happened in a conversation, such as a title that was made later. */
export function useFreshThreads(): void {
  const queries = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = followLive({
      conversation: () => {
        timer ??= setTimeout(() => {
          timer = undefined;
          void queries.invalidateQueries({ queryKey: threadsKey });
        }, SETTLES);
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [queries]);
}

/** Puts what a turn told about a conversation into the list, on top if it is new there. */
export function rememberThread(queries: QueryClient, thread: ThreadInfo): void {
  const known = queries.getQueryData<Pages>(threadsKey)?.pages ?? [];
  const isNew = !known.some((page) => page.data.some(({ id }) => id === thread.id));
  edit(queries, (threads, page) => {
    if (isNew) return page === 0 ? [thread, ...threads] : threads;
    return threads.map((old) => (old.id === thread.id ? { ...old, ...thread } : old));
  });
  // A list that is being read may have been asked for before the conversation began, and would hide it again.
  if (known.length === 0 || queries.isFetching({ queryKey: threadsKey }) > 0) void readAgain(queries);
}

/** Invalidating alone would wait for the reading under way, and take its answer for the newest. */
async function readAgain(queries: QueryClient): Promise<void> {
  await queries.cancelQueries({ queryKey: threadsKey });
  await queries.invalidateQueries({ queryKey: threadsKey });
}

export function useRenameThread(client: ChatClient) {
  return useThreadChange(
    ({ id, title }: { id: string; title: string }) => client.rename(id, title),
    (threads, { id, title }) => threads.map((thread) => (thread.id === id ? { ...thread, title } : thread)),
  );
}

export function useDeleteThread(client: ChatClient) {
  return useThreadChange(
    ({ id }: { id: string }) => client.remove(id),
    (threads, { id }) => threads.filter((thread) => thread.id !== id),
  );
}

/** A change that the list shows once the server accepted it; the dialog that asked for it shows a failure. */
function useThreadChange<V>(
  send: (variables: V) => Promise<unknown>,
  change: (threads: ThreadInfo[], variables: V) => ThreadInfo[],
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: (_, variables) => edit(queries, (threads) => change(threads, variables)),
  });
}

function edit(queries: QueryClient, change: (threads: ThreadInfo[], page: number) => ThreadInfo[]): void {
  queries.setQueryData<Pages>(
    threadsKey,
    (old) => old && { ...old, pages: old.pages.map((page, i) => ({ ...page, data: change(page.data, i) })) },
  );
}
