"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { threadsKey } from "@/chat/runtime/threads-key";
import { Button } from "@/components/ui/button";
import { sentence } from "@/components/ui/complain";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Notice } from "@/components/ui/notice";
import { deleteConversations, type ExportFormat, exportConversations } from "@/lib/api/account";
import { download } from "@/lib/download";

/** Exports all conversations as a file, or deletes them. */
export function Conversations() {
  const queries = useQueryClient();
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

  async function remove() {
    try {
      await deleteConversations();
    } catch (reason) {
      return sentence(reason);
    }
    // The chat may not be on screen, so nothing there notices.
    queries.removeQueries({ queryKey: threadsKey });
    setDone("Your conversations are deleted.");
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
        <ConfirmDialog
          trigger="Delete all conversations…"
          title="Delete all conversations?"
          description="Everything you and the assistant said is deleted, for good. Your tasks stay as they are."
          cancel="Keep them"
          confirm="Delete all"
          onConfirm={remove}
        />
      </div>
    </div>
  );
}
