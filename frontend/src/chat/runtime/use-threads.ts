import {
  type InfiniteData,
  infiniteQueryOptions,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import type { ChatClient } from "../protocol/client";
import type { Page, ThreadInfo } from "../protocol/types";

export const threadKeys = { all: ["chat-threads"] as const };

type Pages = InfiniteData<Page<ThreadInfo>, string | undefined>;

/** The person's conversations, newest first. */
export function useThreads(client: ChatClient) {
  return useInfiniteQuery(
    infiniteQueryOptions({
      queryKey: threadKeys.all,
      queryFn: ({ pageParam }) => client.list(pageParam),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => (page.has_more ? (page.after ?? page.data.at(-1)?.id) : undefined),
      select: ({ pages }) => pages.flatMap((page) => page.data),
    }),
  );
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
    onSuccess: (_, variables) => {
      queries.setQueryData<Pages>(
        threadKeys.all,
        (old) =>
          old && {
            ...old,
            pages: old.pages.map((page) => ({ ...page, data: change(page.data, variables) })),
          },
      );
    },
  });
}
