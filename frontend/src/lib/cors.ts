import { isOurs } from "./origins";

/** Which pages of other sites may call what apps call: those of programs on the person's own machine, and what is named. */

const sameMachine = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"];

type Site = { publicOrigin: string; trustedOrigins: readonly string[]; mcpAllowedOrigins: readonly string[] };

export function mayCall(origin: string, site: Site): boolean {
  return (
    isOurs(origin, site) ||
    [...sameMachine, ...site.mcpAllowedOrigins].some((allowed) => matches(origin, allowed))
  );
}

/** `*` stands for any port. */
function matches(origin: string, allowed: string): boolean {
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) return false;
  const { protocol, hostname } = new URL(origin);
  return allowed.endsWith(":*")
    ? `${protocol}//${hostname}` === allowed.slice(0, -2).toLowerCase()
    : URL.canParse(allowed) && new URL(allowed).origin === origin;
}

export function corsHeaders(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "Authorization, Content-Type, MCP-Protocol-Version",
    "access-control-expose-headers": "WWW-Authenticate",
    "access-control-max-age": "3600",
    vary: "Origin",
  };
}
