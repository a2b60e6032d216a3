"use client";

import { type FormEvent, useState } from "react";
import { NewPasswordField } from "@/components/auth/auth-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { type AuthResult, changePassword } from "@/lib/auth-client";

export function PasswordForm({ email }: { email: string }) {
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<AuthResult>();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    setBusy(true);
    setResult(undefined);
    const outcome = await changePassword({
      currentPassword: String(data.get("current")),
      newPassword: String(data.get("new")),
    });
    if (outcome.ok) form.reset();
    setResult(outcome);
    setBusy(false);
  }

  return (
    <form method="post" onSubmit={submit} className="grid max-w-sm gap-4">
      {/* Tells a password manager whose password this is. */}
      <input type="text" name="username" value={email} readOnly autoComplete="username" hidden />
      <Field
        label="Current password"
        name="current"
        type="password"
        autoComplete="current-password"
        required
        maxLength={128}
      />
      <NewPasswordField label="New password" name="new" />
      <Notice kind="error">{result?.ok === false ? result.message : ""}</Notice>
      <Notice kind="success">
        {result?.ok ? "Your password is changed. Every other device is signed out." : ""}
      </Notice>
      <Button type="submit" disabled={busy} className="justify-self-start">
        {busy ? "Changing…" : "Change password"}
      </Button>
    </form>
  );
}
