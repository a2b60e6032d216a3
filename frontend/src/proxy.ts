import { getSessionCookie } from "better-auth/cookies";
import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy } from "./lib/csp";
import { env, isDevelopment } from "./lib/env";
import { pathHeader } from "./lib/return-to";

const membersOnly = /^\/(?:tasks|chat|settings)(?:\/|$)/;

/**
 * Gives each page view its nonce and spares strangers a render. Whether the cookie is worth anything is
 * decided by the pages.
 */
export function proxy(request: NextRequest) {
  const { pathname, search } = request.nextUrl;
  const member = getSessionCookie(request) !== null;
  if (membersOnly.test(pathname) && !member) {
    const signIn = new URL("/sign-in", request.url);
    signIn.searchParams.set("next", pathname + search);
    return NextResponse.redirect(signIn);
  }

  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const policy = contentSecurityPolicy({
    nonce,
    development: isDevelopment,
    widget: member ? widgetOrigin() : undefined,
  });
  const headers = new Headers(request.headers);
  // Next.js reads the nonce for its own scripts from this request header.
  headers.set("content-security-policy", policy);
  // Layouts do not learn the address otherwise.
  headers.set(pathHeader, pathname + search);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

/**
 * Members go from page to page without loading another document, so whichever was loaded first must allow what the chat
 * may show. Strangers' pages never do: signing in loads the next page anew.
 */
function widgetOrigin(): string | undefined {
  const { widget } = env();
  return widget ? new URL(widget.scriptUrl).origin : undefined;
}

export const config = {
  matcher: [
    {
      source: "/((?!api/|mcp(?:/|$)|.well-known/|_next/|icon.svg|favicon.ico).*)",
      missing: [
        { type: "header", key: "next-router-prefetch" },
        { type: "header", key: "purpose", value: "prefetch" },
      ],
    },
  ],
};
