"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { type AuthResult, updateName } from "@/lib/auth-client";

export function ProfileForm({ name }: { name: string }) {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<AuthResult>();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget).get("name")).trim();
    setBusy(true);
    setResult(undefined);
    const outcome = await updateName(given);
    setResult(outcome);
    setBusy(false);
    if (outcome.ok) router.refresh();
  }

  return (
    <form method="post" onSubmit={submit} className="grid max-w-sm gap-4">
      <Field
        label="Name"
        name="name"
        defaultValue={name}
        autoComplete="name"
        required
        maxLength={100}
        pattern=".*\S.*"
      />
      <Notice kind="error">{result?.ok === false ? result.message : ""}</Notice>
      <Notice kind="success">{result?.ok ? "Your name is saved." : ""}</Notice>
      <Button type="submit" disabled={busy} className="justify-self-start">
        {busy ? "Saving…" : "Save name"}
      </Button>
    </form>
  );
}
