import { AlertDialog } from "radix-ui";
import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "./button";
import { Notice } from "./notice";

interface Props {
  /** Of the button that opens it. */
  trigger: ReactNode;
  /** Whether that button is one of many. */
  modest?: boolean;
  title: string;
  description: string;
  cancel: string;
  confirm: string;
  /** Returns what went wrong, or nothing: then it closes. */
  onConfirm: (form: FormData) => Promise<string | undefined>;
  /** Fields to fill in. */
  children?: ReactNode;
}

/** A button that deletes something for good, and the question before it. */
export function ConfirmDialog({
  trigger,
  modest = false,
  title,
  description,
  cancel,
  confirm,
  onConfirm,
  children,
}: Props) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setBusy(true);
    setError("");
    const failure = await onConfirm(new FormData(event.currentTarget));
    setError(failure ?? "");
    setOpen(failure !== undefined);
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
        <Button {...(modest ? { look: "secondary", size: "small" } : { look: "danger" })}>{trigger}</Button>
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-50 bg-black/50" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 max-h-[90dvh] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-2xl bg-raised p-6 shadow-float outline-none">
          <AlertDialog.Title className="font-semibold text-lg">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-muted text-sm">{description}</AlertDialog.Description>
          <form method="post" onSubmit={submit} className="mt-5 grid gap-4">
            {children}
            <Notice kind="error">{error}</Notice>
            <div className="flex flex-wrap justify-end gap-3">
              <AlertDialog.Cancel asChild>
                <Button look="secondary" disabled={busy}>
                  {cancel}
                </Button>
              </AlertDialog.Cancel>
              <Button type="submit" look="danger" disabled={busy}>
                {busy ? "One moment…" : confirm}
              </Button>
            </div>
          </form>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
