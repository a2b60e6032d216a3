import { setTimeout as pause } from "node:timers/promises";

/** How many bytes may wait in memory for whoever reads standard output. */
const limit = 1024 * 1024;

/** How long the end of the process waits for what is still to be written, in milliseconds. */
const lastLines = 2_000;

/**
 * Standard output for whole lines. By itself Node.js keeps whatever a pipe does not take, without a bound, and a disk that
 * is full or a reader that has gone ends the process. Here such lines are lost, and a line says how many.
 */
export class LogOutput {
  #lost = 0;
  /** Once there is no more room, lines are lost until everything is written: so the log tells of them once. */
  #full = false;

  constructor(private readonly lineOfLoss: (lines: number) => string) {
    // What becomes of a line is told to its callback.
    process.stdout.on("error", () => {});
    process.stdout.on("drain", () => {
      this.#full = false;
      this.#tellLoss();
    });
  }

  write(line: string): void {
    this.#full ||= process.stdout.writableLength > limit;
    if (this.#full) {
      this.#lost += 1;
      return;
    }
    this.#tellLoss();
    this.#put(line, 1);
  }

  /** Waits for what is still to be written, but not for ever. */
  async finish(): Promise<void> {
    const written = new Promise((resolve) => process.stdout.write("", resolve));
    await Promise.race([written, pause(lastLines)]);
  }

  #tellLoss(): void {
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#put(this.lineOfLoss(lost), lost);
  }

  /** `lines` are missing if it fails. */
  #put(text: string, lines: number): void {
    process.stdout.write(text, (error) => {
      if (!error) return;
      this.#lost += lines;
      this.#full = false;
    });
  }
}
