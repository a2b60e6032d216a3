import type { Recognition } from "./support";

/** The text that is being written, wherever that is. */
export interface Draft {
  read(): string;
  write(text: string): void;
}

export interface Hearing {
  /** The browser listens, or has stopped to. */
  onListening(listening: boolean): void;
  /** It could not, with the browser's word for why. */
  onTrouble(reason: string): void;
}

/**
 * Writes what is said behind what is written. What the person types meanwhile stays, and once they have sent it, nobody
 * listens any more.
 */
export class Dictation {
  #recognition: Recognition | null = null;

  constructor(
    private readonly make: () => Recognition,
    private readonly draft: Draft,
    private readonly hearing: Hearing,
  ) {}

  start(lang: string): void {
    if (this.#recognition) return;
    const recognition = this.make();
    this.#recognition = recognition;
    let before = this.draft.read();
    let written = before;
    /** How many results are part of `before`, and how many are on the screen. */
    let taken = 0;
    let shown = 0;
    recognition.lang = lang;
    recognition.continuous = true;
    recognition.interimResults = true;
    recognition.onresult = ({ results }) => {
      const now = this.draft.read();
      if (now !== written) {
        if (now === "") return this.stop();
        before = now;
        taken = shown;
      }
      const heard = Array.from(results)
        .slice(taken)
        .map((result) => result[0].transcript.trim())
        .filter(Boolean)
        .join(" ");
      shown = results.length;
      written = joined(before, heard);
      this.draft.write(written);
    };
    recognition.onerror = ({ error }) => {
      if (error !== "aborted") this.hearing.onTrouble(error);
    };
    recognition.onend = () => {
      if (this.#recognition !== recognition) return;
      this.#recognition = null;
      this.hearing.onListening(false);
    };
    this.hearing.onListening(true);
    try {
      recognition.start();
    } catch {
      this.#recognition = null;
      this.hearing.onListening(false);
      this.hearing.onTrouble("failed");
    }
  }

  /** Hears no more; what was heard stays. */
  stop(): void {
    const recognition = this.#recognition;
    if (!recognition) return;
    this.#recognition = null;
    recognition.onresult = null;
    recognition.abort();
    this.hearing.onListening(false);
  }
}

function joined(before: string, heard: string): string {
  if (!heard) return before;
  return before === "" || /\s$/.test(before) ? before + heard : `${before} ${heard}`;
}

/** What to tell the person. Nothing to tell is an empty string. */
export function trouble(reason: string): string {
  switch (reason) {
    case "not-allowed":
    case "service-not-allowed":
      return "The microphone is not allowed on this page. You can change that in the browser, beside the address.";
    case "audio-capture":
      return "No microphone was found.";
    case "network":
      return "The browser’s dictation service cannot be reached.";
    case "language-not-supported":
      return "The browser does not take dictation in this language.";
    case "no-speech":
      return "Nothing was heard.";
    default:
      return "The browser stopped listening. Try again.";
  }
}
