import type { Metadata } from "next";
import Link from "next/link";
import { LogoMark } from "@/components/shell/logo";
import { buttonClass } from "@/components/ui/button";

export const metadata: Metadata = { title: "Page not found" };

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-content-center justify-items-center px-4 text-center">
      <LogoMark className="size-10" />
      <h1 className="mt-6 font-semibold text-2xl">There is no page here</h1>
      <p className="mt-2 text-muted">The address may be mistyped, or the page has moved.</p>
      <Link href="/" className={`${buttonClass("primary")} mt-6`}>
        Go to the start
      </Link>
    </main>
  );
}
