"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { LogoMark } from "@/components/shell/logo";
import { Button } from "@/components/ui/button";

export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  const router = useRouter();

  function again() {
    // What failed was rendered by the server, so it has to be asked again.
    startTransition(() => {
      router.refresh();
      reset();
    });
  }

  return (
    <main className="grid min-h-dvh place-content-center justify-items-center px-4 text-center">
      <LogoMark className="size-10" />
      <h1 className="mt-6 font-semibold text-2xl">This page could not be shown</h1>
      <p role="alert" className="mt-2 max-w-md text-muted">
        Something on the server is not working just now. Nothing you entered before is lost.
      </p>
      <Button className="mt-6" onClick={again}>
        Try again
      </Button>
    </main>
  );
}
