/** Engines break off or refuse texts that are much longer. */
const longest = 220;

/** What an answer in Markdown sounds like: its words, without the signs that only eyes make sense of. */
export function spoken(markdown: string): string {
  return markdown
    .replace(/```[^\n]*\n?/g, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$/gm, "")
    .replace(/^\s*(?:#{1,6}|>|[-*+])\s+/gm, "")
    .replace(/^\s*\[[ xX]\]\s+/gm, "")
    .replace(/(\*\*|__|~~|`)(.+?)\1/g, "$2")
    .replace(/(^|\s)[*_](\S(?:.*?\S)?)[*_](?=\W|$)/g, "$1$2")
    .replace(/\|/g, ", ")
    .replace(/https?:\/\/([^/\s]+)\S*/g, "$1")
    .replace(/\\([\\`*_{}[\]()#+\-.!|>~])/g, "$1")
    .trim();
}

/** The same in pieces: lines, then sentences, then words where one sentence is too long. */
export function pieces(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split(/\n+/)) {
    let piece = "";
    for (const part of line.match(/[^.!?…۔。！？]+[.!?…۔。！？]*\s*|[.!?…۔。！？]+\s*/gu) ?? []) {
      for (const word of part.length > longest ? part.split(/(?<=\s)/) : [part]) {
        if (piece.length + word.length > longest && piece) {
          found.push(piece.trim());
          piece = "";
        }
        piece += word;
      }
    }
    if (piece.trim()) found.push(piece.trim());
  }
  return found.filter((piece) => /[\p{L}\p{N}]/u.test(piece));
}
