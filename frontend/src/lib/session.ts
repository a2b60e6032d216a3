import "server-only";
import { getSessionCookie } from "better-auth/cookies";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { getAuth } from "./auth";
import { DatabaseAway } from "./database-away";
import { currentRequest } from "./request-context";

/** The signed-in person, or null. One lookup per render, however many components ask. */
export const getSession = cache(async () => {
  const requested = await headers();
  // Strangers are served without the database, even while it is away.
  if (!getSessionCookie(requested)) return null;
  // A render cannot set cookies, so extending the session is left to requests that can.
  return getAuth()
    .api.getSession({ headers: requested, query: { disableRefresh: true } })
    .catch((error: unknown) => {
      if (!currentRequest()?.databaseAway) throw error;
      console.warn("a page was not shown: the database cannot be reached");
      throw new DatabaseAway();
    });
});

/** The signed-in person; anybody else is sent to sign in and comes back to `returnTo` afterwards. */
export async function requireSession(returnTo: string) {
  const session = await getSession();
  if (!session) redirect(`/sign-in?next=${encodeURIComponent(returnTo)}`);
  return session;
}
