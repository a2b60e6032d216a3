"use client";

import { ListTodo, MessageCircle, Settings } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useState } from "react";

const places = [
  { href: "/tasks", label: "Tasks", Icon: ListTodo },
  { href: "/chat", label: "Chat", Icon: MessageCircle },
  { href: "/settings", label: "Settings", Icon: Settings },
] as const;

/** The main navigation: in the header on wide screens, a tab bar under the thumb on phones. */
export function Navigation({ place }: { place: "header" | "tabbar" }) {
  const pathname = usePathname();
  const header = place === "header";
  // Fetched when somebody is about to go there: fetching all of them with every page would ask the database
  // who is signed in each time, and load the code of pages that nobody opens.
  const [wanted, setWanted] = useState("");
  return (
    <nav
      aria-label="Main"
      className={
        header
          ? "hidden sm:block"
          : "fixed inset-x-0 bottom-0 z-30 border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
      }
    >
      <ul className={header ? "flex items-center gap-1" : "grid h-14 grid-cols-3"}>
        {places.map(({ href, label, Icon }) => {
          const current = pathname === href || pathname.startsWith(`${href}/`);
          return (
            <li key={href}>
              <Link
                href={href}
                prefetch={wanted === href ? null : false}
                onPointerEnter={() => setWanted(href)}
                onFocus={() => setWanted(href)}
                aria-current={current ? "page" : undefined}
                className={`flex items-center justify-center gap-2 font-medium text-muted transition-colors hover:text-ink aria-[current]:text-accent ${
                  header
                    ? "h-9 rounded-lg px-3 text-sm hover:bg-sunken aria-[current]:bg-accent-soft aria-[current]:text-on-accent-soft"
                    : "h-full flex-col gap-0.5 text-xs -outline-offset-2"
                }`}
              >
                <Icon aria-hidden="true" className={header ? "size-4" : "size-5"} />
                {label}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
