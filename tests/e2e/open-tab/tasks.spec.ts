import { openTab } from "../env";
import { expect, test } from "../fixtures";
import { fillSignIn } from "../pages/account";
import { TasksPage } from "../pages/tasks-page";

test("a tab that was left open shows what changes elsewhere", async ({ page }) => {
  const { email, password, title } = openTab();
  await page.goto("/sign-in");
  await fillSignIn(page, { email, password });
  await expect(page).toHaveURL("/tasks");
  const tasks = new TasksPage(page);
  await expect(tasks.newTask).toBeEditable();
  process.stdout.write("tab: open\n");
  await expect(tasks.row(title)).toBeVisible({ timeout: 0 });
  process.stdout.write("tab: seen\n");
});
