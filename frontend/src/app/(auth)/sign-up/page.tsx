import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { SignUpForm } from "@/components/auth/auth-form";
import { returnPath } from "@/lib/return-to";
import { getSession } from "@/lib/session";

export const metadata: Metadata = { title: "Create account" };

type Props = { searchParams: Promise<{ next?: string | string[] }> };

export default async function SignUpPage({ searchParams }: Props) {
  const returnTo = returnPath((await searchParams).next);
  if (await getSession()) redirect(returnTo);
  return (
    <>
      <h1 className="font-semibold text-2xl">Create your account</h1>
      <p className="mt-1.5 mb-8 text-muted">Your list is ready as soon as you are.</p>
      <SignUpForm returnTo={returnTo} />
      <p className="mt-8 text-center text-muted text-sm">
        Already have an account?{" "}
        <Link
          href={`/sign-in?next=${encodeURIComponent(returnTo)}`}
          className="rounded font-medium text-accent underline underline-offset-4 hover:text-accent-hover"
        >
          Sign in
        </Link>
      </p>
    </>
  );
}
