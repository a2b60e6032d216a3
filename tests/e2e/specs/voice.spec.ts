import type { Page } from "@playwright/test";
import { baseUrl } from "../env";
import { expect, memberTest as test } from "../fixtures";

/*
 * Dictating and reading aloud. The browsers of tests have neither a microphone nor a voice, so their interfaces are
 * stood in for: what is said to the page, and what the page says, is kept in `voice`.
 */

type Voice = {
  started: number;
  listening: boolean;
  lang: string;
  hear: (...heard: string[]) => void;
  refuse: (error: string) => void;
  read: { text: string; lang: string }[];
  reading: boolean;
  finish: () => void;
};

declare global {
  var voice: Voice;
}

const dictate = (page: Page) => page.getByRole("button", { name: /^(Dictate$|Listening…)/ });
const readAloud = (page: Page) => page.getByRole("button", { name: /^(Read aloud$|Reading…)/ });

async function standIn(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let current: {
      lang: string;
      onresult?: ((event: unknown) => void) | null;
      onerror?: (event: unknown) => void;
      onend?: () => void;
    };
    const heard: { isFinal: boolean; 0: { transcript: string } }[] = [];
    let queue: SpeechSynthesisUtterance[] = [];
    globalThis.voice = {
      started: 0,
      listening: false,
      lang: "",
      hear: (...words) => {
        heard.push(...words.map((transcript) => ({ isFinal: true, 0: { transcript } })));
        current.onresult?.({ results: heard });
      },
      refuse: (error) => {
        current.onerror?.({ error });
        globalThis.voice.listening = false;
        current.onend?.();
      },
      read: [],
      reading: false,
      finish: () => {
        for (const one of queue) one.onend?.({} as SpeechSynthesisEvent);
        queue = [];
        globalThis.voice.reading = false;
      },
    };
    class Recognition {
      lang = "";
      onend?: () => void;
      start() {
        current = this;
        heard.length = 0;
        globalThis.voice.started += 1;
        globalThis.voice.listening = true;
        globalThis.voice.lang = this.lang;
      }
      abort() {
        globalThis.voice.listening = false;
        this.onend?.();
      }
      stop() {
        this.abort();
      }
    }
    class Utterance {
      lang = "";
      constructor(readonly text: string) {}
    }
    Object.assign(globalThis, { SpeechRecognition: Recognition, SpeechSynthesisUtterance: Utterance });
    Object.defineProperty(globalThis, "speechSynthesis", {
      value: {
        getVoices: () => [],
        speak: (one: SpeechSynthesisUtterance) => {
          queue.push(one);
          globalThis.voice.read.push({ text: one.text, lang: one.lang });
          globalThis.voice.reading = true;
        },
        cancel: () => {
          queue = [];
          globalThis.voice.reading = false;
        },
      },
    });
  });
}

async function switchOn(page: Page): Promise<void> {
  await page.context().addCookies([{ name: "voice", value: "on", url: new URL(baseUrl).origin }]);
}

test("voice is off until it is switched on in the settings, and off again after", async ({ page, chat }) => {
  await standIn(page);
  await chat.open();
  await chat.say("what is open?");
  await expect(dictate(page)).toHaveCount(0);
  await expect(readAloud(page)).toHaveCount(0);

  await page.goto("/settings");
  const voice = page.getByRole("switch", { name: "Dictate and read aloud" });
  await expect(voice).not.toBeChecked();
  await expect(page.getByText("Some browsers send what you say")).toBeVisible();
  await expect(page.getByText("This browser can do both.")).toBeVisible();
  await voice.check();
  await page.getByRole("link", { name: "Chat", exact: true }).first().click();
  await expect(dictate(page)).toBeVisible();

  await page.goto("/settings");
  await expect(voice).toBeChecked();
  await voice.uncheck();
  await chat.open();
  await expect(dictate(page)).toHaveCount(0);
});

test("what is said is written behind what is written, and sent by the person", async ({ page, chat }) => {
  await standIn(page);
  await switchOn(page);
  await chat.open();
  await chat.message.fill("add");
  await dictate(page).click();
  await expect(dictate(page)).toHaveAccessibleName("Listening… Stop dictating");
  await expect(page.getByText("Listening…")).toBeVisible();
  await page.evaluate(() => globalThis.voice.hear("buy milk"));
  await expect(chat.message).toHaveValue("add buy milk");
  await page.evaluate(() => globalThis.voice.hear("and water the plants"));
  await expect(chat.message).toHaveValue("add buy milk and water the plants");
  expect(await page.evaluate(() => globalThis.voice.lang)).toBe("en-GB");

  await chat.message.press("Enter");
  await expect(dictate(page)).toHaveAccessibleName("Dictate");
  expect(await page.evaluate(() => globalThis.voice.listening)).toBe(false);
  await expect(chat.said.last()).toContainText("add buy milk and water the plants");
  await chat.answered();
});

test("the button, and going elsewhere, end the dictation", async ({ page, chat }) => {
  await standIn(page);
  await switchOn(page);
  await chat.open();
  await dictate(page).click();
  await dictate(page).press("Enter");
  await expect(dictate(page)).toHaveAccessibleName("Dictate");
  expect(await page.evaluate(() => globalThis.voice.listening)).toBe(false);

  await dictate(page).click();
  expect(await page.evaluate(() => globalThis.voice.listening)).toBe(true);
  await page.getByRole("link", { name: "Tasks", exact: true }).first().click();
  await expect(page).toHaveURL("/tasks");
  await expect.poll(() => page.evaluate(() => globalThis.voice.listening)).toBe(false);
});

test("a microphone that is not allowed is told", async ({ page, chat, tasks }) => {
  await standIn(page);
  await switchOn(page);
  await chat.open();
  await dictate(page).click();
  await page.evaluate(() => globalThis.voice.refuse("not-allowed"));
  await expect(tasks.notifications.getByRole("alert")).toContainText(
    "The microphone is not allowed on this page.",
  );
  await expect(dictate(page)).toHaveAccessibleName("Dictate");
});

test("an answer is read aloud in its words, one at a time, until its end or another page", async ({
  page,
  chat,
  api,
}) => {
  await api.addTask("Buy milk");
  await standIn(page);
  await switchOn(page);
  await chat.open();
  await chat.say("what is open?");
  await chat.say("give me a summary");
  await readAloud(page).first().click();
  await expect(readAloud(page).first()).toHaveAccessibleName("Reading… Stop reading");
  await expect(page.getByText("Reading…")).toBeVisible();
  const first = await page.evaluate(() => globalThis.voice.read.map(({ text }) => text).join(" "));
  expect(first).toContain("Buy milk");
  expect(first).not.toMatch(/[*`_]/);

  await readAloud(page).last().click();
  await expect(readAloud(page).first()).toHaveAccessibleName("Read aloud");
  await expect(readAloud(page).last()).toHaveAccessibleName("Reading… Stop reading");
  await page.evaluate(() => globalThis.voice.finish());
  await expect(readAloud(page).last()).toHaveAccessibleName("Read aloud");

  await readAloud(page).last().click();
  await readAloud(page).last().click();
  expect(await page.evaluate(() => globalThis.voice.reading)).toBe(false);
  await readAloud(page).last().click();
  await page.getByRole("link", { name: "Tasks", exact: true }).first().click();
  await expect(page).toHaveURL("/tasks");
  await expect.poll(() => page.evaluate(() => globalThis.voice.reading)).toBe(false);
});
