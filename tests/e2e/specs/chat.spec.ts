import { baseUrl } from "../env";
import { expect, memberTest as test } from "../fixtures";
import { ChatPage } from "../pages/chat-page";
import { FAILED_REQUEST } from "../surprises";

test("an empty conversation suggests what to say, and names the model that answers", async ({
  chat,
  api,
  page,
}) => {
  await api.addTask("Buy milk");
  await chat.open();
  await expect(chat.title).toHaveText("New conversation");
  await expect(page.getByText("Model: offline", { exact: true })).toBeVisible();
  await expect(chat.suggestions.getByRole("button")).toHaveText([
    "Add buy milk",
    "What is open?",
    "Mark the milk one done",
    "Give me a summary",
  ]);
  await chat.suggestions.getByRole("button", { name: "What is open?" }).click();
  await expect(chat.said).toContainText("What is open?");
  await chat.answered();
  await expect(chat.rows).toHaveText(["Buy milk"]);
  await expect(chat.suggestions).toBeHidden();
  await expect(chat.message).toBeFocused();
  await expect(chat.title).toHaveText("What is open?");
});

test("several tasks at once are several steps, told one by one", async ({ chat, api }) => {
  await chat.open();
  await chat.say("add buy bread, water the plants and call mom");
  const steps = chat.answer.getByRole("group");
  await steps.getByText(/3/).click();
  await expect(steps.getByRole("listitem")).toHaveText([
    "Added “Buy bread”",
    "Added “Water the plants”",
    "Added “Call mom”",
  ]);
  await expect(steps.getByRole("listitem").getByRole("img", { name: "Done" })).toHaveCount(3);
  expect((await api.tasks()).map(({ title }) => title)).toEqual([
    "Call mom",
    "Water the plants",
    "Buy bread",
  ]);
});

test.describe("an answer that takes a while", () => {
  const titles = Array.from(
    { length: 40 },
    (_, index) => `Task number ${index + 1} of many that take long to tell`,
  );

  test("is stopped, keeps what was said, also over a reload, and can be asked for again", async ({
    chat,
    api,
  }) => {
    await api.addTasks(...titles);
    await chat.open();
    await chat.begin("show my tasks");
    await expect(chat.answer).toContainText("Task number 39 of many");
    await chat.stop.click();
    await expect(chat.log.getByText("The answer was stopped.")).toBeVisible();
    await expect(chat.send).toBeVisible();
    await expect(chat.answer).toContainText("Task number 39 of many");
    await expect(chat.answer).not.toContainText("Task number 1 of many");

    await chat.page.reload();
    await expect(chat.answer).toContainText("Task number 39 of many");
    await expect(chat.answer).not.toContainText("Task number 1 of many");
    await expect(chat.log.getByText("The answer was stopped.")).toHaveCount(1);

    await chat.say("thank you");
    await expect(chat.log.getByText("The answer was stopped.")).toHaveCount(1);
    await expect(chat.answer).toContainText("You're welcome!");
  });

  test("says after a reload that it is unfinished, in every window, and is gone on with", async ({
    chat,
    api,
    page,
    context,
  }) => {
    await api.addTasks(...titles);
    await chat.open();
    await chat.begin("show my tasks");
    await expect(chat.answer).toContainText("Task number 39 of many");
    await page.reload();
    const other = new ChatPage(await context.newPage());
    await other.open(page.url());
    for (const { log } of [chat, other]) await expect(log.getByText("The answer was stopped.")).toBeVisible();
    await expect(page.getByText("The answer is complete.")).toHaveCount(0);

    await chat.log.getByRole("button", { name: "Go on" }).click();
    await chat.answered();
    await expect(chat.said).toHaveText([/show my tasks/, /Go on/]);
    await expect(chat.log.getByRole("button", { name: "Go on" })).toHaveCount(0);
  });

  test("keeps an order that is typed meanwhile over a reload, and each is carried out once", async ({
    chat,
    api,
    page,
  }) => {
    await api.addTasks(...titles);
    await chat.open();
    await chat.begin("show my tasks");
    await expect(chat.answer).toContainText("Task number 39 of many");
    await chat.message.fill("add buy milk");
    await chat.message.press("Enter");
    await page.reload();
    await expect(chat.log.getByText("The answer was stopped.")).toBeVisible();
    await expect(chat.said).toHaveCount(1);
    await expect(chat.message).toHaveValue("add buy milk");

    await expect(chat.send).toBeVisible();
    await chat.message.press("Enter");
    await expect(chat.said).toHaveText([/show my tasks/, /add buy milk/]);
    await chat.answered();
    await page.reload();
    await expect(chat.said).toHaveText([/show my tasks/, /add buy milk/]);
    await expect(chat.message).toHaveValue("");
    const made = (await api.tasks()).filter(({ title }) => title === "Buy milk");
    expect(made).toHaveLength(1);
  });

  test("is stopped with Escape and asked for again", async ({ chat, api }) => {
    await api.addTasks(...titles);
    await chat.open();
    await chat.begin("show my tasks");
    await expect(chat.answer).toContainText("Task number 39 of many");
    await chat.message.press("Escape");
    await expect(chat.log.getByText("The answer was stopped.")).toBeVisible();
    await chat.log.getByRole("button", { name: "Try again" }).click();
    await expect(chat.stop).toBeVisible();
    await chat.answered();
    await expect(chat.answer).toContainText("Task number 1 of many");
    await expect(chat.said).toHaveCount(1);
  });

  test("goes on while another page is looked at", async ({ chat, api, page }) => {
    await api.addTasks(...titles);
    await chat.open();
    await chat.begin("show my tasks");
    await expect(chat.answer).toContainText("Task number 39 of many");
    await page.getByRole("link", { name: "Settings" }).click();
    await expect(page.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
    await page.goBack();
    await chat.answered();
    await expect(chat.answer).toContainText("Task number 1 of many");
    await expect(chat.log.getByText("Task number 20 of many")).toHaveCount(1);
  });
});

test("a message that did not arrive comes back into the composer", async ({ chat, surprises, page }) => {
  surprises.expect(FAILED_REQUEST);
  await chat.open();
  await chat.say("add buy milk");
  await page.route("**/api/chatkit", (route) => route.abort("connectionrefused"));
  await chat.message.fill("what is open?");
  await chat.message.press("Enter");
  await expect(page.getByRole("alert").filter({ hasText: "cannot be reached" })).toBeVisible();
  await expect(chat.message).toHaveValue("what is open?");
  await expect(chat.said).toHaveCount(1);
  await page.unrouteAll();
  await chat.message.press("Enter");
  await expect(chat.said).toHaveCount(2);
  await chat.answered();
  await expect(chat.rows).toHaveText(["buy milk"], { ignoreCase: true });
});

test("an order that was on its way during a reload is not lost, and not carried out twice", async ({
  chat,
  api,
  page,
}) => {
  await chat.open();
  await chat.say("add buy milk");
  // It never reaches the server.
  let first = true;
  await page.route("**/api/chatkit", (route) => {
    if (!first || route.request().postDataJSON().type !== "threads.add_user_message") return route.continue();
    first = false;
  });
  await chat.begin("add buy bread");
  await page.reload();
  await expect(chat.said).toHaveText([/add buy milk/]);
  await expect(chat.message).toHaveValue("add buy bread");
  await chat.message.press("Enter");
  await expect(chat.said).toHaveText([/add buy milk/, /add buy bread/]);
  await chat.answered();
  expect((await api.tasks()).map(({ title }) => title)).toEqual(["Buy bread", "Buy milk"]);
});

test("two tasks that match make the assistant ask back", async ({ chat, api }) => {
  await api.addTasks("Buy milk", "Return the milk bottles");
  await chat.open();
  await chat.say("mark the milk one done");
  const question = chat.answer.getByRole("radiogroup", { name: "Which one should I mark as done?" });
  await expect(question.getByRole("radio")).toHaveCount(2);
  expect((await api.tasks()).filter(({ completed }) => completed)).toEqual([]);
  await question.getByRole("radio", { name: "Return the milk bottles" }).focus();
  await chat.page.keyboard.press("Space");
  await chat.page.keyboard.press("Enter");
  await expect(question).toBeHidden();
  await chat.answered();
  await expect(chat.answer).toContainText(/Marked #\d+ “Return the milk bottles” as done/);
  await expect(chat.tasks.done("Return the milk bottles")).toBeChecked();
  await expect(chat.tasks.done("Buy milk")).not.toBeChecked();
});

test("conversations are kept apart, and read again by their address", async ({ chat, page }) => {
  await chat.open();
  await chat.say("add buy milk");
  const first = page.url();
  await chat.newConversation();
  await chat.say("add call mom");
  const second = page.url();
  expect(second).not.toBe(first);
  await expect(chat.conversations.getByRole("listitem")).toHaveText(["add call mom", "add buy milk"]);
  await expect(chat.conversation("add call mom")).toHaveAttribute("aria-current", "page");
  await expect(chat.log).not.toContainText("buy milk");

  await chat.conversation("add buy milk").click();
  await expect(page).toHaveURL(first);
  await expect(chat.said).toHaveText([/add buy milk/]);
  await expect(chat.log).not.toContainText("call mom");

  await page.goto(second);
  await expect(chat.said).toHaveText([/add call mom/]);
  await expect(chat.answer).toContainText("Added “Call mom”");
  await expect(chat.answer).toContainText(/Added #\d+ “Call mom”/);
  await page.goBack();
  await expect(page).toHaveURL(first);
  await expect(chat.said).toHaveText([/add buy milk/]);
});

test("a conversation that begins while the list is still being read is in the list", async ({
  chat,
  page,
}) => {
  let release = () => {};
  const answered = new Promise<void>((resolve) => {
    release = resolve;
  });
  let held = 0;
  await page.route("**/api/chatkit", async (route) => {
    const { type } = route.request().postDataJSON() as { type: string };
    if (type !== "threads.list" || held > 0) return route.continue();
    held += 1;
    const response = await route.fetch();
    await answered;
    return route.fulfill({ response });
  });
  await chat.open();
  await chat.say("add buy milk");
  release();
  await expect(chat.conversation("add buy milk")).toBeVisible();
  await chat.newConversation();
  await expect(chat.conversation("add buy milk")).toBeVisible();
});

test("a conversation is renamed and deleted", async ({ chat, page, surprises }) => {
  await chat.open();
  await chat.say("add buy milk");
  const first = page.url();
  await chat.newConversation();
  await chat.say("add call mom");

  await chat.act("add buy milk", "Rename");
  const renaming = page.getByRole("dialog", { name: "Rename conversation" });
  await expect(renaming.getByLabel("Name")).toBeFocused();
  await renaming.getByLabel("Name").fill("Groceries");
  await page.keyboard.press("Enter");
  await expect(renaming).toBeHidden();
  await expect(chat.conversations.getByRole("listitem")).toHaveText(["add call mom", "Groceries"]);
  await chat.conversation("Groceries").click();
  await expect(chat.title).toHaveText("Groceries");
  await page.reload();
  await expect(chat.title).toHaveText("Groceries");

  await chat.act("Groceries", "Delete");
  const deleting = page.getByRole("alertdialog", { name: "Delete this conversation?" });
  await deleting.getByRole("button", { name: "Cancel" }).click();
  await expect(deleting).toBeHidden();
  await expect(chat.conversation("Groceries")).toBeVisible();
  await chat.act("Groceries", "Delete");
  await deleting.getByRole("button", { name: "Delete" }).click();
  await expect(deleting).toBeHidden();
  await expect(chat.conversations.getByRole("listitem")).toHaveText(["add call mom"]);
  await expect(page).toHaveURL("/chat");
  await expect(chat.suggestions).toBeVisible();

  surprises.expect(/status of 404/);
  await page.goto(first);
  await expect(page.getByRole("heading", { name: "This conversation no longer exists" })).toBeVisible();
  await page.getByRole("button", { name: "Start a new one" }).click();
  await expect(chat.suggestions).toBeVisible();
});

test("what a title is made of stays harmless in an answer", async ({ chat, api, context }) => {
  const foreign: string[] = [];
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(baseUrl).origin) foreign.push(request.url());
  });
  const titles = [
    "[click me](javascript:alert(1))",
    "![picture](https://example.com/spy.png?tasks=all)",
    "<img src=https://example.com/spy.png onerror=alert(1)>",
    "[safe](https://example.com/page)",
  ];
  await api.addTasks(...titles);
  await chat.open();
  await chat.say("show my tasks");
  await expect(chat.rows).toHaveCount(titles.length);
  for (const title of titles) await expect(chat.rows.filter({ hasText: title })).toHaveCount(1);
  await expect(chat.answer.getByRole("link")).toHaveCount(0);
  await expect(chat.answer.locator("img")).toHaveCount(0);
  expect(foreign).toEqual([]);
});

test("a draft waits over a reload, Shift and Enter makes a new line", async ({ chat, page }) => {
  await chat.open();
  await chat.message.fill("add buy milk");
  await chat.message.press("Shift+Enter");
  await chat.message.pressSequentially("and call mom");
  await expect(chat.message).toHaveValue("add buy milk\nand call mom");
  await expect(chat.said).toHaveCount(0);
  await page.reload();
  await expect(chat.message).toHaveValue("add buy milk\nand call mom");
});

test("the tasks are beside the chat where there is room, and work there", async ({ chat, api, page }) => {
  await api.addTask("Buy milk");
  await chat.open();
  const pane = page.getByRole("complementary", { name: "Tasks" });
  await expect(pane.getByRole("checkbox", { name: "Done: Buy milk" })).toBeVisible();
  await chat.tasks.add("Call mom");
  await chat.tasks.done("Call mom").check();
  await chat.say("what is open?");
  await expect(chat.rows).toHaveText(["Buy milk"]);

  await page.setViewportSize({ width: 390, height: 844 });
  await expect(pane).toBeHidden();
  await expect(chat.conversations).toBeHidden();
  await page.getByRole("button", { name: "Conversations" }).click();
  const sheet = page.getByRole("dialog", { name: "Conversations" });
  await expect(sheet.getByRole("link", { name: "what is open?" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await page.getByRole("link", { name: "New conversation" }).click();
  await expect(chat.suggestions).toBeVisible();
});
