import { Check, TriangleAlert } from "lucide-react";
import type { Metadata } from "next";
import { headers } from "next/headers";
import { ConsentForm } from "@/components/auth/consent-form";
import { consentRequest, type Destination, destinationOf } from "@/lib/consent-request";
import { pathHeader } from "@/lib/return-to";
import { requireSession } from "@/lib/session";

export const metadata: Metadata = { title: "Connect an app" };

const allowed: Record<string, string> = {
  "tasks:read": "See your tasks and lists, and what happened to them",
  "tasks:write": "Add, change, complete and delete tasks and lists",
  offline_access: "Stay connected until you disconnect it in your settings",
};

/** Where apps send people who are to let them in; also where they come to who are not signed in. */
export default async function ConsentPage() {
  const path = (await headers()).get(pathHeader) ?? "/consent";
  const query = path.replace(/^[^?]*\??/, "");
  const asked = new URLSearchParams(query);
  const refused = asked.get("error") ?? (asked.has("sig") ? null : "invalid_request");
  if (refused !== null) return <Refused reason={refused} />;
  const { user } = await requireSession(path);
  const request = await consentRequest(asked);
  if ("refused" in request) return <Refused reason={request.refused} />;
  const { name, uri, scopes, redirectUri } = request;
  return (
    <>
      <h1 className="font-semibold text-2xl [overflow-wrap:anywhere]">
        Let <bdi>{name}</bdi> use your tasks?
      </h1>
      <p className="mt-1.5 text-muted [overflow-wrap:anywhere]">
        Signed in as <bdi>{user.email}</bdi>
      </p>
      <ul aria-label="What it may do" className="mt-6 grid gap-3">
        {scopes.map((scope) => (
          <li key={scope} className="flex items-start gap-2.5 text-sm">
            <Check aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-accent" />
            {allowed[scope]}
          </li>
        ))}
      </ul>
      <p className="mt-4 text-muted text-sm">
        It cannot see your password or your conversations, or delete your account.
      </p>
      <div className="mt-6 flex items-start gap-2.5 rounded-xl border border-line-strong bg-surface px-3.5 py-3 text-sm">
        <TriangleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-danger" />
        <p className="min-w-0 [overflow-wrap:anywhere]">
          This app is not verified: it chose its name itself
          {uri ? (
            <>
              {", "}and <bdi className="[overflow-wrap:anywhere]">{uri}</bdi> as its website
            </>
          ) : null}
          . Allow it only if you started this yourself. You will be sent to{" "}
          <Place destination={destinationOf(redirectUri)} />.
        </p>
      </div>
      <ConsentForm name={name} query={query} user={user.id} />
    </>
  );
}

function Place({ destination: { place, of } }: { destination: Destination }) {
  return (
    <>
      <strong className="font-semibold [overflow-wrap:anywhere]">
        <bdi>{place}</bdi>
      </strong>
      {of}
    </>
  );
}

const reasons: Record<string, string> = {
  invalid_client: "The app is not known here any more. Remove the connection in the app and add it again.",
  invalid_redirect: "The app wants to be called back at an address that it did not register.",
  expired: "The app asked too long ago.",
  temporarily_unavailable: "The database cannot be reached just now. Please try again in a moment.",
};

function Refused({ reason }: { reason: string }) {
  return (
    <>
      <h1 className="font-semibold text-2xl">The app cannot be connected</h1>
      <p className="mt-3 text-muted">
        {(Object.hasOwn(reasons, reason) && reasons[reason]) ||
          "The app asked in a way that is not understood here."}
      </p>
      <p className="mt-3 text-muted">Go back to the app to start again.</p>
    </>
  );
}
