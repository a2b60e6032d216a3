import { BlockList, isIP } from "node:net";

/**
 * Who sent a request: the other end of its connection, or, when that is a proxy of ours, whom the proxy names. A header
 * of anybody else's is not believed, as everybody could name any address.
 */

export type Proxies = { has(address: string): boolean };

/** Reads `10.0.0.0/8, fd00::/8, 192.0.2.7`; undefined when it is something else. */
export function proxiesOf(text: string): Proxies | undefined {
  const list = new BlockList();
  for (const part of text.split(/[\s,]+/).filter(Boolean)) {
    const [address = "", bits, ...rest] = part.split("/");
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (version === 0 || prefix < 0 || prefix > most || rest.length > 0) return undefined;
    list.addSubnet(address, prefix, `ipv${version as 4 | 6}`);
  }
  return {
    has(address) {
      const version = isIP(address);
      return version !== 0 && list.check(address, `ipv${version as 4 | 6}`);
    },
  };
}

type Headers = Record<string, string | string[] | undefined>;

/**
 * Goes from the connection towards the client for as long as there are proxies of ours, each of which has told truly who
 * asked it. What a proxy tells that is no address ends that.
 */
export function clientAddress(connected: string | undefined, headers: Headers, proxies: Proxies): string {
  let address = plain(connected ?? "");
  const hops = namedBy(headers);
  while (proxies.has(address)) {
    const next = plain(hops.pop() ?? "");
    if (isIP(next) === 0) break;
    address = next;
  }
  return address;
}

/** Whom the proxies name, the nearest last. Proxies that add to another header than the first of these have to drop it. */
function namedBy(headers: Headers): string[] {
  const [chain, standard, single] = ["x-forwarded-for", "forwarded", "x-real-ip"].map((name) =>
    [headers[name] ?? []].flat().join(","),
  );
  if (chain) return listed(chain);
  if (standard)
    return listed(standard).map((hop) => /(?:^|;)\s*for\s*=\s*("[^"]*"|[^;]*)/i.exec(hop)?.[1] ?? "");
  return listed(single ?? "");
}

function listed(text: string): string[] {
  return text.split(",").filter((part) => part.trim());
}

/** Without quotes, brackets, a port, a zone, and as IPv4 what is IPv4 in IPv6. */
function plain(hop: string): string {
  const text = hop.trim().replace(/^"(.*)"$/, "$1");
  const bare = /^\[(.*)\](?::\w+)?$/.exec(text)?.[1] ?? /^([\d.]+):\w+$/.exec(text)?.[1] ?? text;
  return bare.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
}

/** What one subscriber has: an IPv4 address, or the first 64 bits of an IPv6 one. */
export function subscriber(address: string): string {
  if (isIP(address) !== 6) return address;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = "", right] = canonical.split("::");
  const before = left.split(":").filter(Boolean);
  const after = (right ?? "").split(":").filter(Boolean);
  const zeros = right === undefined ? 0 : 8 - before.length - after.length;
  return `${[...before, ...Array<string>(zeros).fill("0"), ...after].slice(0, 4).join(":")}::/64`;
}
