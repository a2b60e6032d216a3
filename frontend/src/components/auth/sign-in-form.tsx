"use client";

import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { signIn } from "@/lib/auth-client";

export function SignInForm({ returnTo }: { returnTo: string }) {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setBusy(true);
    setError("");
    const result = await signIn({
      email: String(data.get("email")).trim(),
      password: String(data.get("password")),
    });
    if (result.ok) {
      // A full load: nothing of whoever was here before stays in memory.
      window.location.assign(returnTo);
      return;
    }
    setError(result.message);
    setBusy(false);
  }

  return (
    <form method="post" onSubmit={submit} className="grid gap-5">
      <Notice kind="error">{error}</Notice>
      <Field label="E-mail" name="email" type="email" autoComplete="email" required maxLength={254} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={128}
      />
      <Button type="submit" size="large" disabled={busy}>
        {busy ? "Signing in…" : "Sign in"}
      </Button>
    </form>
  );
}
