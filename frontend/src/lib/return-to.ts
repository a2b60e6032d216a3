/** The request header in which the proxy tells layouts which page is asked for. */
export const pathHeader = "x-requested-path";

/** Where to go after signing in: a path of this site, whatever the address bar was made to say. */
export function returnPath(value: string | string[] | undefined, fallback = "/tasks"): string {
  if (typeof value !== "string" || !value.startsWith("/")) return fallback;
  const base = "http://here.invalid";
  try {
    const url = new URL(value, base);
    return url.origin === base ? url.pathname + url.search : fallback;
  } catch {
    return fallback;
  }
}
