import { expect, memberTest as test } from "../fixtures";
import { TasksPage } from "../pages/tasks-page";
import { FAILED_REQUEST } from "../surprises";

test("an empty list says what to do, and a done one that all is done", async ({ tasks }) => {
  await tasks.open();
  await expect(tasks.page.getByRole("heading", { name: "Your list is empty" })).toBeVisible();
  await tasks.add("Water the plants");
  await tasks.show("Done");
  await expect(tasks.page.getByRole("heading", { name: "Nothing done yet" })).toBeVisible();
  await tasks.show("All");
  await tasks.done("Water the plants").check();
  await tasks.show("Open");
  await expect(tasks.page.getByRole("heading", { name: "All done" })).toBeVisible();
});

test("the list is filtered, and every filter tells its count", async ({ tasks, api }) => {
  await api.addTask("Open one");
  await api.addTask("Done one", { completed: true });
  await api.addTask("Open two");
  await tasks.open();
  await tasks.expectCounts({ all: 3, open: 2, done: 1 });
  await tasks.show("Open");
  await tasks.expectTitles("Open two", "Open one");
  await tasks.show("Done");
  await tasks.expectTitles("Done one");
  await tasks.done("Done one").click();
  await tasks.expectTitles();
  await tasks.expectCounts({ all: 3, open: 3, done: 0 });
  await tasks.show("All");
  await tasks.expectTitles("Open two", "Done one", "Open one");
});

test("the list is sorted by age and by title, numbers in their order", async ({ tasks, api }) => {
  await api.addTasks("task 10", "Apples", "Task 9");
  await tasks.open();
  await tasks.expectTitles("Task 9", "Apples", "task 10");
  await tasks.sort.selectOption("Oldest first");
  await tasks.expectTitles("task 10", "Apples", "Task 9");
  await tasks.sort.selectOption("By title");
  await tasks.expectTitles("Apples", "Task 9", "task 10");
});

test("search finds words in titles and descriptions", async ({ tasks, api }) => {
  await api.addTask("Buy milk");
  await api.addTask("Groceries", { description: "eggs, MILK and bread" });
  await api.addTask("Call mom");
  await tasks.open();
  await tasks.search.fill("milk");
  await tasks.expectTitles("Groceries", "Buy milk");
  await tasks.search.fill("bread milk");
  await tasks.expectTitles("Groceries");
  await tasks.search.fill("unicorn");
  await expect(tasks.page.getByRole("heading", { name: "Nothing matches “unicorn”" })).toBeVisible();
  await tasks.page.getByRole("button", { name: "Clear search" }).click();
  await tasks.expectTitles("Call mom", "Groceries", "Buy milk");
  await tasks.search.fill("call");
  await tasks.expectTitles("Call mom");
  await tasks.search.press("Escape");
  await tasks.expectTitles("Call mom", "Groceries", "Buy milk");
});

test("search finds what only the server can tell to be the same word", async ({ tasks, api }) => {
  await api.addTasks("Straße fegen", "İstanbul uçak bileti", "كتاب");
  await tasks.open();
  for (const [words, title] of [
    ["STRASSE", "Straße fegen"],
    ["istanbul ucak", "İstanbul uçak bileti"],
    ["کتاب", "كتاب"],
  ] as const) {
    await tasks.search.fill(words);
    await tasks.expectTitles(title);
    await expect(tasks.page.getByRole("heading", { name: /^Nothing matches/ })).toHaveCount(0);
  }
  await tasks.done("كتاب").check();
  await tasks.show("Open");
  await expect(tasks.page.getByRole("heading", { name: "No match is open" })).toBeVisible();
});

test("titles are shown as they were written", async ({ tasks, api }) => {
  const titles = ["<img src=x onerror=alert(1)> & Co.", "🛒 Milch & Brötchen", "לקנות חלב", "x".repeat(200)];
  await tasks.open();
  for (const title of titles) await tasks.add(title);
  await tasks.page.reload();
  await tasks.expectTitles(...titles.toReversed());
  for (const title of titles) await expect(tasks.list.getByText(title, { exact: true })).toBeVisible();
  expect((await api.tasks()).map(({ title }) => title)).toEqual(titles.toReversed());
  await expect(tasks.page.locator("body")).toHaveJSProperty("scrollWidth", 1440);
});

test("a title that is too long is refused with its length, and stays in the field", async ({
  tasks,
  api,
}) => {
  await tasks.open();
  await tasks.newTask.fill("x".repeat(201));
  await tasks.newTask.press("Enter");
  const refusal = tasks.page.getByRole("alert").filter({ hasText: "A title can have 200 characters" });
  await expect(refusal).toContainText("this one has 201.");
  await expect(tasks.newTask).toHaveAccessibleDescription(/this one has 201/);
  await expect(tasks.newTask).toHaveValue("x".repeat(201));
  await tasks.newTask.fill(`  ${"😀".repeat(200)}  `);
  await tasks.newTask.press("Enter");
  await expect(tasks.done("😀".repeat(200))).toBeEnabled();

  await tasks.editButton("😀".repeat(200)).click();
  await tasks.page.getByLabel("Title").fill("");
  await tasks.page.getByRole("button", { name: "Save" }).click();
  await expect(tasks.page.getByRole("alert").filter({ hasText: "A task needs a title." })).toBeVisible();
  await tasks.page.getByLabel("Title").fill("Short");
  await tasks.page.getByLabel("Description").fill("x".repeat(2_001));
  await tasks.page.getByRole("button", { name: "Save" }).click();
  await expect(
    tasks.page.getByRole("alert").filter({ hasText: "A description can have 2,000 characters" }),
  ).toBeVisible();
  await tasks.page.getByLabel("Description").fill("x".repeat(2_000));
  await tasks.page.getByRole("button", { name: "Save" }).click();
  await expect(tasks.row("Short")).toBeVisible();
  await expect
    .poll(async () => (await api.tasks()).map(({ title, description }) => [title, description?.length]))
    .toEqual([["Short", 2_000]]);
});

test("a change that does not arrive is taken back with a message", async ({ tasks, api, surprises }) => {
  surprises.expect(FAILED_REQUEST);
  await api.addTask("Feed the cat");
  await tasks.open();
  await tasks.expectTitles("Feed the cat");

  // Held until the optimistic change was seen, then refused.
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await tasks.page.route(/\/api\/me\/tasks/, async (route) => {
    await held;
    await route.abort("connectionrefused");
  });

  await tasks.done("Feed the cat").check();
  await tasks.newTask.fill("Never arrives");
  await tasks.newTask.press("Enter");
  await expect(tasks.row("Never arrives")).toHaveAttribute("aria-busy", "true");
  await tasks.expectCounts({ all: 2, open: 1, done: 1 });
  release();
  const messages = tasks.notifications.getByRole("alert");
  await expect(messages).toContainText("Your change was taken back. The server cannot be reached.");
  await expect(messages).toContainText("“Never arrives” was not added. The server cannot be reached.");
  await tasks.expectTitles("Feed the cat");
  await expect(tasks.done("Feed the cat")).not.toBeChecked();

  await tasks.deleteButton("Feed the cat").click();
  await expect(messages).toContainText("“Feed the cat” was not deleted.");
  await expect(tasks.row("Feed the cat")).toBeVisible();

  await tasks.page.unrouteAll();
  await tasks.done("Feed the cat").check();
  await expect.poll(async () => (await api.tasks()).map(({ completed }) => completed)).toEqual([true]);
});

test("a refusal by the server is shown in the server's words", async ({ tasks, api, surprises }) => {
  surprises.expect(/status of 404/);
  const task = await api.addTask("Gone elsewhere");
  await tasks.open();
  await tasks.page.route(`**/api/me/tasks/${task.id}`, (route) =>
    route.fulfill({
      status: 404,
      contentType: "application/problem+json",
      json: { status: 404, detail: "There is no such task.", code: "task_not_found" },
    }),
  );
  await tasks.done("Gone elsewhere").click();
  await expect(tasks.notifications.getByRole("alert")).toContainText("There is no such task.");
  await expect(tasks.done("Gone elsewhere")).not.toBeChecked();
});

test("what is typed before the page's code has arrived is kept", async ({ tasks, page }) => {
  let release = () => {};
  const typed = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/_next/static/**/*.js", async (route) => {
    await typed;
    await route.continue();
  });
  await page.goto("/tasks", { waitUntil: "commit" });
  await tasks.newTask.pressSequentially("Early bird");
  release();
  await expect(page.getByRole("button", { name: "Add", exact: true })).toBeEnabled();
  await expect(tasks.newTask).toHaveValue("Early bird");
  await tasks.newTask.press("Enter");
  await expect(tasks.done("Early bird")).toBeEnabled();
});

test("a list that cannot be read says so, and is read again on request", async ({
  tasks,
  api,
  surprises,
}) => {
  surprises.expect(FAILED_REQUEST);
  await api.addTask("Already there");
  await tasks.open();
  await tasks.expectTitles("Already there");
  await tasks.page.route(/\/api\/me\/tasks/, (route) => route.abort("connectionrefused"));
  await api.addTask("From elsewhere");
  const warning = tasks.page.getByRole("alert").filter({ hasText: "This list may be out of date." });
  await expect(warning).toBeVisible();
  await tasks.expectTitles("Already there");
  await tasks.page.unrouteAll();
  await warning.getByRole("button", { name: "Try again" }).click();
  await tasks.expectTitles("From elsewhere", "Already there");
  await expect(warning).toBeHidden();

  // Beside the chat there is no list from the server to fall back to.
  await tasks.page.route(/\/api\/me\/tasks/, (route) => route.abort("connectionrefused"));
  await tasks.page.goto("/chat");
  const failure = tasks.page.getByRole("alert").filter({ hasText: "Your tasks could not be loaded" });
  await expect(failure).toContainText("The server cannot be reached.");
  await tasks.page.unrouteAll();
  await failure.getByRole("button", { name: "Try again" }).click();
  await tasks.expectTitles("From elsewhere", "Already there");
});

test("everything can be done by keyboard", async ({ tasks, page, api }) => {
  await tasks.open();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(tasks.newTask).toBeFocused();
  for (const title of ["First", "Second", "Third"]) {
    await page.keyboard.type(title);
    await page.keyboard.press("Enter");
    await expect(tasks.done(title)).toBeEnabled();
  }
  await expect(tasks.newTask).toBeFocused();

  // The button of the quick-add line is off while there is nothing to add.
  await page.keyboard.press("Tab");
  await expect(tasks.filter("All")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(tasks.filter("Open")).toBeChecked();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Tab");
  await expect(tasks.undo).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(tasks.search).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(tasks.sort).toBeFocused();

  await page.keyboard.press("Tab");
  await expect(tasks.done("Third")).toBeFocused();
  await page.keyboard.press("Space");
  await expect(tasks.done("Third")).toBeChecked();
  await page.keyboard.press("Tab");
  await expect(tasks.editButton("Third")).toBeFocused();
  await expect(tasks.editButton("Third")).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Title")).toBeFocused();
  await page.keyboard.type("Changed my mind");
  await page.keyboard.press("Escape");
  await expect(tasks.editButton("Third")).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.type("Third, renamed");
  await page.keyboard.press("Enter");
  await expect(tasks.editButton("Third, renamed")).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("One line");
  await page.keyboard.press("Enter");
  await page.keyboard.type("and another");
  await page.keyboard.press("Control+Enter");
  await expect(tasks.editButton("Third, renamed")).toBeFocused();
  await expect(tasks.row("Third, renamed")).toContainText("and another");

  await page.keyboard.press("Tab");
  await expect(tasks.deleteButton("Third, renamed")).toBeFocused();
  await page.keyboard.press("Enter");
  await tasks.expectTitles("Second", "First");
  await expect(tasks.done("Second")).toBeFocused();
  await tasks.notifications.getByRole("button", { name: "Undo" }).focus();
  await page.keyboard.press("Enter");
  await tasks.expectTitles("Third, renamed", "Second", "First");
  await expect
    .poll(async () => (await api.tasks()).map(({ title, description }) => [title, description]))
    .toEqual([
      ["Third, renamed", "One line\nand another"],
      ["Second", null],
      ["First", null],
    ]);
});

test("two tabs that edit one task keep both changes", async ({ tasks, context, api }) => {
  await api.addTask("Book the hotel", { description: "Two nights" });
  await tasks.open();
  const other = new TasksPage(await context.newPage());
  await other.open();

  await tasks.editButton("Book the hotel").click();
  await tasks.page.getByLabel("Title").fill("Book the hotel in Oslo");
  await other.edit("Book the hotel", { description: "Three nights" });
  await expect(other.row("Book the hotel")).toContainText("Three nights");
  await tasks.page.getByRole("button", { name: "Save" }).click();

  for (const tab of [tasks, other]) {
    await expect(tab.row("Book the hotel in Oslo")).toContainText("Three nights");
  }
  expect(await api.tasks()).toMatchObject([{ title: "Book the hotel in Oslo", description: "Three nights" }]);
});

test("a change on one device shows on another by itself", async ({ tasks, open, api }) => {
  await tasks.open();
  const phone = new TasksPage(await (await open({ viewport: { width: 390, height: 844 } })).newPage());
  await phone.open();
  await tasks.add("Pack the bags");
  await expect(phone.row("Pack the bags")).toBeVisible();
  await phone.done("Pack the bags").check();
  await expect(tasks.done("Pack the bags")).toBeChecked();
  const [task] = await api.tasks();
  await api.changeTask(task?.id ?? 0, { title: "Pack the bags tonight" });
  for (const device of [tasks, phone]) await expect(device.row("Pack the bags tonight")).toBeVisible();
  await phone.deleteButton("Pack the bags tonight").click();
  await tasks.expectTitles();
});

test("what was done offline arrives when the connection is back", async ({
  tasks,
  context,
  api,
  surprises,
}) => {
  surprises.expect(FAILED_REQUEST);
  await api.addTask("Before the tunnel");
  await tasks.open();
  await tasks.expectTitles("Before the tunnel");
  await context.setOffline(true);
  await tasks.done("Before the tunnel").check();
  await tasks.newTask.fill("In the tunnel");
  await tasks.newTask.press("Enter");
  await expect(tasks.row("In the tunnel")).toBeVisible();
  expect(await api.tasks()).toMatchObject([{ title: "Before the tunnel", completed: false }]);
  await api.addTask("From elsewhere");
  await context.setOffline(false);
  await expect
    .poll(async () => (await api.tasks()).map(({ title, completed }) => [title, completed]))
    .toEqual([
      ["In the tunnel", false],
      ["From elsewhere", false],
      ["Before the tunnel", true],
    ]);
  await tasks.expectTitles("In the tunnel", "From elsewhere", "Before the tunnel");
});
