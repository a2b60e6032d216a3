import { expect, memberTest as test } from "../fixtures";
import { TasksPage } from "../pages/tasks-page";

test("a deletion is undone after a reload, and done again", async ({ tasks, api }) => {
  const [keep, task] = await api.addTasks("Keep", "Buy milk");
  await tasks.open();
  await tasks.deleteButton("Buy milk").click();
  await expect(tasks.notifications.getByRole("status")).toContainText("Deleted “Buy milk”.");
  expect(await api.tasks()).toEqual([keep]);

  await tasks.page.reload();
  await tasks.expectTitles("Keep");
  await expect(tasks.undo).toHaveAccessibleName("Undo: deleted “Buy milk”");
  await tasks.undo.click();
  await tasks.expectTitles("Buy milk", "Keep");
  expect((await api.tasks()).map(({ id }) => id)).toEqual([task?.id, keep?.id]);

  await expect(tasks.notifications.getByRole("status")).toContainText("Undone: deleted “Buy milk”.");
  await tasks.notifications.getByRole("button", { name: "Redo" }).click();
  await tasks.expectTitles("Keep");
  await expect(tasks.notifications.getByRole("status")).toContainText("Done again: deleted “Buy milk”.");
  await expect(tasks.undo).toHaveAccessibleName("Undo: deleted “Buy milk”");
});

test("what one tab deletes, another one takes back", async ({ tasks, context, api }) => {
  const task = await api.addTask("Water the plants");
  await tasks.open();
  const other = new TasksPage(await context.newPage());
  await other.open();
  await tasks.deleteButton("Water the plants").click();
  await other.expectTitles();
  await expect(other.undo).toHaveAccessibleName("Undo: deleted “Water the plants”");
  await other.undo.click();
  for (const tab of [tasks, other]) await tab.expectTitles("Water the plants");
  expect(await api.tasks()).toMatchObject([{ id: task.id }]);
  for (const tab of [tasks, other]) {
    await expect(tab.undo).toHaveAccessibleName("Undo: added “Water the plants”");
  }
});

test("Ctrl+Z takes one change after the other back, but not while text is written", async ({
  tasks,
  api,
}) => {
  await tasks.open();
  await tasks.add("First");
  await tasks.add("Second");
  await expect(tasks.newTask).toBeFocused();
  await tasks.page.keyboard.press("Control+z");
  await tasks.done("First").check();
  await expect(tasks.undo).toHaveAccessibleName("Undo: completed “First”");
  await expect(tasks.row("Second")).toBeVisible();

  await tasks.page.keyboard.press("Control+z");
  await expect(tasks.done("First")).not.toBeChecked();
  await expect(tasks.notifications).toContainText("Undone: completed “First”.");
  await expect(tasks.undo).toHaveAccessibleName("Undo: added “Second”");
  await tasks.page.keyboard.press("Control+z");
  await tasks.expectTitles("First");

  // When there is nothing left to undo, the keyboard is where the next task begins.
  await tasks.undo.focus();
  await tasks.page.keyboard.press("Enter");
  await tasks.expectTitles();
  await expect(tasks.undo).toBeHidden();
  await expect(tasks.newTask).toBeFocused();
  expect(await api.tasks()).toEqual([]);
});

test("what was changed since is left alone, which is said", async ({ tasks, api, surprises }) => {
  surprises.expect(/status of 409/);
  const task = await api.addTask("Book the hotel");
  await tasks.open();
  await tasks.done("Book the hotel").check();
  await expect(tasks.undo).toHaveAccessibleName("Undo: completed “Book the hotel”");
  await tasks.undo.click();
  await expect(tasks.done("Book the hotel")).not.toBeChecked();
  await api.changeTask(task.id, { title: "Book the hotel in Oslo" });
  await tasks.expectTitles("Book the hotel in Oslo");
  await expect(tasks.undo).toHaveAccessibleName("Undo: changed “Book the hotel”");
  await tasks.notifications.getByRole("button", { name: "Redo" }).click();
  await expect(tasks.notifications.getByRole("alert")).toHaveText(
    "Nothing was undone: “Book the hotel” was changed since.",
  );
  expect(await api.tasks()).toMatchObject([{ title: "Book the hotel in Oslo", completed: false }]);
});

test("what an answer of the chat changed is undone under it, all at once", async ({ chat, api }) => {
  const { id } = await api.addTask("Feed the cat");
  await chat.open();
  await chat.say("add milk and bread");
  await expect(chat.button("Undo")).toHaveAttribute("title", "Undo: added “Milk” and 1 more");
  await chat.page.reload();
  await chat.button("Undo").press("Enter");
  await expect(chat.answer.getByRole("status")).toHaveText("Undone.");
  await expect(chat.answer.getByRole("status")).toBeFocused();
  await expect(chat.button("Undo")).toBeHidden();
  await chat.tasks.expectTitles("Feed the cat");
  expect(await api.tasks()).toMatchObject([{ id }]);

  await chat.page.reload();
  await expect(chat.answer).toContainText("Added");
  await expect(chat.button("Undo")).toBeHidden();

  await chat.say("what is open?");
  await expect(chat.rows).toHaveText(["Feed the cat"]);
  await expect(chat.button("Undo")).toBeHidden();
});

test("what was changed since an answer of the chat is named and left alone", async ({ chat, api }) => {
  await chat.open();
  await chat.say("add milk and bread");
  await expect(chat.button("Undo")).toBeVisible();
  const milk = (await api.tasks()).find(({ title }) => title === "Milk");
  await api.changeTask(milk?.id ?? 0, { title: "Oat milk" });
  await expect(chat.button("Undo")).toHaveAttribute("title", "Undo: added “Bread”");
  await chat.button("Undo").click();
  await expect(chat.answer.getByRole("status")).toHaveText("Undone. Left alone, as changed since: “Milk”.");
  await chat.tasks.expectTitles("Oat milk");
});

test("“undo that” takes back all that the last answer did", async ({ chat, api }) => {
  const { id } = await api.addTask("Feed the cat");
  await chat.open();
  await chat.say("add milk and bread");
  await expect(chat.button("Undo")).toBeVisible();
  await chat.say("undo that");
  await chat.tasks.expectTitles("Feed the cat");
  expect(await api.tasks()).toMatchObject([{ id }]);
});
