const BAR = "animate-pulse rounded-full bg-sunken";

/** Stands in for a conversation that is being read. */
export function HistorySkeleton() {
  return (
    <div aria-hidden="true" className="mx-auto w-full max-w-2xl space-y-7 py-6">
      <div className={`${BAR} ml-auto h-10 w-2/5`} />
      <div className="space-y-2.5">
        <div className={`${BAR} h-4 w-4/5`} />
        <div className={`${BAR} h-4 w-3/5`} />
      </div>
      <div className={`${BAR} ml-auto h-10 w-1/3`} />
      <div className={`${BAR} h-4 w-1/2`} />
    </div>
  );
}

/** Stands in for the chat while its code is on the way. */
export function WorkspaceSkeleton() {
  return (
    <div className="mx-auto flex h-page max-w-3xl flex-col px-4 pb-6 sm:px-6">
      <p role="status" className="sr-only">
        Loading the chat…
      </p>
      <div className="flex-1">
        <HistorySkeleton />
      </div>
      <div aria-hidden="true" className={`${BAR} h-13`} />
    </div>
  );
}

/** Stands in for the list of conversations. */
export function ThreadsSkeleton() {
  return (
    <div aria-hidden="true" className="space-y-4 px-3 py-3">
      <div className={`${BAR} h-3.5 w-4/5`} />
      <div className={`${BAR} h-3.5 w-3/5`} />
      <div className={`${BAR} h-3.5 w-2/3`} />
    </div>
  );
}
