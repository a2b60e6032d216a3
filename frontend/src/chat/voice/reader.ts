import { languageOf } from "./language";
import { pieces, spoken } from "./spoken";

type Engine = Pick<SpeechSynthesis, "speak" | "cancel" | "getVoices">;

/** Reads one text at a time; a second one takes the place of the first. */
export class Reader {
  #reading: string | null = null;
  /** Which of the readings goes on, so that an ended one does not end the next. */
  #turn = 0;
  #listeners = new Set<() => void>();

  constructor(
    private readonly engine: () => Engine = () => window.speechSynthesis,
    private readonly utterance: (text: string) => SpeechSynthesisUtterance = (text) =>
      new SpeechSynthesisUtterance(text),
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The id of what is being read. */
  reading = (): string | null => this.#reading;

  /** `failed` is called when the browser has no voice for it, or gives up for a reason of its own. */
  read(id: string, markdown: string, browser: readonly string[], failed: () => void): void {
    const engine = this.engine();
    engine.cancel();
    this.#turn += 1;
    const turn = this.#turn;
    const text = spoken(markdown);
    const lang = languageOf(text, browser);
    const voice = engine
      .getVoices()
      .find((one) => one.lang.replace("_", "-").split("-")[0] === lang.split("-")[0]);
    const parts = pieces(text);
    const end = () => {
      if (turn === this.#turn) this.#set(null);
    };
    if (parts.length === 0) {
      end();
      return;
    }
    this.#set(id);
    for (const [index, part] of parts.entries()) {
      const utterance = this.utterance(part);
      utterance.lang = lang;
      if (voice) utterance.voice = voice;
      if (index === parts.length - 1) utterance.onend = end;
      utterance.onerror = ({ error }) => {
        if (turn !== this.#turn || error === "canceled" || error === "interrupted") return;
        this.stop();
        failed();
      };
      engine.speak(utterance);
    }
  }

  stop(): void {
    if (this.#reading === null) return;
    this.#turn += 1;
    this.engine().cancel();
    this.#set(null);
  }

  #set(reading: string | null): void {
    this.#reading = reading;
    for (const listener of this.#listeners) listener();
  }
}
