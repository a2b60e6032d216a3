import { CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";

/**
 * A message within a form. The live region is always there, since one that appears together with its text
 * goes unread. Without text it takes no room in its form.
 */
export function Notice({ kind, children }: { kind: "error" | "success"; children: ReactNode }) {
  const Icon = kind === "error" ? CircleAlert : CircleCheck;
  const look = kind === "error" ? "bg-danger-soft text-danger" : "bg-accent-soft text-on-accent-soft";
  return (
    <div role={kind === "error" ? "alert" : "status"} className="contents">
      {children ? (
        <p className={`flex items-start gap-2.5 rounded-xl px-3.5 py-3 text-sm ${look}`}>
          <Icon aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
          <span>{children}</span>
        </p>
      ) : null}
    </div>
  );
}
