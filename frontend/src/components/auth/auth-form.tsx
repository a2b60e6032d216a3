"use client";

import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { type AuthResult, signIn, signUp } from "@/lib/auth-client";

export function SignInForm({ returnTo }: { returnTo: string }) {
  return (
    <AuthForm
      returnTo={returnTo}
      label="Sign in"
      busyLabel="Signing in…"
      send={(value) => signIn({ email: value("email").trim(), password: value("password") })}
    >
      <Field label="E-mail" name="email" type="email" autoComplete="email" required maxLength={254} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={128}
      />
    </AuthForm>
  );
}

export function SignUpForm({ returnTo }: { returnTo: string }) {
  return (
    <AuthForm
      returnTo={returnTo}
      label="Create account"
      busyLabel="Creating your account…"
      send={(value) =>
        signUp({
          name: value("name").trim(),
          email: value("email").trim(),
          password: value("password"),
        })
      }
    >
      <Field label="Name" name="name" autoComplete="name" required maxLength={100} pattern=".*\S.*" />
      <Field label="E-mail" name="email" type="email" autoComplete="email" required maxLength={254} />
      <NewPasswordField label="Password" name="password" />
    </AuthForm>
  );
}

export function NewPasswordField({ label, name }: { label: string; name: string }) {
  return (
    <Field
      label={label}
      name={name}
      type="password"
      autoComplete="new-password"
      required
      minLength={8}
      maxLength={128}
      hint="At least 8 characters."
    />
  );
}

interface Props {
  returnTo: string;
  label: string;
  busyLabel: string;
  send: (value: (field: string) => string) => Promise<AuthResult>;
  children: ReactNode;
}

function AuthForm({ returnTo, label, busyLabel, send, children }: Props) {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setBusy(true);
    setError("");
    const result = await send((field) => String(data.get(field)));
    // A full load, so that nothing of whoever was here before stays in memory.
    if (result.ok) return window.location.assign(returnTo);
    setError(result.message);
    setBusy(false);
  }

  return (
    <form method="post" onSubmit={submit} className="grid gap-5">
      <Notice kind="error">{error}</Notice>
      {children}
      <Button type="submit" size="large" disabled={busy}>
        {busy ? busyLabel : label}
      </Button>
    </form>
  );
}
