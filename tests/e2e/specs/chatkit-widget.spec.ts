import type { Page, Request } from "@playwright/test";
import { baseUrl, widgetUrl } from "../env";
import { expect, memberTest } from "../fixtures";
import { ChatPage } from "../pages/chat-page";
import { TasksPage } from "../pages/tasks-page";
import { SCRIPT, WidgetPage } from "../pages/widget-page";
import { FAILED_REQUEST } from "../surprises";

/*
 * OpenAI's chat where it is configured. Its servers are out of reach of tests, so something stands in for the script: an
 * element of the same name that refuses the same options and makes the same calls.
 */

const test = memberTest.extend<{ widget: WidgetPage }>({
  widget: ({ page }, use) => use(new WidgetPage(page, widgetUrl ?? "")),
});

test.skip(widgetUrl === undefined, "WIDGET_URL names an application with OpenAI's chat configured");

test("a conversation in OpenAI's chat: the calls it makes are answered, and the tasks follow", async ({
  page,
  widget,
  api,
}) => {
  await api.addTask("Buy bread");
  await widget.stub();
  const asked = requestsOf(page);
  await widget.open();
  await expect(page.getByRole("button", { name: "What is open?" })).toBeVisible();
  await widget.say("Add buy milk");
  await expect(new TasksPage(page).done("Buy milk")).toBeVisible();
  await expect(widget.answers.last()).toContainText("Buy milk");
  await widget.say("what is open?");
  await expect(widget.log.locator("[data-type=widget]")).toContainText("Buy bread");

  const calls = asked.map((request) => request.postDataJSON().type);
  expect(calls.slice(0, 2)).toEqual(["threads.list", "threads.create"]);
  expect(calls.at(-1)).toBe("threads.add_user_message");
  for (const request of asked) {
    const headers = request.headers();
    expect(headers.authorization).toMatch(/^Bearer ey/);
    expect(headers["x-timezone"]).toBeTruthy();
    expect(headers["chatkit-frame-instance-id"]).toBeTruthy();
  }
  const keys = asked
    .filter((request) => request.headers().accept === "text/event-stream")
    .map((request) => request.headers()["idempotency-key"]);
  expect(keys.every(Boolean)).toBe(true);
  expect(new Set(keys).size, "each wish has a name of its own").toBe(2);
});

test("a turn that the server failed is sent again under the same name", async ({
  page,
  widget,
  surprises,
}) => {
  surprises.expect(/status of 503/);
  await widget.stub();
  await widget.open();
  const keys: (string | undefined)[] = [];
  await page.route("**/api/chatkit", async (route) => {
    const request = route.request();
    if (request.postDataJSON().type !== "threads.create") return route.continue();
    keys.push(request.headers()["idempotency-key"]);
    return keys.length < 3 ? route.fulfill({ status: 503, json: { message: "Not now." } }) : route.continue();
  });
  await widget.say("what is open?");
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
});

test("changing the chat needs no new page and keeps the conversation, both ways", async ({
  page,
  widget,
}) => {
  await widget.stub();
  await widget.open();
  await page.evaluate(() => Object.assign(globalThis, { stillTheSamePage: true }));
  await widget.say("add buy milk");
  const address = page.url();

  await widget.toOwn.click();
  const own = new ChatPage(page);
  await expect(own.said.last()).toContainText("add buy milk");
  await expect(widget.element).toHaveCount(0);
  expect(page.url()).toBe(address);
  await own.say("what is open?");

  await widget.toOpenAi.click();
  await expect(widget.said).toHaveText(["add buy milk", "what is open?"]);
  expect(page.url()).toBe(address);
  expect(await page.evaluate(() => "stillTheSamePage" in globalThis)).toBe(true);

  await widget.toOwn.click();
  await expect(own.message).toBeEditable();
  await page.reload();
  await expect(own.message).toBeEditable();
  await expect(widget.element, "the choice is remembered").toHaveCount(0);
});

test("the address and OpenAI's chat agree on what is open", async ({ page, widget }) => {
  await widget.stub();
  await widget.open();
  await widget.say("add buy milk");
  const milk = page.url();
  await page.getByRole("link", { name: "Chat", exact: true }).first().click();
  await expect(page).toHaveURL(/\/chat$/);
  await expect(widget.said).toHaveCount(0);
  await widget.say("what is open?");
  const open = page.url();
  expect(open).not.toBe(milk);

  await widget.history.getByRole("button", { name: /^add buy milk$/i }).click();
  await expect(page).toHaveURL(milk);
  await expect(widget.said).toHaveText(["add buy milk"]);
  await page.goBack();
  await expect(page).toHaveURL(open);
  await expect(widget.said).toHaveText(["what is open?"]);
  await page.reload();
  await expect(widget.said).toHaveText(["what is open?"]);
});

test("conversations are renamed and deleted, answers are rated and asked for again", async ({
  page,
  widget,
}) => {
  await widget.stub();
  await widget.open();
  await widget.say("what is open?");
  const asked = requestsOf(page);
  await widget.log.getByRole("button", { name: "Good answer" }).click();
  // The widget may look for news at any time, too.
  const calls = () => asked.map((request) => request.postDataJSON().type);
  await expect.poll(() => calls().filter((type) => type !== "threads.get_by_id")).toEqual(["items.feedback"]);
  await widget.log.getByRole("button", { name: "Answer again" }).click();
  await widget.answered("what is open?");
  await expect(widget.answers).toHaveCount(1);

  await widget.history.getByRole("button", { name: /^Rename what is open/i }).click();
  await expect(widget.history).toContainText("renamed");
  await widget.history.getByRole("button", { name: /^Delete what is open/i }).click();
  await expect(page).toHaveURL(/\/chat$/);
  await widget.toOwn.click();
  await expect(
    new ChatPage(page).conversations.getByText("Conversations you begin are kept here."),
  ).toBeVisible();
});

test("a task is mentioned by its title and found again by a click", async ({ page, widget, api }) => {
  const [bread] = await api.addTasks("Buy bread", "Call the dentist");
  await widget.stub();
  await widget.open();
  await widget.message.fill("complete @bre");
  await page.getByRole("button", { name: "Mention Buy bread" }).click();
  await page.getByRole("button", { name: "Open Buy bread" }).click();
  await expect(new TasksPage(page).done("Buy bread")).toBeFocused();
  const sent = page.waitForRequest((request) => request.postDataJSON()?.type === "threads.create");
  await widget.message.press("Enter");
  expect((await sent).postDataJSON().params.input.content[0]).toMatchObject({
    type: "input_tag",
    id: String(bread?.id),
    text: "Buy bread",
  });
});

test("a list in OpenAI's chat has buttons that do what they say", async ({ page, widget, api }) => {
  const [milk] = await api.addTasks("Buy milk", "Call the dentist");
  await widget.stub();
  await widget.open();
  await widget.say("what is open?");
  const list = widget.log.locator("[data-type=widget]");
  const button = (action: string) =>
    list.getByRole("button", { name: `${action} {"task_id":${milk?.id}}`, exact: true });
  await button("task.complete").click();
  await expect(new TasksPage(page).done("Buy milk")).toBeChecked();
  await button("task.reopen").click();
  await expect(new TasksPage(page).done("Buy milk")).not.toBeChecked();
  await button("task.delete").click();
  await expect(button("task.delete")).toHaveCount(0);
  await expect(new TasksPage(page).done("Buy milk")).toHaveCount(0);
  await expect(new TasksPage(page).done("Call the dentist")).toBeVisible();
});

test("a question in OpenAI's chat is answered there, and nothing is deleted before", async ({
  page,
  widget,
  api,
}) => {
  await api.addTasks("Buy milk", "Buy bread");
  await widget.stub();
  await widget.open();
  await widget.message.fill("delete all tasks");
  await widget.message.press("Enter");
  const question = widget.log.locator("[data-type=structured_input]");
  await expect(question).toContainText("Buy milk");
  expect(await api.tasks()).toHaveLength(2);
  await question.getByRole("button", { name: "Yes, do it" }).click();
  await expect(new TasksPage(page).done("Buy milk")).toHaveCount(0);
  await expect.poll(() => api.tasks()).toHaveLength(0);
  await expect(question.getByRole("button")).toHaveCount(0);
});

test("OpenAI's chat says after a reload that an answer is unfinished, and talks on", async ({
  page,
  widget,
  api,
}) => {
  await api.addTasks(
    ...Array.from({ length: 40 }, (_, n) => `Task number ${n + 1} of many that take long to tell`),
  );
  await widget.stub();
  await widget.open();
  await widget.message.fill("show my tasks");
  await widget.message.press("Enter");
  await expect(widget.answers.last()).toContainText("Task number 39 of many");
  await page.reload();
  await expect(widget.log).toContainText("The answer was stopped.");
  await expect(widget.answers).toHaveCount(1);
  await expect(widget.answers).not.toContainText("Task number 1 of many");
  await expect(widget.said).toHaveText(["show my tasks"]);

  await widget.say("thank you");
  await expect(widget.said).toHaveText(["show my tasks", "thank you"]);
  await expect(widget.log.getByText("The answer was stopped.")).toHaveCount(1);
});

test("OpenAI's chat shows what is said in another window", async ({ widget, open }) => {
  await widget.stub();
  await widget.open();
  await widget.say("what is open?");
  const other = new ChatPage(await (await open()).newPage());
  await other.open(new URL(widget.page.url()).pathname);
  await expect(other.said).toHaveCount(1);
  await other.say("add buy milk");
  await expect(widget.said).toHaveText(["what is open?", "add buy milk"]);
  await expect(widget.answers.last()).toContainText("Buy milk");
});

test("OpenAI's chat wears the colours of the page, also when they change", async ({ page, widget }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await widget.stub();
  await widget.open();
  const view = page.locator("openai-chatkit main");
  await expect(view).toHaveAttribute("data-scheme", "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await expect(view).toHaveAttribute("data-scheme", "light");
  await page.getByRole("button", { name: "Theme: as the system" }).click();
  await page.getByRole("button", { name: "Theme: light" }).click();
  await expect(view).toHaveAttribute("data-scheme", "dark");
});

const absences = {
  "whose script is not there": async (widget: WidgetPage) => {
    await widget.page.route(SCRIPT, (route) => route.fulfill({ status: 404 }));
  },
  "that never says it is ready": (widget: WidgetPage) => widget.stub("mute"),
  "that is not let in on this domain": (widget: WidgetPage) => widget.stub("refused"),
};

for (const [what, arrange] of Object.entries(absences)) {
  test(`a widget ${what} makes room for our own chat`, async ({ page, widget, surprises }) => {
    surprises.expect(FAILED_REQUEST);
    await arrange(widget);
    await widget.goto();
    const own = new ChatPage(page);
    await expect(own.message).toBeEditable({ timeout: 15_000 });
    await expect(widget.element).toHaveCount(0);
    await expect(page.getByText("OpenAI’s chat could not be opened.")).toBeAttached();
    await expect(page.getByRole("button", { name: "OpenAI’s chat did not open. Try again" })).toBeVisible();
    await own.say("add buy milk");
    await expect(own.tasks.done("Buy milk")).toBeVisible();
  });
}

test("a widget that did not come is tried again when asked, and not at every visit", async ({
  page,
  widget,
  surprises,
}) => {
  surprises.expect(FAILED_REQUEST);
  let asked = 0;
  await page.route(SCRIPT, (route) => {
    asked += 1;
    return route.fulfill({ status: 404 });
  });
  await widget.goto();
  const again = page.getByRole("button", { name: "OpenAI’s chat did not open. Try again" });
  await expect(again).toBeVisible();
  await page.getByRole("link", { name: "Tasks", exact: true }).first().click();
  await expect(page).toHaveURL(/\/tasks$/);
  await page.getByRole("link", { name: "Chat", exact: true }).first().click();
  await expect(again).toBeVisible();
  expect(asked).toBe(1);
  await widget.stub();
  await again.click();
  await expect(widget.message).toBeVisible();
});

test("OpenAI is asked for nothing by those who chose our own chat", async ({ page, widget }) => {
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (![new URL(baseUrl).host, new URL(widgetUrl ?? "").host].includes(new URL(request.url()).host)) {
      elsewhere.push(request.url());
    }
  });
  await page.context().addCookies([{ name: "chat", value: "own", url: new URL(baseUrl).origin }]);
  await widget.goto();
  await expect(new ChatPage(page).message).toBeEditable();
  expect(elsewhere).toEqual([]);
});

test("the settings choose the chat, where there is a choice", async ({ page, widget }) => {
  await widget.stub();
  await widget.goto("/settings");
  const choice = page.getByRole("radiogroup", { name: "Which chat" });
  await expect(choice.getByRole("radio", { name: /OpenAI’s chat/ })).toBeChecked();
  await choice.getByRole("radio", { name: /Built-in chat/ }).check();
  await page.getByRole("link", { name: "Chat", exact: true }).first().click();
  await expect(new ChatPage(page).message).toBeEditable();
  await widget.goto("/settings");
  await expect(choice.getByRole("radio", { name: /Built-in chat/ })).toBeChecked();
  await choice.getByRole("radio", { name: /OpenAI’s chat/ }).check();
  await page.getByRole("link", { name: "Chat", exact: true }).first().click();
  await expect(widget.message).toBeVisible();

  await page.goto(new URL("/settings", baseUrl).href);
  await expect(page.getByRole("heading", { name: "Voice" })).toBeVisible();
  await expect(choice).toHaveCount(0);
});

test("the pages' policy names OpenAI only where its chat is configured, and for members only", async ({
  context,
  open,
}) => {
  const policy = async (base: string, path: string, { request } = context) => {
    const answer = await request.get(new URL(path, base).href);
    const lines = (answer.headers()["content-security-policy"] ?? "").split("; ");
    return Object.fromEntries(lines.map((line) => line.replace(/'nonce-[^']+'/, "'nonce'").split(/ (.*)/)));
  };
  const origin = new URL(SCRIPT).origin;
  for (const path of ["/chat", "/tasks", "/settings"]) {
    const without = await policy(baseUrl, path);
    expect(JSON.stringify(without)).not.toContain("openai");
    const { "frame-src": frame, "script-src": script, ...rest } = await policy(widgetUrl ?? "", path);
    expect(frame).toBe(origin);
    expect(script).toBe(`${without["script-src"]} ${origin}`);
    const { "script-src": _, ...restWithout } = without;
    expect(rest, "nothing else is widened").toEqual(restWithout);
  }
  const stranger = await open({ storageState: { cookies: [], origins: [] } });
  for (const path of ["/", "/sign-in", "/no/such/page"]) {
    expect(await policy(widgetUrl ?? "", path, stranger)).toEqual(await policy(baseUrl, path, stranger));
  }
});

/** What is asked of our own chat from now on. */
function requestsOf(page: Page): Request[] {
  const asked: Request[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/chatkit") asked.push(request);
  });
  return asked;
}
