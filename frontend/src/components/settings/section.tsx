import type { ReactNode } from "react";

export function Section({
  title,
  about,
  danger = false,
  children,
}: {
  title: string;
  about: ReactNode;
  danger?: boolean;
  children: ReactNode;
}) {
  const id = `settings-${title.toLowerCase().replaceAll(" ", "-")}`;
  return (
    <section
      aria-labelledby={id}
      className={`rounded-2xl border bg-surface p-5 shadow-raise sm:p-6 ${danger ? "border-danger" : "border-line"}`}
    >
      <h2 id={id} className="font-semibold">
        {title}
      </h2>
      <p className="mt-1 mb-5 text-muted text-sm">{about}</p>
      {children}
    </section>
  );
}
