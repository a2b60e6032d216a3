import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import type { Api } from "../api";
import { baseUrl, widgetUrl } from "../env";
import { expect, memberTest, test } from "../fixtures";
import { fillSignIn } from "../pages/account";
import { TasksPage } from "../pages/tasks-page";
import { SCRIPT, WidgetPage } from "../pages/widget-page";
import { FAILED_REQUEST } from "../surprises";

/*
 * Every page in every state that looks different, in both themes, on a desktop and on a phone: axe finds nothing to
 * object to, nothing is wider than the window, and a picture is kept in `test-results/screens` to be looked at.
 */

// Colours half-way through a transition have nobody's contrast.
const still = { contextOptions: { reducedMotion: "reduce" } } as const;
const devices = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const;

for (const device of ["desktop", "phone"] as const) {
  for (const theme of ["light", "dark"] as const) {
    const wide = device === "desktop";
    const inspect = (page: Page, name: string) => inspectAs(page, `${name}-${theme}-${device}`);
    const wear = (page: Page) =>
      page.context().addCookies([{ name: "theme", value: theme, url: new URL(baseUrl).origin }]);

    test.describe(`${theme}, on a ${device}`, () => {
      test.use({ ...devices[device], ...still });
      test.beforeEach(({ page }) => wear(page));

      test("landing and a page that is not there", async ({ page, surprises }) => {
        surprises.expect(/status of 404/);
        await page.goto("/");
        await inspect(page, "landing");
        await page.goto("/no/such/page");
        await inspect(page, "not-found");
      });

      test("sign up and sign in", async ({ page, surprises }) => {
        surprises.expect(/status of 401/);
        await page.goto("/sign-up");
        await inspect(page, "sign-up");
        await page.goto("/sign-in");
        await inspect(page, "sign-in");
        await fillSignIn(page, { email: "nobody@example.com", password: "not-the-password" });
        await expect(page.getByRole("alert").filter({ hasText: "do not go together" })).toBeVisible();
        await inspect(page, "sign-in-refused");
      });
    });

    memberTest.describe(`${theme}, on a ${device}`, () => {
      memberTest.use({ ...devices[device], ...still });
      memberTest.beforeEach(({ page }) => wear(page));

      memberTest("tasks", async ({ page, tasks, api, surprises }) => {
        await tasks.open();
        await inspect(page, "tasks-empty");

        await fillList(api);
        await tasks.expectCounts({ all: 6, open: 4, done: 2 });
        await inspect(page, "tasks");

        await tasks.search.fill("unicorn");
        await inspect(page, "tasks-nothing-found");
        await tasks.search.fill("");

        await tasks.editButton("Plan the trip to Oslo").click();
        await page.getByLabel("Title").fill("");
        await page.getByRole("button", { name: "Save" }).click();
        await expect(page.getByRole("alert").filter({ hasText: "A task needs a title." })).toBeVisible();
        await inspect(page, "tasks-editing");
        await page.getByRole("button", { name: "Cancel" }).click();

        await tasks.newTask.fill("x".repeat(201));
        await tasks.newTask.press("Enter");
        await expect(page.getByRole("alert").filter({ hasText: "this one has 201" })).toBeVisible();
        await inspect(page, "tasks-title-too-long");
        await tasks.newTask.fill("");

        surprises.expect(FAILED_REQUEST);
        await page.route(/\/api\/me\/tasks/, (route) => route.abort("connectionrefused"));
        await tasks.deleteButton("Buy milk").click();
        await tasks.done("Call the dentist").click();
        await expect(tasks.notifications.getByRole("alert")).toContainText("Your change was taken back.");
        await expect(page.getByText("This list may be out of date.")).toBeVisible();
        await inspect(page, "tasks-notifications");
      });

      memberTest("chat", async ({ page, chat, api, surprises }) => {
        const region = page.getByRole("region", { name: "Chat" });
        await chat.open();
        if (wide) {
          await expect(chat.conversations.getByText("Conversations you begin are kept here.")).toBeVisible();
          await expect(page.getByRole("heading", { name: "Your list is empty" })).toBeVisible();
        }
        await inspect(page, "chat-empty");

        await fillList(api);
        await chat.say("add buy bread, water the plants and call mom");
        await chat.answer.getByRole("group").getByText(/3/).click();
        await inspect(page, "chat-steps");
        await chat.say("what is open?");
        await chat.say("mark the milk one done");
        if (wide) await expect(chat.tasks.done("Buy milk")).toBeChecked();
        await inspect(page, "chat");

        if (!wide) {
          await page.getByRole("button", { name: "Conversations" }).click();
          const sheet = page.getByRole("dialog", { name: "Conversations" });
          await expect(sheet.getByRole("link")).toHaveCount(1);
          await inspect(page, "chat-conversations");
          await sheet.getByRole("button", { name: "Close" }).click();
        }

        const actions = region.getByRole("button", { name: /^Actions for/ });
        await actions.click();
        await expect(page.getByRole("menu")).toBeVisible();
        await inspect(page, "chat-menu");
        await page.getByRole("menuitem", { name: "Rename" }).click();
        await expect(page.getByRole("dialog", { name: "Rename conversation" })).toBeVisible();
        await inspect(page, "chat-rename");
        await page.getByRole("button", { name: "Cancel" }).click();
        await actions.click();
        await page.getByRole("menuitem", { name: "Delete" }).click();
        await expect(page.getByRole("alertdialog", { name: "Delete this conversation?" })).toBeVisible();
        await inspect(page, "chat-delete");
        await page.getByRole("button", { name: "Cancel" }).click();

        surprises.expect(FAILED_REQUEST);
        await page.route("**/api/chatkit", (route) => route.abort("connectionrefused"));
        await chat.message.fill("are you there?");
        await chat.message.press("Enter");
        await expect(page.getByRole("alert").filter({ hasText: "cannot be reached" })).toBeVisible();
        await inspect(page, "chat-unreachable");
      });

      memberTest("chat that waits for its answer", async ({ page, chat }) => {
        await chat.open();
        await page.route("**/api/chatkit", () => undefined);
        await chat.message.fill("what is open?");
        await chat.message.press("Enter");
        await expect(chat.stop).toBeVisible();
        await inspect(page, "chat-waiting");
      });

      memberTest("chat that was stopped", async ({ page, chat, api }) => {
        const titles = Array.from({ length: 40 }, (_, index) => `Task number ${index + 1} of a long list`);
        await api.addTasks(...titles);
        await chat.open();
        await chat.begin("show my tasks");
        await expect(chat.answer).toContainText("Task number 39 of");
        await chat.stop.click();
        await expect(chat.log.getByText("The answer was stopped.")).toBeVisible();
        await inspect(page, "chat-stopped");
      });

      memberTest("settings", async ({ page }) => {
        await page.goto("/settings");
        await expect(page.getByText("Messages today")).toBeVisible();
        await inspect(page, "settings");
        const access = page.getByRole("region", { name: "Connected apps and keys" });
        await access
          .getByLabel("What the key is for")
          .fill("A laptop of mine that has a rather long name of its own");
        await access.getByRole("button", { name: "Make key" }).click();
        await expect(access.getByRole("tab", { name: "Claude Code" })).toBeVisible();
        await access.getByRole("heading", { name: "Connected apps and keys" }).scrollIntoViewIfNeeded();
        await inspect(page, "settings-key");
        for (const client of ["Codex", "kagent"]) {
          await access.getByRole("tab", { name: client }).click();
          await inspect(page, `settings-key-${client}`);
        }
        await access.getByRole("button", { name: "Revoke “A laptop" }).click();
        await inspect(page, "settings-key-revoke");
        await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
        await expect(access.getByText("There are no keys.")).toBeVisible();
        await page.getByRole("heading", { name: "Delete account" }).scrollIntoViewIfNeeded();
        await inspect(page, "settings-conversations");
        await page.getByRole("button", { name: "Delete all conversations…" }).click();
        await expect(page.getByRole("alertdialog", { name: "Delete all conversations?" })).toBeVisible();
        await inspect(page, "settings-delete-conversations");
        await page.getByRole("button", { name: "Keep them" }).click();
        await page.getByRole("button", { name: /^Account of/ }).click();
        await inspect(page, "account-menu");
        await page.getByRole("button", { name: /^Account of/ }).click();
        await page.getByRole("button", { name: "Delete account…" }).click();
        await expect(page.getByRole("alertdialog", { name: "Delete your account?" })).toBeVisible();
        await inspect(page, "settings-delete-account");
      });

      memberTest("chat with a voice", async ({ page, chat }) => {
        // Neither ever ends: what is to be seen is how it looks meanwhile.
        await page.addInitScript(() => {
          Object.assign(globalThis, {
            SpeechRecognition: class extends EventTarget {
              start() {}
              abort() {}
            },
          });
          Object.defineProperty(globalThis, "speechSynthesis", {
            value: { getVoices: () => [], speak: () => undefined, cancel: () => undefined },
          });
        });
        await page.context().addCookies([{ name: "voice", value: "on", url: new URL(baseUrl).origin }]);
        await chat.open();
        await chat.say("add buy milk");
        await page.getByRole("button", { name: "Read aloud" }).click();
        await page.getByRole("button", { name: "Dictate" }).click();
        await expect(page.getByText("Listening…")).toBeAttached();
        await inspect(page, "chat-voice");
      });

      memberTest("chat where OpenAI's is configured", async ({ page, surprises }) => {
        memberTest.skip(
          widgetUrl === undefined,
          "WIDGET_URL names an application with OpenAI's chat configured",
        );
        surprises.expect(FAILED_REQUEST);
        const widget = new WidgetPage(page, widgetUrl ?? "");
        await widget.goto("/settings");
        await page.getByRole("radiogroup", { name: "Which chat" }).scrollIntoViewIfNeeded();
        await expect(page.getByText("Messages today")).toBeVisible();
        await inspect(page, "settings-which-chat");
        await page.route(SCRIPT, () => undefined);
        await widget.goto();
        await expect(page.getByText("Opening OpenAI’s chat…")).toBeVisible();
        await inspect(page, "chat-openai-opening");
        await page.unrouteAll();
        await page.route(SCRIPT, (route) => route.fulfill({ status: 404 }));
        await widget.goto();
        await expect(page.getByRole("button", { name: "OpenAI’s chat did not open." })).toBeVisible();
        await inspect(page, "chat-openai-absent");
      });

      if (wide) {
        memberTest("tasks that could not be read", async ({ page, surprises }) => {
          surprises.expect(FAILED_REQUEST);
          await page.route(/\/api\/me\/tasks/, (route) => route.abort("connectionrefused"));
          await page.goto("/chat");
          await expect(page.getByRole("heading", { name: "Your tasks could not be loaded" })).toBeVisible();
          await inspect(page, "tasks-error");
        });
      }
    });
  }
}

memberTest("the theme is chosen by button, stays, and follows the system otherwise", async ({ page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "dark" });
  await new TasksPage(page).open();
  const dark = await background();
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(background).not.toBe(dark);
  await page.getByRole("button", { name: "Theme: as the system" }).click();
  await page.getByRole("button", { name: "Theme: light" }).click();
  await expect(page.getByRole("button", { name: "Theme: dark" })).toBeVisible();
  await expect.poll(background).toBe(dark);
  await page.reload();
  expect(await background()).toBe(dark);
});

test("the icon that browsers ask for unbidden is there for strangers, in every size, and is kept", async ({
  request,
}) => {
  const answer = await request.get("/favicon.ico", { maxRedirects: 0 });
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toMatch(/^image\/(x-icon|vnd\.microsoft\.icon)$/);
  expect(answer.headers()["cache-control"]).toMatch(/^public, max-age=[1-9]/);
  const file = await answer.body();
  expect([file.readUInt16LE(0), file.readUInt16LE(2)], "the head of an icon").toEqual([0, 1]);
  const widths = Array.from({ length: file.readUInt16LE(4) }, (_, index) => file[6 + 16 * index]);
  expect(widths).toEqual([16, 32, 48]);
});

async function fillList(api: Api): Promise<void> {
  await api.addTask("Send the invoice", { completed: true });
  await api.addTask(
    "Renew the passport before it runs out in spring, which takes six weeks at the town hall",
    {
      completed: true,
    },
  );
  await api.addTask("Call the dentist");
  const description = "Trains, not planes.\nAsk Kim which week is best.";
  await api.addTask("Plan the trip to Oslo", { description });
  await api.addTask(
    "https://example.com/a-very-long-address/without-any-place-to-break/that-goes-on-and-on?q=1",
  );
  await api.addTask("Buy milk");
}

async function inspectAs(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `test-results/screens/${name}.png`, animations: "disabled" });
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
  }));
  expect.soft(found, `axe on ${name}`).toEqual([]);
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  expect.soft(content, `${name}: nothing is wider than the window`).toBeLessThanOrEqual(window);
}
