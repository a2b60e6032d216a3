/**
 * At which addresses people open this site: the public origin, and perhaps others, such as a node's port beside an
 * ingress. A page may only sign people in and out at an address that is one of them.
 */

const pattern = /^(https?):\/\/(\*|[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;

export function isOriginPattern(text: string): boolean {
  return pattern.test(text);
}

type Site = { publicOrigin: string; trustedOrigins: readonly string[] };

/** Whether people are meant to open the site there. */
export function isOurs(origin: string, { publicOrigin, trustedOrigins }: Site): boolean {
  if (origin === publicOrigin) return true;
  const url = parse(origin);
  return url !== undefined && trustedOrigins.some((trusted) => matches(url, trusted, new URL(publicOrigin)));
}

function matches(url: URL, trusted: string, home: URL): boolean {
  const [, scheme, host, port] = pattern.exec(trusted) ?? [];
  if (!scheme || !host) return false;
  if (host !== "*") return url.origin === parse(trusted)?.origin;
  const samePort = url.port === new URL(`${scheme}://x${port ? `:${port}` : ""}`).port;
  return (
    url.protocol === `${scheme}:` && samePort && (url.hostname === home.hostname || isOwnable(url.hostname))
  );
}

/**
 * Whether no stranger can make a web page under this name and have the name lead here (DNS rebinding): addresses in
 * numbers, this machine, names without a dot. Any other name has to be listed in full.
 */
function isOwnable(hostname: string): boolean {
  const isAddress = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname) || hostname.startsWith("[");
  return isAddress || !hostname.includes(".") || hostname.endsWith(".localhost");
}

/**
 * Where the browser sees this site, from what the request says. A proxy tells which scheme the browser used; without
 * one there is no TLS, but for a proxy of the public origin's that does not say so.
 */
export function originOf(
  host: string | undefined,
  forwardedProto: string | undefined,
  publicOrigin: string,
): string {
  const said = forwardedProto?.split(",", 1)[0]?.trim().toLowerCase();
  if (said !== "http" && said !== "https" && host === new URL(publicOrigin).host) return publicOrigin;
  const url =
    host && /^[\w.:[\]-]+$/.test(host)
      ? parse(`${said === "https" ? "https" : "http"}://${host}`)
      : undefined;
  return url?.origin ?? publicOrigin;
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/**
 * The address to send a browser to that came to the public host by plain http, as `todo.local` typed into its address
 * bar does: the same page by https. A path that begins with `//` would lead to another site, were it taken by itself.
 */
export function secureAddress(origin: string, path: string | undefined, site: Site): string | undefined {
  const home = new URL(site.publicOrigin);
  const here = new URL(origin);
  const wrong = here.protocol === "http:" && home.protocol === "https:" && here.hostname === home.hostname;
  if (!wrong || isOurs(origin, site) || !path?.startsWith("/")) return undefined;
  return `${site.publicOrigin}${path}`;
}

/**
 * Whether browsers may be told to come by https only (`Strict-Transport-Security`). They apply it to the host, whatever
 * the port: not where people are meant to open the same host by plain http as well.
 */
export function isStrict(origin: string, site: Site): boolean {
  const { protocol, hostname } = new URL(origin);
  if (protocol !== "https:" || !isOurs(origin, site)) return false;
  return !site.trustedOrigins.some((trusted) => {
    const [, scheme, host] = pattern.exec(trusted) ?? [];
    return scheme?.toLowerCase() === "http" && (host === "*" || host === hostname);
  });
}
