"use client";

import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { sentence } from "@/components/ui/complain";
import { readUsage, usageKey } from "@/lib/api/account";

/** How much the person has used of what they may. */
export function UsageTable() {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: usageKey,
    queryFn: ({ signal }) => readUsage(signal),
    staleTime: 0,
  });
  if (isPending) return <div aria-hidden="true" className="h-28 animate-pulse rounded-xl bg-sunken" />;
  if (!data) {
    return (
      <div role="alert" className="grid justify-items-start gap-3 text-sm">
        <p>{sentence(error)}</p>
        <Button look="secondary" onClick={() => void refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  const { limits, minute, day, last_30_days: month } = data;
  return (
    <div className="grid gap-5">
      <dl className="grid gap-5 sm:grid-cols-2">
        <Meter label="Messages today" used={day.requests} limit={limits.requests_per_day} />
        <Meter label="Tokens today" used={day.tokens} limit={limits.tokens_per_day} />
        <Meter label="Messages this minute" used={minute.requests} limit={limits.requests_per_minute} />
        <Meter label="Tokens this minute" used={minute.tokens} limit={limits.tokens_per_minute} />
      </dl>
      <p className="border-line border-t pt-4 text-muted text-sm">
        In the last 30 days: {count(month.turns, "message")} answered, {count(month.input_tokens, "token")}{" "}
        read and {count(month.output_tokens, "token")} written by the model.
      </p>
    </div>
  );
}

function Meter({ label, used, limit }: { label: string; used: number; limit: number }) {
  const share = limit > 0 ? Math.min(1, used / limit) : 0;
  return (
    <div>
      <dt className="text-muted text-sm">{label}</dt>
      <dd className="mt-0.5">
        <span className="font-medium tabular-nums">{number(used)}</span>
        <span className="text-muted text-sm"> {limit > 0 ? `of ${number(limit)}` : "without a limit"}</span>
        {limit > 0 ? (
          <span aria-hidden="true" className="mt-1.5 block h-1.5 overflow-hidden rounded-full bg-sunken">
            <span
              className={`block h-full rounded-full ${share >= 0.9 ? "bg-danger" : "bg-accent"}`}
              style={{ width: `${share * 100}%` }}
            />
          </span>
        ) : null}
      </dd>
    </div>
  );
}

// The words around the numbers are English.
const number = new Intl.NumberFormat("en").format;

function count(amount: number, unit: string): string {
  return `${number(amount)} ${unit}${amount === 1 ? "" : "s"}`;
}
