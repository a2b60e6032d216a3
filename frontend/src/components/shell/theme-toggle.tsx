"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { type Theme, themeCookie, themes } from "@/lib/theme";
import { writeCookie } from "@/lib/use-preference";

const looks = {
  system: { label: "as the system", Icon: Monitor },
  light: { label: "light", Icon: Sun },
  dark: { label: "dark", Icon: Moon },
} as const;

/** Goes round: as the system, light, dark. Stored in a cookie for a year. */
export function ThemeToggle({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const { label, Icon } = looks[theme];

  function next() {
    const chosen = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
    setTheme(chosen);
    document.documentElement.dataset.theme = chosen;
    writeCookie(themeCookie, chosen);
  }

  return (
    <button
      type="button"
      onClick={next}
      aria-label={`Theme: ${label}`}
      title={`Theme: ${label}`}
      className="grid size-9 place-items-center rounded-lg text-muted transition-colors hover:bg-sunken hover:text-ink"
    >
      <Icon aria-hidden="true" className="size-4.5" />
    </button>
  );
}
