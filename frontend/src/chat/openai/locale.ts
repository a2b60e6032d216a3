import type { ChatKitOptions } from "@openai/chatkit-react";

type Locale = NonNullable<ChatKitOptions["locale"]>;

/** The widget's translations, by language; where a language has several, the one to take for the rest of the world. */
const languages: Record<string, Locale> = {
  am: "am",
  ar: "ar",
  bg: "bg",
  bn: "bn",
  bs: "bs",
  ca: "ca",
  cs: "cs",
  da: "da",
  de: "de",
  el: "el",
  en: "en",
  es: "es",
  et: "et",
  fi: "fi",
  fr: "fr",
  gu: "gu",
  hi: "hi",
  hr: "hr",
  hu: "hu",
  hy: "hy-AM",
  id: "id",
  is: "is",
  it: "it",
  ja: "ja",
  ka: "ka",
  kk: "kk",
  kn: "kn",
  ko: "ko",
  lt: "lt",
  lv: "lv",
  mk: "mk",
  ml: "ml",
  mn: "mn",
  mr: "mr",
  ms: "ms",
  my: "my",
  nb: "nb",
  nl: "nl",
  no: "nb",
  pa: "pa",
  pl: "pl",
  pt: "pt",
  ro: "ro",
  ru: "ru",
  sk: "sk",
  sl: "sl",
  so: "so",
  sq: "sq",
  sr: "sr",
  sv: "sv",
  sw: "sw",
  ta: "ta",
  te: "te",
  th: "th",
  tl: "tl",
  tr: "tr",
  uk: "uk-UA",
  ur: "ur",
  vi: "vi",
  zh: "zh",
};

/** Those that differ from their language's. */
const regions: Record<string, Locale> = {
  "es-419": "es-419",
  "es-AR": "es-419",
  "es-CL": "es-419",
  "es-CO": "es-419",
  "es-MX": "es-419",
  "es-PE": "es-419",
  "es-US": "es-419",
  "fr-CA": "fr-CA",
  "pt-BR": "pt-BR",
  "pt-PT": "pt-PT",
  "zh-HK": "zh-HK",
  "zh-TW": "zh-TW",
};

/** The first of the browser's languages that the widget knows. */
export function widgetLocale(wanted: readonly string[]): Locale {
  for (const tag of wanted) {
    const { language, region, script } = new Intl.Locale(tag);
    const found = regions[`${language}-${region}`] ?? (script === "Hant" ? "zh-Hant" : languages[language]);
    if (found) return found;
  }
  return "en";
}
