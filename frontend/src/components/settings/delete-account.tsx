"use client";

import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Field } from "@/components/ui/field";
import { deleteAccount } from "@/lib/auth-client";

export function DeleteAccount({ email }: { email: string }) {
  async function remove(form: FormData) {
    const result = await deleteAccount({ password: String(form.get("password")) });
    if (!result.ok) return result.code === "INVALID_PASSWORD" ? "That is not your password." : result.message;
    window.location.assign("/");
    // Nothing can be pressed any more until the other page is there.
    return new Promise<never>(() => {});
  }

  return (
    <ConfirmDialog
      trigger="Delete account…"
      title="Delete your account?"
      description={`All tasks and conversations of ${email} are deleted with it, for good. There is no way back.`}
      cancel="Keep my account"
      confirm="Delete everything"
      onConfirm={remove}
    >
      <input type="text" name="username" value={email} readOnly autoComplete="username" hidden />
      <Field
        label="Your password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={128}
      />
    </ConfirmDialog>
  );
}
