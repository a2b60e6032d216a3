import { type QueryKey, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { sentence } from "@/components/ui/complain";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Notice } from "@/components/ui/notice";

/** What something else may do with the person's tasks, in words, until they take it back. */
export type Grant = {
  id: string;
  name: string;
  detail: ReactNode;
  scopes: string[];
  since: string;
  lastUsed: string | null;
  /** Null where it does not end by itself; absent where that is no question. */
  expires?: string | null;
};

type Props = {
  title: string;
  none: string;
  queryKey: QueryKey;
  read: (signal: AbortSignal) => Promise<Grant[]>;
  takeBack: { verb: string; question: string; done: string; by: (id: string) => Promise<void> };
};

export function Grants({ title, none, queryKey, read, takeBack }: Props) {
  const queries = useQueryClient();
  const heading = useRef<HTMLHeadingElement>(null);
  const [done, setDone] = useState("");
  const { data, error, isPending, refetch } = useQuery({
    queryKey,
    queryFn: ({ signal }) => read(signal),
    staleTime: 0,
  });

  async function remove({ id, name }: Grant) {
    try {
      await takeBack.by(id);
    } catch (reason) {
      return sentence(reason);
    }
    setDone(`“${name}” ${takeBack.done}`);
    await queries.invalidateQueries({ queryKey });
    // The button that was pressed is gone with its row.
    heading.current?.focus();
  }

  return (
    <div className="grid gap-3">
      <h3 ref={heading} tabIndex={-1} className="font-medium outline-none">
        {title}
      </h3>
      <Notice kind="success">{done}</Notice>
      {isPending ? <div aria-hidden="true" className="h-16 animate-pulse rounded-xl bg-sunken" /> : null}
      {error ? (
        <div role="alert" className="grid justify-items-start gap-3 text-sm">
          <p>{sentence(error)}</p>
          <Button look="secondary" onClick={() => void refetch()}>
            Try again
          </Button>
        </div>
      ) : null}
      {data?.length === 0 ? <p className="text-muted text-sm">{none}</p> : null}
      {data && data.length > 0 ? (
        <ul className="divide-y divide-line rounded-xl border border-line">
          {data.map((grant) => (
            <li key={grant.id} className="flex flex-wrap items-start justify-between gap-3 p-3.5">
              <Words {...grant} />
              <ConfirmDialog
                trigger={
                  <>
                    {takeBack.verb}
                    <span className="sr-only"> “{grant.name}”</span>
                  </>
                }
                modest
                title={`${takeBack.verb} “${grant.name}”?`}
                description={takeBack.question}
                cancel="Keep it"
                confirm={takeBack.verb}
                onConfirm={() => remove(grant)}
              />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function Words({ name, detail, scopes, since, lastUsed, expires }: Grant) {
  const over = expires ? new Date(expires) <= new Date() : false;
  return (
    <div className="grid min-w-0 flex-1 basis-56 gap-0.5 text-sm [overflow-wrap:anywhere]">
      {/* Others name themselves: their words keep their direction to themselves. */}
      <p className="line-clamp-2 font-medium">
        <bdi>{name}</bdi>
      </p>
      <p className="text-muted">
        {detail} · {mayDo(scopes)}
      </p>
      <p className="text-muted">
        Since {day(since)} · {lastUsed ? `last used ${moment(lastUsed)}` : "never used"}
        {expires === undefined ? null : expires === null ? (
          " · does not expire"
        ) : over ? (
          <>
            {" · "}
            <span className="text-danger">expired on {day(expires)}</span>
          </>
        ) : (
          ` · expires on ${day(expires)}`
        )}
      </p>
    </div>
  );
}

function mayDo(scopes: string[]): string {
  if (scopes.includes("tasks:write")) return "reads and changes tasks";
  return scopes.includes("tasks:read") ? "reads tasks" : "may do nothing";
}

// The words around the dates are English.
const days = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const moments = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const day = (time: string) => days.format(new Date(time));
const moment = (time: string) => moments.format(new Date(time));
