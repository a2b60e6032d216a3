"use client";

import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { answerConsent } from "@/lib/auth-client";

type Props = {
  name: string;
  /** What the app asked, with the server's signature. */
  query: string;
  /** Whom the page shows. */
  user: string;
};

export function ConsentForm({ name, query, user }: Props) {
  const [state, setState] = useState<"loading" | "asking" | "busy" | "done">("loading");
  const [error, setError] = useState("");
  // Nothing hears what is pressed before.
  useEffect(() => setState("asking"), []);

  async function answer(accept: boolean) {
    setState("busy");
    setError("");
    const result = await answerConsent({ accept, oauth_query: query, user });
    if (result.ok) {
      window.location.assign(result.url);
      // A link that another program opens leaves this page where it is.
      return setState("done");
    }
    setError(result.message);
    setState("asking");
  }

  return (
    <div className="mt-6 grid gap-5">
      <Notice kind="error">{error}</Notice>
      <Notice kind="success">
        {state === "done" ? (
          <>
            You can go back to <bdi>{name}</bdi> and close this page.
          </>
        ) : null}
      </Notice>
      <div className="grid grid-cols-2 gap-3">
        <Button look="secondary" size="large" disabled={state !== "asking"} onClick={() => answer(false)}>
          Cancel
        </Button>
        <Button size="large" disabled={state !== "asking"} onClick={() => answer(true)}>
          Allow
        </Button>
      </div>
    </div>
  );
}
