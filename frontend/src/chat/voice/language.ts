/** Scripts that tell the language well enough to choose a voice, the particular before the general. */
const scripts: [RegExp, string][] = [
  // Letters that Urdu has and Arabic and Persian have not.
  [/[ٹڈڑںےہ]/, "ur"],
  [/[پچژگ]/, "fa"],
  [/\p{Script=Arabic}/u, "ar"],
  [/\p{Script=Devanagari}/u, "hi"],
  [/\p{Script=Bengali}/u, "bn"],
  [/\p{Script=Hebrew}/u, "he"],
  [/\p{Script=Greek}/u, "el"],
  [/[іїєґ]/i, "uk"],
  [/\p{Script=Cyrillic}/u, "ru"],
  [/\p{Script=Thai}/u, "th"],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, "ja"],
  [/\p{Script=Hangul}/u, "ko"],
  [/\p{Script=Han}/u, "zh"],
];

/**
 * The language that a text is in, as far as its letters tell; else the browser's. What the browser knows more exactly,
 * such as `ur-PK`, is taken from there.
 */
export function languageOf(text: string, browser: readonly string[]): string {
  const letters = text.match(/\p{L}/gu) ?? [];
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter));
  // A name or a title in another script does not make it another language.
  const found =
    foreign.length * 2 > letters.length
      ? scripts.find(([script]) => script.test(foreign.join("")))?.[1]
      : undefined;
  if (!found) return browser[0] ?? "en";
  return browser.find((tag) => tag.split("-")[0] === found) ?? found;
}
