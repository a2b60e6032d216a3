/** The mark: a speech bubble that is also a ticked box. Decorative; the name stands beside it. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <path
        className="fill-accent"
        d="M9 2h14a7 7 0 0 1 7 7v11a7 7 0 0 1-7 7h-8.5L7.6 30.7A1 1 0 0 1 6 29.9V26.4A7 7 0 0 1 2 20V9a7 7 0 0 1 7-7Z"
      />
      <path
        className="stroke-on-accent"
        fill="none"
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeWidth="3"
        d="m10 14.8 4.2 4.2L22.4 10"
      />
    </svg>
  );
}

export function Logo() {
  return (
    <span className="inline-flex items-center gap-2.5">
      <LogoMark className="size-7" />
      <span className="font-semibold text-lg tracking-tight">Todo</span>
    </span>
  );
}
