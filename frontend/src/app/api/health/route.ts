import { problem } from "@/lib/problem";
import { isDraining } from "@/lib/shutdown";

/** For probes: the process answers, and wants requests. Touches neither the database nor the backend. */
export function GET() {
  const draining = isDraining();
  return Response.json(
    { status: draining ? "ending" : "ok" },
    { status: draining ? 503 : 200, headers: { "cache-control": "no-store" } },
  );
}

const refuse = () =>
  problem(
    { status: 405, code: "method_not_allowed", detail: "This address answers GET only." },
    { allow: "GET, HEAD" },
  );

export { refuse as DELETE, refuse as PATCH, refuse as POST, refuse as PUT };

export const dynamic = "force-dynamic";
