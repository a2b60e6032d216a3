/** The request header in which the proxy tells layouts which page is asked for. */
export const pathHeader = "x-requested-path";

/**
 * Where to go after signing in: a path of this site, whatever the address bar was made to say. The path is checked as
 * it will be read: without its dot segments, and also as a proxy sees it that decodes percent signs or folds full-width
 * characters.
 */
export function returnPath(value: unknown, fallback = "/tasks"): string {
  const path = typeof value === "string" && value.startsWith("/") && normalised(value);
  if (!path) return fallback;
  const [bare = ""] = path.split("?", 1);
  try {
    return normalised(decodeURIComponent(bare).normalize("NFKC")) ? path : fallback;
  } catch {
    return fallback;
  }
}

const site = "http://here.invalid";

/** A path with its query as a browser resolves it, or nothing if that leads, or its result would lead, to another site. */
function normalised(path: string): string | undefined {
  if (!URL.canParse(path, site)) return undefined;
  const { origin, pathname, search } = new URL(path, site);
  return origin === site && !pathname.startsWith("//") ? pathname + search : undefined;
}
