"use client";

import { useRouter } from "next/navigation";
import { startTransition, useCallback, useEffect } from "react";
import { LogoMark } from "@/components/shell/logo";
import { Button } from "@/components/ui/button";
import { isDatabaseAway } from "@/lib/database-away";

/** Between two attempts to show a page for which the database was away. */
const pause = 3_000;

export default function ErrorPage({ error, reset }: { error: Error; reset: () => void }) {
  const router = useRouter();

  const away = isDatabaseAway(error);
  const again = useCallback(() => {
    // What failed was rendered by the server, so it has to be asked again.
    startTransition(() => {
      router.refresh();
      reset();
    });
  }, [router, reset]);

  useEffect(() => {
    if (!away) return;
    const timer = setInterval(again, pause);
    return () => clearInterval(timer);
  }, [away, again]);

  return (
    <main className="grid min-h-dvh place-content-center justify-items-center px-4 text-center">
      <LogoMark className="size-10" />
      <h1 className="mt-6 font-semibold text-2xl">This page could not be shown</h1>
      <p role="alert" className="mt-2 max-w-md text-muted">
        {away
          ? "The database cannot be reached just now. This page tries again by itself. Nothing you entered before is lost."
          : "Something on the server is not working just now. Nothing you entered before is lost."}
      </p>
      <Button className="mt-6" onClick={again}>
        Try again
      </Button>
    </main>
  );
}
