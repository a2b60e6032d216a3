"use client";

import { AlertDialog } from "radix-ui";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { deleteAccount } from "@/lib/auth-client";

export function DeleteAccount({ email }: { email: string }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget).get("password"));
    setBusy(true);
    setError("");
    const result = await deleteAccount({ password });
    if (result.ok) {
      window.location.assign("/");
      return;
    }
    setError(result.code === "INVALID_PASSWORD" ? "That is not your password." : result.message);
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
        <Button look="danger">Delete account…</Button>
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-50 bg-black/50" />
        <AlertDialog.Content className="fixed top-1/2 left-1/2 z-50 max-h-[90dvh] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-2xl bg-raised p-6 shadow-float outline-none">
          <AlertDialog.Title className="font-semibold text-lg">Delete your account?</AlertDialog.Title>
          <AlertDialog.Description className="mt-2 text-muted text-sm">
            All tasks and conversations of {email} are deleted with it, for good. There is no way back.
          </AlertDialog.Description>
          <form method="post" onSubmit={submit} className="mt-5 grid gap-4">
            <input type="text" name="username" value={email} readOnly autoComplete="username" hidden />
            <Field
              label="Your password"
              name="password"
              type="password"
              autoComplete="current-password"
              required
              maxLength={128}
            />
            <Notice kind="error">{error}</Notice>
            <div className="flex flex-wrap justify-end gap-3">
              <AlertDialog.Cancel asChild>
                <Button look="secondary" disabled={busy}>
                  Keep my account
                </Button>
              </AlertDialog.Cancel>
              <Button type="submit" look="danger" disabled={busy}>
                {busy ? "Deleting…" : "Delete everything"}
              </Button>
            </div>
          </form>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
