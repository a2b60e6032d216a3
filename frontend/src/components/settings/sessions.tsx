"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { type AuthResult, signOut, signOutEverywhere } from "@/lib/auth-client";

export function Sessions() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");

  async function leave(by: () => Promise<AuthResult>) {
    setBusy(true);
    setError("");
    const result = await by();
    if (result.ok) {
      window.location.assign("/");
      return;
    }
    setError(result.message);
    setBusy(false);
  }

  return (
    <div className="grid gap-4">
      <Notice kind="error">{error}</Notice>
      <div className="flex flex-wrap gap-3">
        <Button look="secondary" disabled={busy} onClick={() => leave(signOut)}>
          Sign out here
        </Button>
        <Button look="secondary" disabled={busy} onClick={() => leave(signOutEverywhere)}>
          Sign out everywhere
        </Button>
      </div>
    </div>
  );
}
