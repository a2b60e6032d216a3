import { cookies, headers } from "next/headers";
import Link from "next/link";
import type { ReactNode } from "react";
import { AccountMenu } from "@/components/shell/account-menu";
import { IdentityWatch } from "@/components/shell/identity-watch";
import { Logo } from "@/components/shell/logo";
import { Navigation } from "@/components/shell/navigation";
import { Providers } from "@/components/shell/providers";
import { ThemeToggle } from "@/components/shell/theme-toggle";
import { Toasts } from "@/components/ui/toasts";
import { pathHeader, returnPath } from "@/lib/return-to";
import { requireSession } from "@/lib/session";
import { themeCookie, themeFrom } from "@/lib/theme";

/** The shell of every signed-in page. Layouts are not rendered again on navigation, so pages check the session too. */
export default async function AppLayout({ children }: { children: ReactNode }) {
  const { user } = await requireSession(returnPath((await headers()).get(pathHeader) ?? undefined));
  const theme = themeFrom((await cookies()).get(themeCookie)?.value);
  return (
    <Providers>
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-accent px-4 py-2 font-medium text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-30 h-(--header-height) border-line border-b bg-surface">
        <div className="mx-auto flex h-full max-w-7xl items-center gap-6 px-4 sm:px-6">
          <Link href="/tasks" prefetch={false} className="flex rounded-lg">
            <Logo />
          </Link>
          <Navigation place="header" />
          <div className="ml-auto flex items-center gap-2">
            <ThemeToggle initial={theme} />
            <AccountMenu name={user.name} email={user.email} />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="pb-(--tabbar-height) outline-none">
        {children}
      </main>
      <Navigation place="tabbar" />
      <Toasts />
      <IdentityWatch />
    </Providers>
  );
}
