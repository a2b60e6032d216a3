"use client";

import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { signUp } from "@/lib/auth-client";

export function SignUpForm({ returnTo }: { returnTo: string }) {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setBusy(true);
    setError("");
    const result = await signUp({
      name: String(data.get("name")).trim(),
      email: String(data.get("email")).trim(),
      password: String(data.get("password")),
    });
    if (result.ok) {
      window.location.assign(returnTo);
      return;
    }
    setError(result.message);
    setBusy(false);
  }

  return (
    <form method="post" onSubmit={submit} className="grid gap-5">
      <Notice kind="error">{error}</Notice>
      <Field label="Name" name="name" autoComplete="name" required maxLength={100} pattern=".*\S.*" />
      <Field label="E-mail" name="email" type="email" autoComplete="email" required maxLength={254} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={8}
        maxLength={128}
        hint="At least 8 characters."
      />
      <Button type="submit" size="large" disabled={busy}>
        {busy ? "Creating your account…" : "Create account"}
      </Button>
    </form>
  );
}
