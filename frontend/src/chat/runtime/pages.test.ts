import { describe, expect, it } from "vitest";
import type { Item, Page } from "../protocol/types";
import { answer, userMessage } from "../testing/streams";
import { NOTHING, oldestOf, type Pages, withNewest, withOlder } from "./pages";

/** Items 1 to n: a question and two answers, again and again. */
const item = (n: number, text = `${n}`): Item =>
  n % 3 === 1 ? userMessage(`msg_${n}`, text) : answer(`msg_${n}`, text);
const page = (from: number, to: number, has_more: boolean): Page<Item> => ({
  data: Array.from({ length: to - from + 1 }, (_, i) => item(to - i)),
  has_more,
});
const shown = ({ items }: Pages) => items.map(({ id }) => Number(id.slice(4)));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("the newest page", () => {
  it("begins with something the person said, as long as there is more", () => {
    const pages = withNewest(NOTHING, page(6, 12, true));
    expect(shown(pages)).toEqual(range(7, 12));
    expect(oldestOf(pages)).toBe("msg_6");
    expect(shown(withNewest(NOTHING, page(2, 4, false)))).toEqual([2, 3, 4]);
  });

  it("takes the place of what was known of it and leaves the older alone", () => {
    const before = withOlder(withNewest(NOTHING, page(6, 12, true)), page(1, 5, false));
    expect(shown(before)).toEqual(range(1, 12));
    const after = withNewest(before, page(8, 14, true));
    expect(shown(after)).toEqual(range(1, 14));
    expect(after.hasOlder).toBe(false);
    expect(after.items[3]).toBe(before.items[3]);
    expect(after.items[8]).toBe(before.items[8]);
  });

  it("takes away what is not there any more", () => {
    const before = withNewest(NOTHING, page(1, 6, false));
    expect(shown(withNewest(before, page(1, 4, false)))).toEqual(range(1, 4));
    const long = withNewest(withOlder(before, page(1, 1, false)), page(5, 5, true));
    expect(shown(long)).toEqual(range(1, 5));
  });

  it("shows an item that changed as it is now", () => {
    const before = withNewest(NOTHING, page(1, 3, false));
    const changed = { data: [item(3, "other"), item(2), item(1)], has_more: false };
    const after = withNewest(before, changed);
    expect(after.items[2]).toEqual(item(3, "other"));
    expect(after.items[1]).toBe(before.items[1]);
  });

  it("begins anew when more was said than fits on it", () => {
    const before = withNewest(NOTHING, page(1, 6, false));
    const after = withNewest(before, page(20, 30, true));
    expect(shown(after)).toEqual(range(22, 30));
    expect(after.hasOlder).toBe(true);
  });
});

describe("older pages", () => {
  it("are put before, whole turns only, nothing twice and nothing lost", () => {
    let pages = withNewest(NOTHING, page(16, 20, true));
    expect(shown(pages)).toEqual(range(16, 20));
    pages = withOlder(pages, page(12, 16, true));
    expect(shown(pages)).toEqual(range(13, 20));
    expect(oldestOf(pages)).toBe("msg_12");
    pages = withOlder(pages, page(1, 11, false));
    expect(shown(pages)).toEqual(range(1, 20));
    expect(pages.hasOlder).toBe(false);
  });

  it("come to an end with a page that is empty, whatever it claims", () => {
    const pages = withOlder(withNewest(NOTHING, page(4, 6, true)), { data: [], has_more: true });
    expect(pages.hasOlder).toBe(false);
  });

  it("wait for the rest of a turn that is longer than a page", () => {
    const data = [8, 6, 5].map((n) => answer(`msg_${n}`, "x"));
    const pages = withNewest(NOTHING, { data, has_more: true });
    expect(pages.items).toEqual([]);
    expect(shown(withOlder(pages, page(1, 4, false)))).toEqual([1, 2, 3, 4, 5, 6, 8]);
  });
});
