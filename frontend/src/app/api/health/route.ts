import { isDraining } from "@/lib/shutdown";

/** For probes: the process answers, and wants requests. Touches neither the database nor the backend. */
export function GET() {
  const draining = isDraining();
  return Response.json(
    { status: draining ? "ending" : "ok" },
    { status: draining ? 503 : 200, headers: { "cache-control": "no-store" } },
  );
}

export const dynamic = "force-dynamic";
