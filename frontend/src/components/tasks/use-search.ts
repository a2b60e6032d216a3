"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { listTasks } from "@/lib/api/client";
import { taskKeys } from "./task-keys";

/** How long nothing is typed before the server is asked, in milliseconds. */
const pause = 200;

/** What the server finds for words, among all tasks and not only those that the page has. Words that are typed on cancel the request. */
export function useSearch(words: string) {
  const [asked, setAsked] = useState(words);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(words), pause);
    return () => clearTimeout(timer);
  }, [words]);
  const { data, error, refetch } = useQuery({
    queryKey: [...taskKeys.search, asked],
    queryFn: ({ signal }) => listTasks(signal, asked),
    enabled: asked !== "",
    gcTime: 60_000,
  });
  const answered = words !== "" && words === asked;
  return {
    /** Undefined until there is an answer to these very words. */
    found: answered ? data : undefined,
    error: answered && !data ? error : null,
    retry: refetch,
  };
}
