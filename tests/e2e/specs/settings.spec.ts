import { expect, memberTest, test } from "../fixtures";
import { fillSignIn, newAccount, signOut, signUp } from "../pages/account";
import { ChatPage } from "../pages/chat-page";
import { TasksPage } from "../pages/tasks-page";

const REFUSED = /status of 40[01]/;

test("the name is changed and shown everywhere", async ({ page }) => {
  await signUp(page, newAccount("Robin Before"));
  await page.goto("/settings");
  await expect(page.getByLabel("Name")).toHaveValue("Robin Before");
  await page.getByLabel("Name").fill("Quinn After");
  await page.getByRole("button", { name: "Save name" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Your name is saved." })).toBeVisible();
  await expect(page.getByRole("button", { name: "Account of Quinn After" })).toHaveText("Q");
  await page.reload();
  await expect(page.getByLabel("Name")).toHaveValue("Quinn After");
});

test("a changed password replaces the old one and signs out other devices", async ({
  page,
  open,
  surprises,
}) => {
  surprises.expect(REFUSED);
  const account = newAccount();
  await signUp(page, account);
  const otherDevice = await (await open()).newPage();
  await otherDevice.goto("/sign-in");
  await fillSignIn(otherDevice, account);
  await expect(otherDevice).toHaveURL("/tasks");

  await page.goto("/settings");
  const change = async (current: string, next: string) => {
    await page.getByLabel("Current password").fill(current);
    await page.getByLabel("New password").fill(next);
    await page.getByRole("button", { name: "Change password" }).click();
  };
  await change("not the password", "battery-staple");
  await expect(
    page.getByRole("alert").filter({ hasText: "That is not your current password." }),
  ).toBeVisible();
  await change(account.password, "battery-staple");
  await expect(page.getByRole("status").filter({ hasText: "Your password is changed." })).toBeVisible();
  await page.goto("/tasks");
  await expect(page).toHaveURL("/tasks");

  await otherDevice.goto("/settings");
  await expect(otherDevice).toHaveURL(/\/sign-in\?next=%2Fsettings$/);
  await fillSignIn(otherDevice, account);
  await expect(otherDevice.getByRole("alert").filter({ hasText: "do not go together" })).toBeVisible();
  await fillSignIn(otherDevice, { ...account, password: "battery-staple" });
  await expect(otherDevice).toHaveURL("/settings");
});

test("signing out everywhere ends the session of every device", async ({ page, open, surprises }) => {
  surprises.expect(REFUSED);
  const account = newAccount();
  await signUp(page, account);
  const otherDevice = await (await open()).newPage();
  await otherDevice.goto("/sign-in?next=/tasks");
  await fillSignIn(otherDevice, account);
  const tasks = new TasksPage(otherDevice);
  await tasks.add("Seen on both");

  await page.goto("/settings");
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
  await otherDevice.reload();
  await expect(otherDevice).toHaveURL(/\/sign-in/);
  await expect(otherDevice.getByText("Seen on both")).toHaveCount(0);
});

test("a deleted account leaves nothing behind for whoever comes next", async ({ page, surprises }) => {
  surprises.expect(REFUSED);
  const account = newAccount();
  await signUp(page, account);
  const tasks = new TasksPage(page);
  const chat = new ChatPage(page);
  await tasks.add("My secret task");
  await chat.open();
  await chat.say("what is open?");
  await expect(chat.answer).toContainText("My secret task");

  await page.goto("/settings");
  await page.getByRole("button", { name: "Delete account…" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Delete your account?" });
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await page.getByRole("button", { name: "Delete account…" }).click();
  await dialog.getByLabel("Your password").fill("not the password");
  await dialog.getByRole("button", { name: "Delete everything" }).click();
  await expect(dialog.getByRole("alert")).toContainText("That is not your password.");
  await dialog.getByLabel("Your password").fill(account.password);
  await dialog.getByRole("button", { name: "Delete everything" }).click();
  await expect(page).toHaveURL("/");

  await page.goto("/sign-in");
  await fillSignIn(page, account);
  await expect(page.getByRole("alert").filter({ hasText: "do not go together" })).toBeVisible();

  // The same address again: a new person, as far as the data goes.
  await signUp(page, account);
  await chat.open();
  await expect(chat.conversations.getByText("Conversations you begin are kept here.")).toBeVisible();
  await chat.say("show my tasks");
  await expect(chat.answer).toContainText("Your list is empty");
});

test("an address that is taken and a wrong password are told in the form", async ({ page, surprises }) => {
  surprises.expect(/status of 4(01|22)/);
  const account = newAccount();
  await signUp(page, account);
  await signOut(page);

  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(account.name);
  await page.getByLabel("E-mail").fill(account.email.toUpperCase());
  await page.getByLabel("Password").fill(account.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(
    page.getByRole("alert").filter({ hasText: "There is already an account with that e-mail address." }),
  ).toBeVisible();

  await page.goto("/sign-in?next=/settings");
  await fillSignIn(page, { ...account, password: "wrong-password" });
  await expect(page.getByRole("alert").filter({ hasText: "do not go together" })).toBeVisible();
  await fillSignIn(page, account);
  await expect(page).toHaveURL("/settings");
});

memberTest("what was asked of the assistant is counted", async ({ page, chat }) => {
  const usage = page.getByRole("region", { name: "Usage" });
  const amount = async (label: string) => {
    const row = usage
      .locator("div")
      .filter({ has: page.getByText(label, { exact: true }) })
      .last();
    const text = await row.getByRole("definition").innerText();
    return Number(text.split(" ")[0]?.replaceAll(",", ""));
  };
  await page.goto("/settings");
  await expect(usage.getByText("Messages today")).toBeVisible();
  const before = { messages: await amount("Messages today"), tokens: await amount("Tokens today") };
  await chat.open();
  await chat.say("what is open?");
  await page.goto("/settings");
  await expect(usage.getByText("Messages today")).toBeVisible();
  expect(await amount("Messages today")).toBe(before.messages + 1);
  expect(await amount("Tokens today")).toBeGreaterThan(before.tokens);
  await expect(usage.getByText(/In the last 30 days: [1-9]/)).toBeVisible();
});

memberTest("usage that cannot be read is asked for again by button", async ({ page, surprises }) => {
  surprises.expect(/Failed to load resource|net::ERR_/);
  await page.route("**/api/me/usage", (route) => route.abort("connectionrefused"));
  await page.goto("/settings");
  const usage = page.getByRole("region", { name: "Usage" });
  await expect(usage.getByRole("alert")).toContainText("The server cannot be reached.");
  await page.unroute("**/api/me/usage");
  await usage.getByRole("button", { name: "Try again" }).click();
  await expect(usage.getByText("Messages today")).toBeVisible();
});
