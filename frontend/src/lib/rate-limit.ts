import type { Pool } from "pg";

/** How many may come at once, and how many seconds there are between those that come after. */
export type Rate = { burst: number; every: number };

/**
 * Counts in Better Auth's table `rateLimit`, for all replicas. `lastRequest` is the time at which everything that was let
 * through would have come, had it come at the rate; as far as `burst` ahead of now it may lie (the generic cell rate
 * algorithm). A refused request changes nothing, so that nobody is kept out for longer by trying. The key alone can be in
 * conflict, never the id: of two requests that insert a row at once, one would fail by the other index.
 */
const letThrough = `
  with at as (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now),
  passed as (
    insert into "rateLimit" as seen (id, key, count, "lastRequest")
    select gen_random_uuid(), $1, 0, now + $2 from at
    on conflict (key) do update
      set "lastRequest" = greatest(seen."lastRequest", excluded."lastRequest" - $2) + $2
      where greatest(seen."lastRequest", excluded."lastRequest" - $2) + $2 <= excluded."lastRequest" + $2 * ($3 - 1)
    returning 1
  )
  select coalesce((select max("lastRequest") + $2 - now - $2 * $3 from "rateLimit" where key = $1), $2) as wait
  from at where not exists (select from passed)`;

/** Counts one request; answers 0 when it may go on, else how many seconds to wait. */
export async function wait(database: Pool, key: string, { burst, every }: Rate): Promise<number> {
  const { rows } = await database.query<{ wait: string }>(letThrough, [key, every * 1000, burst]);
  await forgetOld(database);
  return rows[0] ? Math.max(1, Math.ceil(Number(rows[0].wait) / 1000)) : 0;
}

/** Takes one request back out of the count. */
export async function uncount(database: Pool, key: string, { every }: Rate): Promise<void> {
  await database.query('update "rateLimit" set "lastRequest" = "lastRequest" - $2 where key = $1', [
    key,
    every * 1000,
  ]);
}

const minute = 60_000;
let forgotten = 0;

/** Rows that no longer say anything; not by a timer, which would keep a sleeping database awake. */
async function forgetOld(database: Pool): Promise<void> {
  if (Date.now() - forgotten < minute) return;
  forgotten = Date.now();
  await database.query(
    `delete from "rateLimit" where id in (
      select id from "rateLimit" where "lastRequest" < $1 limit 10000 for update skip locked
    )`,
    [Date.now() - minute],
  );
}
