import type { Page, Route } from "@playwright/test";
import { expect, memberTest } from "../fixtures";
import { ChatPage } from "../pages/chat-page";
import { Relay } from "../relay";
import { FAILED_REQUEST } from "../surprises";

const test = memberTest.extend<{ relay: Relay }>({
  relay: async ({ baseURL }, use) => {
    const relay = await Relay.to(baseURL ?? "");
    await use(relay);
    relay.close();
  },
});

const titles = Array.from(
  { length: 40 },
  (_, index) => `Task number ${index + 1} of many that take long to tell`,
);

/** Each task is told once. */
async function toldOnce(chat: ChatPage): Promise<void> {
  for (const n of [1, 20, 39, 40]) {
    await expect(chat.answer.getByText(`Task number ${n} of many`)).toHaveCount(1);
  }
}

/** Notes the keys under which something is asked for. */
function keysOf(page: Page): string[] {
  const keys: string[] = [];
  page.on("request", (request) => {
    const key = request.url().endsWith("/api/chatkit") && request.headers()["idempotency-key"];
    if (key) keys.push(key);
  });
  return keys;
}

test("an answer goes on after the network was gone, and nothing is there twice", async ({
  chat,
  api,
  page,
  context,
  relay,
  surprises,
}) => {
  surprises.expect(FAILED_REQUEST);
  await api.addTasks(...titles);
  await chat.open(`${relay.origin}/chat`);
  const keys = keysOf(page);
  await chat.begin("show my tasks");
  await expect(chat.answer).toContainText("Task number 39 of many");
  await context.setOffline(true);
  relay.cut();
  await expect(page.getByText("Connection lost, picking up the answer…").first()).toBeVisible();
  await context.setOffline(false);
  await chat.answered();
  await toldOnce(chat);
  await expect(chat.said).toHaveCount(1);
  await expect(page.getByRole("alert").filter({ hasText: "connection" })).toHaveCount(0);
  expect(new Set(keys).size).toBe(1);
  expect(keys.length).toBeGreaterThan(1);
  await page.reload();
  await toldOnce(chat);
  await expect(chat.said).toHaveCount(1);
});

test("an answer that was cut off is picked up by itself, and nothing is done twice", async ({
  chat,
  api,
  page,
}) => {
  await api.addTask("Buy milk");
  await chat.open();
  await chat.say("hello");
  const keys = keysOf(page);
  // The server takes the message, does what it says, and the page hears only the beginning of it.
  let first = true;
  await page.route("**/api/chatkit", (route) => {
    const { type } = route.request().postDataJSON() as { type: string };
    if (!first || type !== "threads.add_user_message") return route.continue();
    first = false;
    return cutAfterTheMessage(route);
  });
  await chat.say("mark the milk one done and add call mom");
  await expect(chat.said).toHaveCount(2);
  await expect(chat.tasks.done("Buy milk")).toBeChecked();
  expect((await api.tasks()).map(({ title }) => title)).toEqual(["Call mom", "Buy milk"]);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
  await page.reload();
  await expect(chat.said).toHaveText([/hello/, /mark the milk one done/]);
  expect(await api.tasks()).toHaveLength(2);
});

async function cutAfterTheMessage(route: Route): Promise<void> {
  const answer = await route.fetch();
  const events = (await answer.text()).split("\n\n");
  const accepted = events.findIndex((event) => event.includes('"user_message"'));
  await route.fulfill({ response: answer, body: `${events.slice(0, accepted + 1).join("\n\n")}\n\n` });
}

test("an answer that cannot be picked up is asked for again by hand", async ({
  chat,
  api,
  page,
  surprises,
}) => {
  test.slow();
  surprises.expect(FAILED_REQUEST);
  await api.addTask("Buy milk");
  await chat.open();
  await chat.say("hello");
  let first = true;
  await page.route("**/api/chatkit", (route) => {
    if (!first) return route.abort("connectionrefused");
    const { type } = route.request().postDataJSON() as { type: string };
    if (type !== "threads.add_user_message") return route.continue();
    first = false;
    return cutAfterTheMessage(route);
  });
  await chat.begin("mark the milk one done");
  const failure = page.getByRole("alert").filter({ has: page.getByRole("button", { name: "Try again" }) });
  await expect(failure).toBeVisible({ timeout: 40_000 });
  await expect(failure).toContainText("The connection was lost");
  await page.unrouteAll();
  await failure.getByRole("button", { name: "Try again" }).click();
  await expect(failure).toBeHidden();
  await chat.answered();
  await expect(chat.said).toHaveCount(2);
  await expect(chat.tasks.done("Buy milk")).toBeChecked();
});

test("another window follows the answer from its first to its last word", async ({
  chat,
  api,
  page,
  context,
}) => {
  await api.addTasks(...titles);
  await chat.open();
  await chat.say("hello");
  const other = new ChatPage(await context.newPage());
  await other.open(page.url());
  await expect(other.said).toHaveCount(1);
  await chat.begin("show my tasks");
  await expect(other.said).toHaveCount(2);
  for (const each of [chat, other]) {
    await each.answered();
    await toldOnce(each);
    await expect(each.said).toHaveCount(2);
  }
  await other.say("thank you");
  await expect(chat.said).toHaveCount(3);
  await expect(chat.answer).toContainText("You're welcome!");
});

test("another window joins an answer in its middle, and has no Stop", async ({ chat, api, context }) => {
  // Long enough that nobody comes too late for it: it lasts until it is stopped.
  const endless = titles.map((title) => `${title}, in many words${", and in more of them".repeat(6)}`);
  await api.addTasks(...endless);
  await chat.open();
  await chat.say("hello");
  const late = new ChatPage(await context.newPage());
  await late.open();
  await chat.begin("show my tasks");
  await expect(chat.answer).toContainText("Task number 39 of many");
  await late.conversation("hello").click();
  await expect(late.page.getByText("Answering in another window…").first()).toBeVisible();
  await expect(late.answer).toContainText("Task number 38 of many");
  await expect(late.said).toHaveCount(2);
  await expect(late.stop).toHaveCount(0);
  await late.page.keyboard.press("Escape");
  for (const each of [chat, late]) await expect(each.answer).toContainText("Task number 36 of many");

  // A window behind another one draws nothing, and what is not drawn cannot be clicked.
  await chat.page.bringToFront();
  await chat.stop.click();
  await expect(chat.send).toBeVisible();
  await expect(late.page.getByText("Answering in another window…")).toHaveCount(0);
  await expect(late.send).toBeVisible();
  for (const each of [chat, late]) {
    for (const n of [40, 39, 38, 37]) {
      await expect(each.answer.getByText(`Task number ${n} of many`)).toHaveCount(1);
    }
    await expect(each.answer).not.toContainText("Task number 1 of many");
    await expect(each.said).toHaveCount(2);
  }
});

test("a conversation that begins in another window is in the list", async ({ chat, context }) => {
  await chat.open();
  const other = new ChatPage(await context.newPage());
  await other.open();
  await other.say("add buy milk");
  await expect(chat.conversation("add buy milk")).toBeVisible();
  await other.act("add buy milk", "Rename");
  await other.page.getByRole("dialog").getByLabel("Name").fill("Groceries");
  await other.page.keyboard.press("Enter");
  await expect(other.conversation("Groceries")).toBeVisible();
});

test("too many messages come back into the composer, with the time to wait", async ({
  chat,
  page,
  surprises,
}) => {
  surprises.expect(FAILED_REQUEST);
  await chat.open();
  let refused = false;
  await page.route("**/api/chatkit", (route) => {
    const { type } = route.request().postDataJSON() as { type: string };
    if (refused || type !== "threads.create") return route.continue();
    refused = true;
    return route.fulfill({
      status: 429,
      headers: { "retry-after": "3" },
      json: { message: "Thirty messages a minute are the limit. Try again in 3 seconds." },
    });
  });
  await chat.message.fill("add buy milk");
  await chat.message.press("Enter");
  const refusal = page.getByRole("alert").filter({ hasText: "Thirty messages a minute" });
  await expect(refusal).toContainText(/in \d s/);
  await expect(chat.message).toHaveValue("add buy milk");
  await expect(chat.said).toHaveCount(0);
  await expect(refusal).toContainText(/now$/);
  await chat.message.press("Enter");
  await chat.answered();
  await expect(chat.said).toHaveCount(1);
  await expect(refusal).toBeHidden();
});

test("a conversation that is full shows why instead of a place to write", async ({ chat, page }) => {
  await chat.open();
  await chat.say("hello");
  await page.route("**/api/chatkit", async (route) => {
    const { type } = route.request().postDataJSON() as { type: string };
    if (type !== "threads.get_by_id") return route.continue();
    const response = await route.fetch();
    const status = { type: "locked", reason: "This conversation is full. Start a new one." };
    return route.fulfill({ response, json: { ...(await response.json()), status } });
  });
  await page.reload();
  await expect(page.getByText("This conversation is full. Start a new one.")).toBeVisible();
  await expect(chat.message).toHaveCount(0);
  await page.getByRole("button", { name: "Start a new one" }).click();
  await expect(chat.message).toBeEditable();
});
