import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useRef, useState } from "react";
import { taskKeys } from "@/components/tasks/task-keys";
import { label, leftAlone } from "@/components/tasks/undo-words";
import { Button } from "@/components/ui/button";
import { complain } from "@/components/ui/complain";
import { type Undoable, undo } from "@/lib/api/client";
import { randomKey } from "@/lib/random-key";
import type { Calls } from "../runtime/messages";
import { useSessionValue } from "../runtime/use-chat-runtime";
import { useUndoableTurns } from "../runtime/use-undoable-turns";
import { useSession } from "./session-context";

/** Takes back what an answer changed, for as long as that can be done. */
export function UndoTurn({ calls }: { calls: Calls }) {
  const session = useSession();
  const changes = useUndoableTurns(
    useSessionValue(session, ({ threadId }) => threadId),
    calls,
  );
  const queries = useQueryClient();
  const button = useRef<HTMLButtonElement>(null);
  const status = useRef<HTMLParagraphElement>(null);
  const [said, setSaid] = useState("");
  const undoing = useMutation({
    mutationFn: async (changes: readonly Undoable[]) => {
      const refused = [];
      for (const { batch } of changes) refused.push(...(await undo(batch, randomKey())).refused);
      return refused;
    },
    onSuccess: (refused) => {
      // The button goes, and takes the keyboard along.
      if (button.current === document.activeElement) status.current?.focus();
      setSaid(["Undone.", leftAlone(refused)].filter(Boolean).join(" "));
    },
    onError: (error) => complain("", error),
    // Until it is known that nothing is left to undo.
    onSettled: () => queries.invalidateQueries({ queryKey: taskKeys.list }),
  });
  // Done again by other means, it can be undone again.
  const over = said !== "" && (changes.length === 0 || undoing.isPending);
  return (
    <>
      {changes.length > 0 && !over && (
        <Button
          ref={button}
          look="secondary"
          size="small"
          className="mt-2"
          title={changes.map(label).join("\n")}
          onClick={() => undoing.isPending || undoing.mutate(changes)}
        >
          <Undo2 aria-hidden="true" className="size-4" />
          Undo
        </Button>
      )}
      <p ref={status} role="status" tabIndex={-1} className="not-empty:mt-2 text-muted text-sm">
        {over && said}
      </p>
    </>
  );
}
