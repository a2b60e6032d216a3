import { readFile } from "node:fs/promises";
import type { Download, Page } from "@playwright/test";
import { expect, memberTest as test } from "../fixtures";

/*
 * A person's conversations leave with them, as a file for programs and as one for reading, or for good.
 */

test("all conversations are downloaded from the settings, for programs and for reading", async ({
  page,
  chat,
}) => {
  await chat.open();
  await chat.say("add buy milk");
  await chat.newConversation();
  await chat.say("what is open?");

  await page.goto("/settings");
  const json = await saved(page, () => page.getByRole("button", { name: "Download as JSON" }).click());
  expect(json.name).toMatch(/\.json$/);
  expect(() => JSON.parse(json.text)).not.toThrow();
  const markdown = await saved(page, () =>
    page.getByRole("button", { name: "Download as Markdown" }).click(),
  );
  expect(markdown.name).toMatch(/\.md$/);
  for (const { text } of [json, markdown]) {
    expect(text).toContain("add buy milk");
    expect(text).toContain("what is open?");
    expect(text).toContain("Buy milk");
  }
  await expect(page.getByRole("status").filter({ hasText: `Saved as ${markdown.name}.` })).toBeVisible();
});

test("one conversation is downloaded from its menu, and no other", async ({ page, chat }) => {
  await chat.open();
  await chat.say("add buy milk");
  await chat.newConversation();
  await chat.say("what is open?");
  const menu = page.getByRole("region", { name: "Chat" }).getByRole("button", { name: /^Actions for/ });
  for (const [item, ending] of [
    ["Download as Markdown", /\.md$/],
    ["Download as JSON", /\.json$/],
  ] as const) {
    await menu.click();
    const file = await saved(page, () => page.getByRole("menuitem", { name: item }).click());
    expect(file.name).toMatch(ending);
    expect(file.text).toContain("what is open?");
    expect(file.text).not.toContain("add buy milk");
  }
});

test("all conversations are deleted once that is confirmed, and the tasks stay", async ({
  page,
  chat,
  tasks,
}) => {
  await chat.open();
  await chat.say("add buy milk");
  const address = page.url();
  await page.goto("/settings");
  const remove = page.getByRole("button", { name: "Delete all conversations…" });
  const dialog = page.getByRole("alertdialog", { name: "Delete all conversations?" });
  await remove.click();
  await dialog.getByRole("button", { name: "Keep them" }).click();
  await expect(dialog).toBeHidden();
  await expect(remove).toBeFocused();
  await page.goto(address);
  await expect(chat.said.last()).toContainText("add buy milk");

  await page.goto("/settings");
  await remove.click();
  await dialog.getByRole("button", { name: "Delete all", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "Your conversations are deleted." })).toBeVisible();
  await page.getByRole("link", { name: "Chat", exact: true }).first().click();
  await expect(chat.conversations.getByText("Conversations you begin are kept here.")).toBeVisible();
  await expect(tasks.done("Buy milk")).toBeVisible();
});

async function saved(page: Page, ask: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent("download"), ask()]);
  return { name: file.suggestedFilename(), text: await textOf(file) };
}

async function textOf(file: Download): Promise<string> {
  return readFile(await file.path(), "utf8");
}
