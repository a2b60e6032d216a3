import type { ComponentProps, ReactNode } from "react";
import { useId } from "react";

type FieldProps = ComponentProps<"input"> & { label: string; error?: string | undefined; hint?: ReactNode };

/** A labelled input whose hint and error are read with it. */
export function Field({ label, error, hint, id, className = "", ...props }: FieldProps) {
  const made = useId();
  const inputId = id ?? made;
  const described = [hint ? `${inputId}-hint` : "", error ? `${inputId}-error` : ""]
    .filter(Boolean)
    .join(" ");
  return (
    <div className={`grid gap-1.5 ${className}`}>
      <label htmlFor={inputId} className="font-medium text-sm">
        {label}
      </label>
      <input
        id={inputId}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
        className={inputClass}
        {...props}
      />
      {hint ? (
        <p id={`${inputId}-hint`} className="text-muted text-sm">
          {hint}
        </p>
      ) : null}
      {error ? (
        <p id={`${inputId}-error`} className="text-danger text-sm">
          {error}
        </p>
      ) : null}
    </div>
  );
}

export const inputClass =
  "h-11 w-full rounded-xl border border-line-strong bg-surface px-3.5 text-base text-ink transition-colors hover:border-ink focus:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger sm:text-sm";
