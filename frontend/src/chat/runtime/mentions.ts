import { folded } from "@/components/tasks/arrange";
import type { UserContent } from "../protocol/types";

/** A task that the person picked while writing. In the text it stands as `@` and its title. */
export interface Mention {
  id: number;
  title: string;
}

/** How a mention looks in the composer; one line, whatever the title has. */
export function written({ title }: Pick<Mention, "title">): string {
  return `@${title.replace(/\s+/g, " ").trim()}`;
}

/**
 * What was typed as parts of a message: each mention that is still there becomes a tag. Of two with the same title the
 * first one picked is the first one in the text.
 */
export function contentOf(text: string, mentions: readonly Mention[]): UserContent[] {
  const parts: UserContent[] = [];
  let rest = text;
  let open = [...mentions];
  for (;;) {
    const next = open
      .map((mention) => ({ mention, at: find(rest, written(mention)) }))
      .filter(({ at }) => at >= 0)
      // Of “@Buy milk” and “@Buy milk bottles” at the same place it is the longer one.
      .sort((a, b) => a.at - b.at || b.mention.title.length - a.mention.title.length)[0];
    if (!next) break;
    const { mention, at } = next;
    if (at > 0) parts.push({ type: "input_text", text: rest.slice(0, at) });
    parts.push({ type: "input_tag", id: String(mention.id), text: mention.title, data: {} });
    rest = rest.slice(at + written(mention).length);
    const used = open.indexOf(mention);
    const again = mentions.filter(({ title }) => title === mention.title).length === 1;
    if (!again) open = open.filter((_, i) => i !== used);
  }
  if (rest || parts.length === 0) parts.push({ type: "input_text", text: rest });
  return parts;
}

/** Where the words stand by themselves, and not as the beginning of longer ones. */
function find(text: string, words: string): number {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const before = text[at - 1];
    const after = text[at + words.length];
    if ((!before || /\s|[([{"'“‘]/.test(before)) && (!after || !/[\p{L}\p{N}]/u.test(after))) return at;
  }
  return -1;
}

/** What is being looked for where the caret stands: the words after an `@`, or null when there is none. */
export function soughtAt(text: string, caret: number): { from: number; query: string } | null {
  const found = /(?:^|[\s([{"'“‘])@([^@\n]{0,60})$/u.exec(text.slice(0, caret));
  const query = found?.[1];
  if (query === undefined) return null;
  return { from: caret - query.length - 1, query };
}

/** The tasks that fit, the likeliest first: open before done, then the very title, beginnings, other places. */
export function matching<T extends { title: string; completed: boolean }>(
  tasks: readonly T[],
  query: string,
  limit = 8,
): T[] {
  const wanted = folded(query.trim());
  const rank = ({ title, completed }: T): number => {
    const whole = folded(title.trim());
    if (whole === wanted) return completed ? 3 : 7;
    const at = whole.indexOf(wanted);
    if (at < 0) return -1;
    const beginsWord = at === 0 || /\s/.test(whole[at - 1] ?? "");
    return (completed ? 0 : 4) + (at === 0 ? 2 : beginsWord ? 1 : 0);
  };
  return tasks
    .map((task) => ({ task, rank: rank(task) }))
    .filter((entry) => entry.rank >= 0)
    .sort((a, b) => b.rank - a.rank)
    .slice(0, limit)
    .map(({ task }) => task);
}
