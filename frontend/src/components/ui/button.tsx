import type { ComponentProps } from "react";

const looks = {
  primary: "bg-accent text-on-accent shadow-raise hover:bg-accent-hover",
  secondary: "border border-line-strong bg-surface text-ink hover:bg-sunken",
  quiet: "text-muted hover:bg-sunken hover:text-ink",
  danger: "bg-danger text-on-danger shadow-raise hover:bg-danger-hover",
} as const;

const sizes = {
  small: "h-8 gap-1.5 rounded-lg px-3 text-sm",
  medium: "h-10 gap-2 rounded-xl px-4 text-sm",
  large: "h-12 gap-2 rounded-xl px-6 text-base",
} as const;

/** The classes of a button, for links that look like one. */
export function buttonClass(
  look: keyof typeof looks = "primary",
  size: keyof typeof sizes = "medium",
): string {
  return `inline-flex shrink-0 items-center justify-center whitespace-nowrap font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-60 ${looks[look]} ${sizes[size]}`;
}

type ButtonProps = ComponentProps<"button"> & { look?: keyof typeof looks; size?: keyof typeof sizes };

export function Button({ look, size, className = "", type = "button", ...props }: ButtonProps) {
  return <button type={type} className={`${buttonClass(look, size)} ${className}`} {...props} />;
}
