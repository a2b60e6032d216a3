import { expect, memberTest as test } from "../fixtures";
import { FAILED_REQUEST } from "../surprises";

const announced = (text: string) => new RegExp(`^${text}\\s*$`);

test("a list in the chat is worked with by keyboard: completed, reopened and deleted in its place", async ({
  chat,
  api,
  page,
}) => {
  await api.addTasks("Buy milk", "Call mom", "Water the plants");
  await chat.open();
  await chat.say("show my tasks");
  await expect(chat.rows).toHaveCount(3);

  await chat.button("Complete Call mom").focus();
  await page.keyboard.press("Enter");
  await expect(chat.button("Reopen Call mom")).toBeFocused();
  await expect(page.getByRole("status").getByText(announced("Completed: Call mom."))).toBeAttached();
  await expect(chat.tasks.done("Call mom")).toBeChecked();
  await page.keyboard.press("Enter");
  await expect(chat.button("Complete Call mom")).toBeFocused();
  await expect(chat.tasks.done("Call mom")).not.toBeChecked();

  const places = () => chat.rows.evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().top));
  const before = await places();
  await chat.button("Delete Call mom").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").getByText(announced("Deleted: Call mom."))).toBeAttached();
  expect((await api.tasks()).map(({ title }) => title).sort()).toEqual(["Buy milk", "Water the plants"]);
  // Nothing moves under a finger that is about to press, and the way back is where the deletion was.
  await expect(chat.button("Undo deleting Call mom")).toBeFocused();
  await expect(chat.rows).toHaveCount(3);
  expect(await places()).toEqual(before);

  await page.keyboard.press("Enter");
  await expect(chat.button("Delete Call mom")).toBeVisible();
  await expect(page.getByRole("status").getByText(announced("Restored: Call mom."))).toBeAttached();
  await expect(chat.tasks.done("Call mom")).not.toBeChecked();
  expect(await places()).toEqual(before);
  await chat.button("Delete Call mom").click();
  await expect(chat.button("Undo deleting Call mom")).toBeVisible();

  await chat.button("Complete Buy milk").click();
  await expect(chat.button("Reopen Buy milk")).toBeVisible();
  await page.reload();
  await expect(chat.rows).toHaveCount(2);
  await expect(chat.button("Reopen Buy milk")).toBeVisible();

  await chat.button("Delete Buy milk").click();
  await chat.button("Delete Water the plants").click();
  await expect(chat.answer.getByRole("button", { name: /^(Complete|Delete) / })).toHaveCount(0);
  expect(await api.tasks()).toEqual([]);
});

test("a button that does not reach the server says so and can be pressed again", async ({
  chat,
  api,
  page,
  surprises,
}) => {
  surprises.expect(FAILED_REQUEST);
  await api.addTask("Buy milk");
  await chat.open();
  await chat.say("show my tasks");
  await page.route("**/api/chatkit", (route) => route.abort("connectionrefused"));
  await chat.button("Complete Buy milk").click();
  await expect(page.getByRole("alert").filter({ hasText: "“Buy milk” was not changed." })).toBeVisible();
  await page.unrouteAll();
  await chat.button("Complete Buy milk").click();
  await expect(chat.button("Reopen Buy milk")).toBeVisible();
});

test("several tasks are deleted only after a question, and only what it names", async ({
  chat,
  api,
  page,
}) => {
  await api.addTasks("Buy milk", "Call mom", "Water the plants");
  await chat.open();
  await chat.say("delete buy milk and call mom");
  const question = chat.answer
    .getByRole("group")
    .filter({ has: page.getByRole("button", { name: "Yes, do it", exact: true }) });
  await expect(question).toContainText("Buy milk");
  await expect(question).toContainText("Call mom");
  await expect(question).not.toContainText("Water the plants");
  expect(await api.tasks()).toHaveLength(3);

  await chat.button("No").click();
  await chat.answered();
  await expect(chat.button("Yes, do it")).toBeHidden();
  await expect(chat.log.getByText("No", { exact: true })).toBeVisible();
  expect(await api.tasks()).toHaveLength(3);

  await chat.say("delete buy milk and call mom");
  await page.reload();
  await chat.button("Yes, do it").focus();
  await page.keyboard.press("Enter");
  await chat.answered();
  await expect(chat.log.getByText("Yes, do it", { exact: true })).toBeVisible();
  await expect(async () => {
    expect((await api.tasks()).map(({ title }) => title)).toEqual(["Water the plants"]);
  }).toPass();
});

test("a question of the assistant can be left open", async ({ chat, api, page }) => {
  await api.addTasks("Buy milk", "Return the milk bottles");
  await chat.open();
  await chat.say("mark the milk one done");
  await expect(chat.answer.getByRole("radio")).toHaveCount(2);
  await expect(chat.button("Answer")).toBeDisabled();
  await chat.button("Skip").click();
  await expect(chat.log.getByText("Skipped", { exact: true })).toBeVisible();
  await chat.answered();
  await expect(chat.answer.getByRole("radio")).toHaveCount(0);
  expect((await api.tasks()).filter(({ completed }) => completed)).toEqual([]);
  await page.reload();
  await expect(chat.log.getByText("Skipped", { exact: true })).toBeVisible();
});

test("a task is named with @, by keyboard, and is the one that is meant", async ({ chat, api, page }) => {
  await api.addTasks("Buy milk", "Return the milk bottles", "Call mom");
  await chat.open();
  await chat.message.pressSequentially("complete @mil");
  const options = page.getByRole("listbox", { name: "Your tasks" }).getByRole("option");
  await expect(options).toHaveCount(2);
  await chat.message.pressSequentially("k b");
  await expect(options).toHaveText(["Return the milk bottles"]);
  await expect(options.first()).toHaveAttribute("aria-selected", "true");
  const active = await chat.message.getAttribute("aria-activedescendant");
  await expect(options.first()).toHaveAttribute("id", active ?? "");
  await page.keyboard.press("Escape");
  await expect(options).toHaveCount(0);
  await expect(chat.message).toHaveValue("complete @milk b");

  await chat.message.fill("");
  await chat.message.pressSequentially("complete @");
  await expect(options).toHaveCount(3);
  await chat.message.pressSequentially("ret");
  await expect(options).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(chat.message).toHaveValue("complete @Return the milk bottles ");
  await expect(options).toHaveCount(0);
  await page.reload();
  await expect(chat.message).toHaveValue("complete @Return the milk bottles ");
  await chat.message.press("Enter");
  await chat.answered();
  await expect(chat.said).toContainText("Return the milk bottles");
  await expect(chat.said.getByRole("img", { name: "Task" })).toBeVisible();
  await expect(chat.tasks.done("Return the milk bottles")).toBeChecked();
  await expect(chat.tasks.done("Buy milk")).not.toBeChecked();
});

test("an answer is judged, and judged otherwise", async ({ chat, page }) => {
  await chat.open();
  await chat.say("hello");
  const sent: unknown[] = [];
  await page.route("**/api/chatkit", (route) => {
    const request = route.request().postDataJSON() as { type: string };
    if (request.type === "items.feedback") sent.push(request);
    return route.continue();
  });
  await chat.answer.hover();
  await chat.button("Good answer").click();
  await expect(chat.button("Good answer")).toHaveAttribute("aria-pressed", "true");
  await chat.button("Bad answer").click();
  await expect(chat.button("Bad answer")).toHaveAttribute("aria-pressed", "true");
  await expect(chat.button("Good answer")).toHaveAttribute("aria-pressed", "false");
  expect(sent).toMatchObject([
    { type: "items.feedback", params: { kind: "positive" } },
    { type: "items.feedback", params: { kind: "negative" } },
  ]);
});

test.describe("on a phone, in the dark", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: "dark" });

  test("lists, questions and mentions fit and are reached with a finger", async ({ chat, api, page }) => {
    await api.addTasks(
      "Buy milk",
      "Return the milk bottles to the shop that is open until eight in the evening",
    );
    await chat.open();
    await chat.message.pressSequentially("show @buy");
    await page.getByRole("option", { name: "Buy milk" }).tap();
    await expect(chat.message).toHaveValue("show @Buy milk ");
    await expect(chat.message).toBeFocused();
    await chat.message.fill("");
    await chat.say("show my tasks");
    const box = await chat.button("Complete Buy milk").boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
    await chat.button("Complete Buy milk").tap();
    await expect(chat.button("Reopen Buy milk")).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
  });
});
