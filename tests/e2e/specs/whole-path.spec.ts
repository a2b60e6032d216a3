import { expect, test } from "../fixtures";
import { newAccount, signOut, signUp } from "../pages/account";
import { ChatPage } from "../pages/chat-page";
import { TasksPage } from "../pages/tasks-page";

test("the whole path, from signing up to another person who sees none of it", async ({
  page,
  context,
  open,
  surprises,
}) => {
  test.slow();
  const tasks = new TasksPage(page);
  const chat = new ChatPage(page);

  await test.step("sign up", async () => {
    await page.goto("/");
    await page.getByRole("link", { name: "Start your list" }).click();
    await expect(page.getByRole("heading", { name: "Create your account" })).toBeVisible();
    await signUp(page, newAccount());
  });

  await test.step("add three tasks", async () => {
    await tasks.add("Call the dentist");
    await tasks.add("Plan the trip");
    await tasks.add("Send the invoice");
    await tasks.expectTitles("Send the invoice", "Plan the trip", "Call the dentist");
    await tasks.expectCounts({ all: 3, open: 3, done: 0 });
  });

  await test.step("complete one", async () => {
    await tasks.done("Call the dentist").check();
    await tasks.expectCounts({ all: 3, open: 2, done: 1 });
  });

  await test.step("edit a title and a description", async () => {
    await tasks.edit("Plan the trip", { title: "Plan the trip to Oslo" });
    await tasks.edit("Plan the trip to Oslo", { description: "Trains, not planes.\nAsk Kim first." });
    await expect(tasks.row("Plan the trip to Oslo")).toContainText("Trains, not planes.");
  });

  await test.step("delete one and take it back", async () => {
    await tasks.deleteButton("Send the invoice").click();
    await expect(tasks.row("Send the invoice")).toBeHidden();
    await tasks.notifications.getByRole("button", { name: "Undo" }).click();
    await expect(tasks.row("Send the invoice")).toBeVisible();
  });

  await test.step("delete it for good", async () => {
    const deleted = page.waitForResponse((answer) => answer.request().method() === "DELETE");
    await tasks.deleteButton("Send the invoice").click();
    expect((await deleted).status()).toBe(204);
    await expect(tasks.row("Send the invoice")).toBeHidden();
  });

  await test.step("all of it is still so after a reload", async () => {
    await page.reload();
    await tasks.expectTitles("Plan the trip to Oslo", "Call the dentist");
    await expect(tasks.done("Call the dentist")).toBeChecked();
    await expect(tasks.row("Plan the trip to Oslo")).toContainText("Ask Kim first.");
    await tasks.expectCounts({ all: 2, open: 1, done: 1 });
  });

  const second = new TasksPage(await context.newPage());
  await second.open();
  await second.expectTitles("Plan the trip to Oslo", "Call the dentist");

  await test.step("do the same by talking, while a second tab looks on", async () => {
    await page.getByRole("link", { name: "Chat", exact: true }).click();
    await chat.say("add buy milk");
    await expect(chat.answer).toContainText("Added “Buy milk”");
    await expect(chat.answer.getByRole("img", { name: "Done" })).toBeVisible();
    await expect(chat.answer).toContainText(/Added #\d+ “Buy milk”\./);
    await expect(second.row("Buy milk")).toBeVisible();
    await expect(chat.tasks.row("Buy milk")).toBeVisible();

    await chat.say("what is open?");
    await expect(chat.answer).toContainText("You have two open tasks.");
    await expect(chat.answer).toContainText("Buy milk");
    await expect(chat.answer).toContainText("Plan the trip to Oslo");
    await expect(chat.answer).not.toContainText("Call the dentist");

    await chat.say("mark the milk one done");
    await expect(chat.answer).toContainText(/Marked #\d+ “Buy milk” as done/);
    await expect(second.done("Buy milk")).toBeChecked();
    await second.expectCounts({ all: 3, open: 1, done: 2 });
    await expect(chat.tasks.done("Buy milk")).toBeChecked();
  });

  const conversation = page.url();
  expect(conversation).toMatch(/\/chat\/.+/);

  await test.step("sign out, which the other tab notices", async () => {
    await signOut(page);
    await expect(second.page).toHaveURL(/\/sign-in/);
    await page.goto("/tasks");
    await expect(page).toHaveURL(/\/sign-in/);
  });

  await test.step("another person sees none of it", async () => {
    const stranger = await (await open()).newPage();
    await signUp(stranger, newAccount("Sascha Stranger"));
    const theirs = new ChatPage(stranger);
    await theirs.open();
    await expect(theirs.conversations.getByRole("listitem")).toHaveCount(0);
    await theirs.say("what is open?");
    await expect(theirs.answer).toContainText("Nothing is open");
    await theirs.say("mark the milk one done");
    await expect(theirs.answer).toContainText("I found no task that matches “milk”");
    await expect(stranger.getByRole("log")).not.toContainText("Oslo");
    surprises.expect(/status of 404 .*\/api\/chatkit/);
    await stranger.goto(conversation);
    await expect(stranger.getByRole("heading", { name: "This conversation no longer exists" })).toBeVisible();
  });
});
