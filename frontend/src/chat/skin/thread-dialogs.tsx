import { AlertDialog, Dialog } from "radix-ui";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import type { ChatClient } from "../protocol/client";
import type { ThreadInfo } from "../protocol/types";
import { useDeleteThread, useRenameThread } from "../runtime/use-threads";
import { CHAT_TITLE } from "./chat-header";
import { type ThreadAction, titleOf } from "./thread-list";

const OVERLAY = "fixed inset-0 z-40 bg-black/40";
const BOX =
  "fixed inset-x-4 top-1/2 z-50 mx-auto max-w-md -translate-y-1/2 rounded-2xl border border-line bg-raised p-6 shadow-float outline-none";
const TITLE = "font-semibold text-lg";
const ACTIONS = "mt-6 flex justify-end gap-2";

/** The menu item that opened the dialog is gone by now, so the focus goes to the menu's button, if that is there. */
function giveBackFocus(event: Event, trigger: HTMLElement | null) {
  event.preventDefault();
  if (trigger?.isConnected) trigger.focus();
  else if (document.activeElement === document.body) document.getElementById(CHAT_TITLE)?.focus();
}

interface Props {
  action: ThreadAction;
  client: ChatClient;
  onClose: () => void;
  /** Called once the server has done it. */
  onDone: (thread: ThreadInfo) => void;
}

export function RenameDialog({ action: { thread, trigger }, client, onClose, onDone }: Props) {
  const [title, setTitle] = useState(thread.title ?? "");
  const rename = useRenameThread(client);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = title.trim();
    if (!trimmed || rename.isPending) return;
    rename.mutate(
      { id: thread.id, title: trimmed },
      { onSuccess: () => onDone({ ...thread, title: trimmed }) },
    );
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={OVERLAY} />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => giveBackFocus(event, trigger)}
          className={BOX}
        >
          <Dialog.Title className={TITLE}>Rename conversation</Dialog.Title>
          <form onSubmit={submit} className="mt-4">
            <Field
              label="Name"
              name="title"
              autoComplete="off"
              maxLength={200}
              required
              value={title}
              onChange={(event) => setTitle(event.target.value)}
              onFocus={(event) => event.target.select()}
            />
            <div className="has-[p]:mt-4">
              <Notice kind="error">{rename.error?.message}</Notice>
            </div>
            <div className={ACTIONS}>
              <Button look="quiet" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" disabled={rename.isPending}>
                {rename.isPending ? "Renaming…" : "Rename"}
              </Button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function DeleteDialog({ action: { thread, trigger }, client, onClose, onDone }: Props) {
  const remove = useDeleteThread(client);
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={OVERLAY} />
        <AlertDialog.Content onCloseAutoFocus={(event) => giveBackFocus(event, trigger)} className={BOX}>
          <AlertDialog.Title className={TITLE}>Delete this conversation?</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-muted text-sm [overflow-wrap:anywhere]">
            “{titleOf(thread)}” will be gone for good. Your tasks stay as they are.
          </AlertDialog.Description>
          <div className="has-[p]:mt-4">
            <Notice kind="error">{remove.error?.message}</Notice>
          </div>
          <div className={ACTIONS}>
            <AlertDialog.Cancel asChild>
              <Button look="quiet">Cancel</Button>
            </AlertDialog.Cancel>
            <Button
              look="danger"
              disabled={remove.isPending}
              onClick={() => remove.mutate({ id: thread.id }, { onSuccess: () => onDone(thread) })}
            >
              {remove.isPending ? "Deleting…" : "Delete"}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
