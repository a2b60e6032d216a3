import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { SignInForm } from "@/components/auth/auth-form";
import { returnPath } from "@/lib/return-to";
import { getSession } from "@/lib/session";

export const metadata: Metadata = { title: "Sign in" };

type Props = { searchParams: Promise<{ next?: string | string[] }> };

export default async function SignInPage({ searchParams }: Props) {
  const returnTo = returnPath((await searchParams).next);
  if (await getSession()) redirect(returnTo);
  return (
    <>
      <h1 className="font-semibold text-2xl">Welcome back</h1>
      <p className="mt-1.5 mb-8 text-muted">Sign in to your tasks.</p>
      <SignInForm returnTo={returnTo} />
      <p className="mt-8 text-center text-muted text-sm">
        No account yet?{" "}
        <Link
          href={`/sign-up?next=${encodeURIComponent(returnTo)}`}
          className="rounded font-medium text-accent underline underline-offset-4 hover:text-accent-hover"
        >
          Create one
        </Link>
      </p>
    </>
  );
}
