import "server-only";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { getAuth } from "./auth";

/** The signed-in person, or null. One lookup per render, however many components ask. */
export const getSession = cache(async () =>
  // A render cannot set cookies, so extending the session is left to requests that can.
  getAuth().api.getSession({ headers: await headers(), query: { disableRefresh: true } }),
);

/** The signed-in person; anybody else is sent to sign in and comes back to `returnTo` afterwards. */
export async function requireSession(returnTo: string) {
  const session = await getSession();
  if (!session) redirect(`/sign-in?next=${encodeURIComponent(returnTo)}`);
  return session;
}
