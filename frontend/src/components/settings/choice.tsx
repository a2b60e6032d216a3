import type { ReactNode } from "react";
import { useId } from "react";

type Option<T> = { value: T; label: string; about: ReactNode };

/** One of a few things, each with a word on what it means. */
export function Choice<T extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly Option<T>[];
  value: T;
  onChange: (value: T) => void;
}) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className="grid gap-3">
      {options.map((option) => (
        <label
          key={option.value}
          className="flex cursor-pointer items-start gap-3 rounded-xl border border-line p-3.5 transition-colors hover:bg-canvas has-checked:border-accent has-checked:bg-accent-soft"
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            className="mt-0.5 size-4 shrink-0 accent-accent"
          />
          <span className="grid gap-0.5">
            <span className="font-medium text-sm">{option.label}</span>
            <span className="text-sm has-checked:text-on-accent-soft">{option.about}</span>
          </span>
        </label>
      ))}
    </div>
  );
}
