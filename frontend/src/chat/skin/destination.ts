/** Where a link in an answer may lead, and what of that the person gets to see. */
export type Destination = {
  href: string;
  /** Another site opens in a tab of its own; ours does not. */
  outside: boolean;
  /** The host, or the address, that the link's own words do not say. */
  shown: string | null;
};

/**
 * Null for what is no link here. An answer may hold addresses that somebody else made up, in a task for example, so that
 * they carry away what the assistant knows: whoever follows one must see where it leads, and its words may lie.
 */
export function destination(href: string, words: string, origin: string): Destination | null {
  const plain = href.trim();
  // Browsers drop these characters wherever they are, so what is checked would not be what is followed.
  if (plain === "" || /[\p{Cc}\\]/u.test(plain)) return null;
  if (/^\/(?!\/)/.test(plain)) return ownPage(plain, origin);
  if (!/^(?:https?:\/\/|mailto:)/i.test(plain) || !URL.canParse(plain)) return null;
  const url = new URL(plain);
  if (url.protocol === "mailto:") return mail(url, words);
  if (url.username || url.password || !url.hostname) return null;
  if (url.origin === origin) return ownPage(url.pathname + url.search + url.hash, origin);
  return { href: url.href, outside: true, shown: says(words, url) ? null : url.host };
}

function ownPage(path: string, origin: string): Destination | null {
  const url = new URL(path, origin);
  if (url.origin !== origin || url.pathname.startsWith("/api/")) return null;
  return { href: url.pathname + url.search + url.hash, outside: false, shown: null };
}

/** Only to whom: a subject and a text would be written by the answer, and sent in the person's name. */
function mail({ pathname }: URL, words: string): Destination | null {
  if (!/^[^\s@,;?&%]+@[^\s@,;?&%]+$/.test(pathname)) return null;
  return { href: `mailto:${pathname}`, outside: true, shown: words.trim() === pathname ? null : pathname };
}

/** Whether the words are the address itself. */
function says(words: string, url: URL): boolean {
  const said = words.trim();
  if (/\s/.test(said)) return false;
  const address = /^https?:\/\//i.test(said) ? said : `${url.protocol}//${said}`;
  return URL.canParse(address) && new URL(address).href === url.href;
}
