import { isKnown } from "../protocol/reducer";
import type { Item, Page } from "../protocol/types";

/** What of a conversation was read from the server. */
export interface Pages {
  items: readonly Item[];
  /** The end of a turn whose beginning was not read yet; it is shown as soon as the rest is there. */
  held: readonly Item[];
  hasOlder: boolean;
}

export const NOTHING: Pages = { items: [], held: [], hasOlder: false };

/** The item before which older ones are to be asked for. */
export function oldestOf({ held, items }: Pick<Pages, "held" | "items">): string | undefined {
  return (held[0] ?? items[0])?.id;
}

/** Puts the newest page, as the server has it now, in the place of what was known of it. */
export function withNewest(before: Pages, page: Page<Item>): Pages {
  const known = [...before.held, ...before.items];
  const fresh = keepIdentity(inOrder(page), known);
  const first = fresh[0];
  const at = first ? known.findIndex(({ id }) => id === first.id) : -1;
  // Everything is on the page, or so much is new that the known part does not reach up to it.
  if (!page.has_more || at < 0) return split(fresh, page.has_more);
  return split([...known.slice(0, at), ...fresh], at === 0 || before.hasOlder);
}

/** Puts an older page before what is known. */
export function withOlder(before: Pages, page: Page<Item>): Pages {
  const known = [...before.held, ...before.items];
  const ids = new Set(known.map(({ id }) => id));
  const older = inOrder(page).filter(({ id }) => !ids.has(id));
  // A page without anything new would be asked for again and again.
  return split([...older, ...known], page.has_more && page.data.length > 0);
}

function inOrder({ data }: Page<Item>): Item[] {
  return data.filter(isKnown).reverse();
}

/** A turn is shown as a whole, so the list begins with something the person said. */
function split(items: readonly Item[], hasOlder: boolean): Pages {
  if (!hasOlder) return { items, held: [], hasOlder };
  const begin = items.findIndex(({ type }) => type === "user_message");
  const at = begin < 0 ? items.length : begin;
  return { items: items.slice(at), held: items.slice(0, at), hasOlder };
}

/** Items that did not change stay the same object, so nothing is drawn again for them. */
function keepIdentity(fresh: Item[], known: readonly Item[]): Item[] {
  const byId = new Map(known.map((item) => [item.id, item]));
  return fresh.map((item) => {
    const old = byId.get(item.id);
    return old && JSON.stringify(old) === JSON.stringify(item) ? old : item;
  });
}
