"use client";

import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { complain } from "@/components/ui/complain";
import { announce, showToast } from "@/components/ui/toasts";
import { ApiError, listUndoable, type Undoable, type Undone, undo } from "@/lib/api/client";
import { followLive } from "@/lib/api/live";
import { randomKey } from "@/lib/random-key";
import { taskKeys } from "./task-keys";
import { newest, outcome } from "./undo-words";

const undoable = queryOptions({
  queryKey: taskKeys.undoable,
  queryFn: ({ signal }) => listUndoable(signal),
});

/** What can be undone, newest first; undefined until it is known. {@link useFreshUndoable} keeps it current. */
export function useUndoable(): Undoable[] | undefined {
  return useQuery(undoable).data;
}

/** For one place of a page that tells what can be undone. */
export function useFreshUndoable(): void {
  const client = useQueryClient();
  useEffect(
    () => followLive({ tasks: () => void client.invalidateQueries({ queryKey: taskKeys.undoable }) }),
    [client],
  );
}

/** Without a change: the newest there is when the changes that are on their way have arrived. */
type Wanted = { change?: Pick<Undoable, "batch" | "kind">; again: boolean; key: string };

/** Takes changes back, and does them again, each told with the way back. */
export function useUndo() {
  const client = useQueryClient();
  const mutation = useMutation({
    scope: { id: "tasks" },
    mutationFn: async ({ change, key }: Wanted): Promise<{ undone?: Undone; kind: string }> => {
      const wanted = change ?? newest(await listUndoable());
      if (!wanted) return { kind: "" };
      return { undone: await undo(wanted.batch, key), kind: wanted.kind };
    },
    onSuccess: ({ undone, kind }, { again }) => {
      if (!undone) return announce("There is nothing to undo.");
      const back = { change: { batch: undone.undo_id, kind }, again: !again };
      showToast({
        kind: "info",
        message: outcome(undone, kind, again),
        action: {
          label: again ? "Undo" : "Redo",
          run: () => mutation.mutate({ ...back, key: randomKey() }),
        },
      });
    },
    onError: (error, wanted) => {
      // A refusal says by itself that nothing was undone.
      const refused = error instanceof ApiError && error.status >= 400 && error.status < 500;
      complain(refused ? "" : "Nothing was undone.", error, () => mutation.mutate(wanted));
    },
    onSettled: () => void client.invalidateQueries({ queryKey: taskKeys.list }),
  });
  const { mutate } = mutation;
  return useCallback(
    (change?: Wanted["change"]) => mutate({ ...(change && { change }), again: false, key: randomKey() }),
    [mutate],
  );
}
