"use client";

import { LogOut } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { showToast } from "@/components/ui/toasts";
import { signOut } from "@/lib/auth-client";

/** Who is signed in, and the way out. A disclosure, not a menu: it holds text and a single button. */
export function AccountMenu({ name, email }: { name: string; email: string }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    function onPointerDown(event: PointerEvent) {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    }
    function onKeyDown(event: KeyboardEvent) {
      if (event.key !== "Escape") return;
      setOpen(false);
      trigger.current?.focus();
    }
    document.addEventListener("pointerdown", onPointerDown);
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("pointerdown", onPointerDown);
      document.removeEventListener("keydown", onKeyDown);
    };
  }, [open]);

  async function leave() {
    setBusy(true);
    const result = await signOut();
    if (result.ok) {
      // A full load: nothing of this person stays in memory.
      window.location.assign("/");
      return;
    }
    setBusy(false);
    showToast({ kind: "error", message: result.message });
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: closes what loses the focus; nothing to operate here
    <div
      ref={root}
      className="relative"
      onBlur={(event) => {
        if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={trigger}
        type="button"
        aria-label={`Account of ${name}`}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        className="grid size-9 place-items-center rounded-full bg-accent-soft font-semibold text-on-accent-soft text-sm"
      >
        {initial(name)}
      </button>
      <div
        id={id}
        hidden={!open}
        className="absolute top-full right-0 z-40 mt-2 w-64 rounded-2xl border border-line bg-raised p-2 shadow-float"
      >
        <div className="px-3 py-2">
          <p className="truncate font-medium">{name}</p>
          <p className="truncate text-muted text-sm">{email}</p>
        </div>
        <button
          type="button"
          onClick={leave}
          disabled={busy}
          className="mt-1 flex h-10 w-full items-center gap-2.5 rounded-xl px-3 text-left font-medium text-sm hover:bg-sunken disabled:opacity-60"
        >
          <LogOut aria-hidden="true" className="size-4 text-muted" />
          {busy ? "Signing out…" : "Sign out"}
        </button>
      </div>
    </div>
  );
}

function initial(name: string): string {
  const [first = "?"] = name.trim();
  return first.toLocaleUpperCase();
}
