import { useQuery } from "@tanstack/react-query";
import { useUndoable } from "@/components/tasks/use-undo";
import { listUndoIds, type Undoable } from "@/lib/api/client";
import { numberOf } from "../protocol/client";
import type { Calls } from "./messages";

/** How far apart a change and the calls that made it may seem: the longest turn, and clocks that differ. */
const APART = 10 * 60_000;

/** What these tool calls changed and can be undone, newest first: more than one when a question came in between. */
export function useUndoableTurns(threadId: string | null, calls: Calls): Undoable[] {
  const near = useUndoable()?.filter((change) => isNear(change, calls)) ?? [];
  const { data: made } = useQuery({
    queryKey: ["undo-ids", threadId, calls.first, calls.count],
    queryFn: ({ signal }) =>
      listUndoIds(
        { conversation: numberOf(threadId ?? ""), after: numberOf(calls.first) - 1, limit: calls.count },
        signal,
      ),
    // Most answers are older than what can be undone, and are not asked about.
    enabled: threadId !== null && near.length > 0,
    // What was done stays so.
    staleTime: Number.POSITIVE_INFINITY,
  });
  return near.filter(({ batch }) => made?.includes(batch));
}

/** Whether a change can be one of these calls. */
export function isNear({ means, at }: Undoable, { from, until }: Calls): boolean {
  const made = Date.parse(at);
  return means === "chat" && made > Date.parse(from) - APART && made < Date.parse(until) + APART;
}
