import { expect, it } from "vitest";
import type { Task } from "@/lib/api/client";
import { SUGGESTIONS } from "../suggestions";
import { widgetLocale } from "./locale";
import { mentionable, widgetOptions } from "./options";

const given = {
  domainKey: "domain_pk_1",
  fetch: globalThis.fetch,
  scheme: "dark",
  languages: ["en-GB"],
  thread: null,
  entities: { onTagSearch: async () => [], onClick: () => {} },
} as const;

it("tells the widget nothing undefined, which it would refuse", () => {
  const values = (value: unknown): unknown[] =>
    typeof value === "object" && value !== null ? Object.values(value).flatMap(values) : [value];
  expect(values(widgetOptions(given))).not.toContain(undefined);
});

it("begins with the same prompts as our own chat", () => {
  expect(widgetOptions(given).startScreen.prompts.map(({ prompt }) => prompt)).toEqual([...SUGGESTIONS]);
});

it("leaves out what the server does not do: files, dictation, other models", () => {
  const { composer } = widgetOptions(given);
  expect(composer.attachments.enabled).toBe(false);
  expect(Object.keys(composer)).toEqual(["placeholder", "attachments"]);
});

it.each([
  [["en-GB", "de"], "en"],
  [["ur-PK"], "ur"],
  [["pt-BR"], "pt-BR"],
  [["pt"], "pt"],
  [["es-MX"], "es-419"],
  [["zh-Hant-TW"], "zh-TW"],
  [["zh-Hant"], "zh-Hant"],
  [["nn", "no"], "nb"],
  [["la", "fr-CH"], "fr"],
  [["tlh"], "en"],
  [[], "en"],
])("speaks the first of %j that it can: %s", (languages, locale) => {
  expect(widgetLocale(languages)).toBe(locale);
});

it("names tasks to mention by their number, open ones first", () => {
  const task = (id: number, title: string, completed = false) => ({ id, title, completed }) as Task;
  const tasks = [task(1, "Buy milk", true), task(2, "Buy bread"), task(3, "Call mom")];
  expect(mentionable(tasks, "BUY").map(({ id, group }) => [id, group])).toEqual([
    ["2", "Open"],
    ["1", "Done"],
  ]);
});
