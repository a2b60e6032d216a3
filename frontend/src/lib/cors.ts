import { isOurs } from "./origins";

/** Which pages of other sites may call what apps call: by default those of programs on the person's own machine. */

type Site = { publicOrigin: string; trustedOrigins: readonly string[]; mcpAllowedOrigins: readonly string[] };

export function mayCall(origin: string, site: Site): boolean {
  return isOurs(origin, site) || site.mcpAllowedOrigins.some((allowed) => matches(origin, allowed));
}

/** `*` stands for any port. */
function matches(origin: string, allowed: string): boolean {
  if (!allowed.endsWith(":*")) return origin === allowed;
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname, origin: whole } = new URL(origin);
  return origin === whole && `${protocol}//${hostname}` === allowed.slice(0, -2);
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
