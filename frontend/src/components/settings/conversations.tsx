"use client";

import { useQueryClient } from "@tanstack/react-query";
import { AlertDialog } from "radix-ui";
import { useState } from "react";
import { threadsKey } from "@/chat/runtime/threads-key";
import { sentence } from "@/components/tasks/use-tasks";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { deleteConversations, type ExportFormat, exportConversations } from "@/lib/api/account";
import { download } from "@/lib/download";

/** Everything said, as a file, or gone. */
export function Conversations() {
  const [busy, setBusy] = useState<ExportFormat>();
  const [error, setError] = useState("");
  const [done, setDone] = useState("");

  async function save(format: ExportFormat) {
    setBusy(format);
    setError("");
    setDone("");
    try {
      const file = await exportConversations(format);
      download(file);
      setDone(`Saved as ${file.name}.`);
    } catch (reason) {
      setError(sentence(reason));
    }
    setBusy(undefined);
  }

  return (
    <div className="grid gap-4">
      <Notice kind="error">{error}</Notice>
      <Notice kind="success">{done}</Notice>
      <div className="flex flex-wrap gap-3">
        <Button look="secondary" disabled={busy !== undefined} onClick={() => save("json")}>
          {busy === "json" ? "Preparing…" : "Download as JSON"}
        </Button>
        <Button look="secondary" disabled={busy !== undefined} onClick={() => save("markdown")}>
          {busy === "markdown" ? "Preparing…" : "Download as Markdown"}
        </Button>
        <DeleteAll onDone={() => setDone("Your conversations are deleted.")} />
      </div>
    </div>
  );
}

function DeleteAll({ onDone }: { onDone: () => void }) {
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");

  async function remove() {
    setBusy(true);
    setError("");
    try {
      await deleteConversations();
      // The chat may not be on screen, so nothing there notices.
      queries.removeQueries({ queryKey: threadsKey });
      setOpen(false);
      onDone();
    } catch (reason) {
      setError(sentence(reason));
    }
    setBusy(false);
  }

  return (
    <AlertDialog.Root
      open={open}
      onOpenChange={(next) => {
        if (busy) return;
        setOpen(next);
        setError("");
      }}
    >
      <AlertDialog.Trigger asChild>
        <Button look="danger">Delete all conversations…</Button>
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-50 bg-black/50" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 max-h-[90dvh] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-2xl bg-raised p-6 shadow-float outline-none">
          <AlertDialog.Title className="font-semibold text-lg">Delete all conversations?</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-muted text-sm">
            Everything you and the assistant said is deleted, for good. Your tasks stay as they are.
          </AlertDialog.Description>
          <div className="has-[p]:mt-4">
            <Notice kind="error">{error}</Notice>
          </div>
          <div className="mt-6 flex flex-wrap justify-end gap-3">
            <AlertDialog.Cancel asChild>
              <Button look="secondary" disabled={busy}>
                Keep them
              </Button>
            </AlertDialog.Cancel>
            <Button look="danger" disabled={busy} onClick={remove}>
              {busy ? "Deleting…" : "Delete all"}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
