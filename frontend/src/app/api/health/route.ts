import { isEnding } from "@/lib/shutdown";

/** For probes: the process answers, and wants requests. Touches neither the database nor the backend. */
export function GET() {
  const ending = isEnding();
  return Response.json(
    { status: ending ? "ending" : "ok" },
    { status: ending ? 503 : 200, headers: { "cache-control": "no-store" } },
  );
}

export const dynamic = "force-dynamic";
