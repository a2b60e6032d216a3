"use client";

import { CircleAlert, X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";

type Toast = {
  id: number;
  kind: "error" | "info";
  message: string;
  action?: { label: string; run: () => void };
};

const lasts = { error: 10_000, info: 6_000 } as const;

let toasts: readonly Toast[] = [];
let announcement = "";
let lastId = 0;
const listeners = new Set<() => void>();

function publish() {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Shows a message at the foot of the page. */
export function showToast(toast: Omit<Toast, "id">): void {
  lastId += 1;
  toasts = [...toasts, { ...toast, id: lastId }];
  publish();
}

/** Tells a screen reader what happened, without showing anything. */
export function announce(message: string): void {
  // The same words twice are read twice only if the text differs.
  announcement = message === announcement ? `${message}\u00a0` : message;
  publish();
}

function remove(id: number): void {
  toasts = toasts.filter((toast) => toast.id !== id);
  publish();
}

const nothing: readonly Toast[] = [];

export function Toasts() {
  const shown = useSyncExternalStore(
    subscribe,
    () => toasts,
    () => nothing,
  );
  const spoken = useSyncExternalStore(
    subscribe,
    () => announcement,
    () => "",
  );
  const [paused, setPaused] = useState(false);
  return (
    <>
      <div role="status" className="sr-only">
        {spoken}
      </div>
      <section
        aria-label="Notifications"
        className="pointer-events-none fixed inset-x-0 bottom-(--tabbar-height) z-40 flex flex-col items-center gap-2 p-4"
        onPointerEnter={() => setPaused(true)}
        onPointerLeave={() => setPaused(false)}
        onFocus={() => setPaused(true)}
        onBlur={() => setPaused(false)}
      >
        <div role="alert" className="contents">
          {shown
            .filter(({ kind }) => kind === "error")
            .map((toast) => (
              <ToastCard key={toast.id} toast={toast} paused={paused} />
            ))}
        </div>
        <div role="status" className="contents">
          {shown
            .filter(({ kind }) => kind === "info")
            .map((toast) => (
              <ToastCard key={toast.id} toast={toast} paused={paused} />
            ))}
        </div>
      </section>
    </>
  );
}

function ToastCard({ toast, paused }: { toast: Toast; paused: boolean }) {
  const { id, kind, message, action } = toast;

  useEffect(() => {
    if (paused) return;
    const timer = setTimeout(() => remove(id), lasts[kind]);
    return () => clearTimeout(timer);
  }, [id, kind, paused]);

  return (
    <div className="pointer-events-auto flex w-full max-w-md items-center gap-3 rounded-xl bg-inverse py-2 pr-2 pl-4 text-on-inverse text-sm shadow-float motion-safe:animate-rise">
      {kind === "error" ? <CircleAlert aria-hidden="true" className="size-4 shrink-0" /> : null}
      <p className="min-w-0 grow py-1.5 [overflow-wrap:anywhere]">{message}</p>
      {action ? (
        <button
          type="button"
          onClick={() => {
            remove(id);
            action.run();
          }}
          className="h-9 shrink-0 rounded-lg px-3 font-semibold text-on-inverse-accent outline-offset-0 hover:underline focus-visible:outline-current"
        >
          {action.label}
        </button>
      ) : null}
      <button
        type="button"
        onClick={() => remove(id)}
        aria-label="Dismiss"
        className="grid size-9 shrink-0 place-items-center rounded-lg opacity-80 outline-offset-0 hover:opacity-100 focus-visible:outline-current"
      >
        <X aria-hidden="true" className="size-4" />
      </button>
    </div>
  );
}
