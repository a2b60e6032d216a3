import { type BrowserContext, expect } from "@playwright/test";

/**
 * What a page reports without being asked: uncaught errors, refusals by the content security policy, and
 * errors in the console. None of it belongs into a test that did not provoke it.
 */
export class Surprises {
  #seen: string[] = [];
  #expected: RegExp[] = [];

  watch(context: BrowserContext): void {
    context.on("weberror", (error) => this.#seen.push(`uncaught: ${error.error().stack ?? error.error()}`));
    context.on("console", (message) => {
      if (message.type() === "error") {
        this.#seen.push(`console: ${message.text()} (${message.location().url || message.page()?.url()})`);
      }
    });
  }

  /** For a test that makes requests fail on purpose: Chromium writes each of them into the console. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Fails the test when something was seen that it did not announce. */
  verify(): void {
    expect(this.unexpected(), "what the browser reported").toEqual([]);
  }

  unexpected(): string[] {
    return this.#seen.filter((line) => !this.#expected.some((pattern) => pattern.test(line)));
  }
}

/** What Chromium says when a request gets no answer, or an answer that is an error. */
export const FAILED_REQUEST = /Failed to load resource|net::ERR_/;
