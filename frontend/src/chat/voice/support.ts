/** The part of the Web Speech API that is used here; TypeScript's own library does not know all of it. */
export interface Recognition extends EventTarget {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  onresult: ((event: RecognitionResults) => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  stop(): void;
  abort(): void;
}

export interface RecognitionResults {
  results: ArrayLike<{ isFinal: boolean; 0: { transcript: string } }>;
}

type Constructor = new () => Recognition;

/** Undefined where the browser takes no dictation. Safari and older browsers have it under another name. */
export function recognition(): Constructor | undefined {
  const names = window as unknown as Record<
    "SpeechRecognition" | "webkitSpeechRecognition",
    Constructor | undefined
  >;
  return names.SpeechRecognition ?? names.webkitSpeechRecognition;
}

export function canRead(): boolean {
  return "speechSynthesis" in window && "SpeechSynthesisUtterance" in window;
}

export function voiceOfThisBrowser(): "both" | "dictation" | "reading" | "none" {
  const dictation = recognition() !== undefined;
  if (canRead()) return dictation ? "both" : "reading";
  return dictation ? "dictation" : "none";
}
