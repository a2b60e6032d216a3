import type { Page } from "@playwright/test";
import { expect, memberTest } from "../fixtures";

const section = (page: Page) => page.getByRole("region", { name: "Connected apps and keys" });
const row = (page: Page, name: string) => section(page).getByRole("listitem").filter({ hasText: name });

async function makeKey(page: Page, name: string): Promise<string> {
  await section(page).getByLabel("What the key is for").fill(name);
  await section(page).getByRole("button", { name: "Make key" }).click();
  const made = page.getByRole("region", { name: `Your new key “${name}”` });
  await expect(made.getByRole("heading")).toBeFocused();
  return made.getByText(/^todo_pat_[0-9A-Za-z]{49}$/).innerText();
}

memberTest.beforeEach(async ({ page }) => {
  await page.goto("/settings");
  const { keys } = await (await page.request.get("/api/auth/keys")).json();
  const headers = { origin: new URL(page.url()).origin };
  for (const { id } of keys) await page.request.delete(`/api/auth/keys/${id}`, { headers });
  await page.reload();
  await expect(section(page).getByText("There are no keys.")).toBeVisible();
});

memberTest("a key is made, shown once with what to paste, and revoked", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  await section(page)
    .getByRole("radio", { name: /^Read Sees/ })
    .check();
  await section(page).getByLabel("It is good").selectOption("For 30 days");
  const key = await makeKey(page, "Laptop");

  await section(page).getByRole("button", { name: "Copy the key" }).click();
  await expect(section(page).getByRole("button", { name: "Copied the key" })).toBeVisible();
  expect(await clipboard()).toBe(key);
  const { origin } = new URL(page.url());
  for (const client of [
    "Claude Code",
    "Codex",
    "Cursor",
    "VS Code",
    "Gemini CLI",
    "kubectl-ai",
    "kagent",
    "curl",
  ]) {
    // The arrow keys go from tab to tab.
    const tab = section(page).getByRole("tab", { name: client });
    if (client === "Claude Code") await tab.focus();
    else await page.keyboard.press("ArrowRight");
    await expect(tab).toBeFocused();
    const panel = section(page).getByRole("tabpanel", { name: client });
    await expect(panel).toContainText(origin);
    await expect(panel).toContainText(key);
    await panel
      .getByRole("button", { name: /^Copy / })
      .first()
      .click();
    expect((await panel.innerText()).replaceAll(/\s+/g, " ")).toContain(
      (await clipboard()).replaceAll(/\s+/g, " "),
    );
    await tab.focus();
  }

  await expect(row(page, "Laptop")).toContainText(`${key.slice(0, 13)}…`);
  await expect(row(page, "Laptop")).toContainText("reads tasks");
  await expect(row(page, "Laptop")).toContainText("never used");
  await expect(row(page, "Laptop")).toContainText(/expires on \d/);
  await section(page).getByRole("button", { name: "I have copied it" }).click();
  await expect(page.getByText(key)).toHaveCount(0);
  await page.reload();
  await expect(row(page, "Laptop")).toBeVisible();
  await expect(page.getByText(key)).toHaveCount(0);
  expect(addresses.filter((address) => address.includes(key))).toEqual([]);

  await row(page, "Laptop").getByRole("button", { name: "Revoke “Laptop”" }).click();
  const question = page.getByRole("alertdialog", { name: "Revoke “Laptop”?" });
  await question.getByRole("button", { name: "Keep it" }).click();
  await expect(row(page, "Laptop").getByRole("button")).toBeFocused();
  await row(page, "Laptop").getByRole("button").click();
  await question.getByRole("button", { name: "Revoke" }).click();
  await expect(section(page).getByRole("status").filter({ hasText: "“Laptop” is revoked." })).toBeVisible();
  await expect(section(page).getByText("There are no keys.")).toBeVisible();
  await expect(section(page).getByRole("heading", { name: "Keys", exact: true })).toBeFocused();
});

memberTest(
  "a key is copied where browsers offer no clipboard, as by a plain address, until it is revoked",
  async ({ page }) => {
    await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await page.reload();
    const key = await makeKey(page, "By hand");
    await section(page).getByRole("button", { name: "Copy the key" }).click();
    await expect(section(page).getByRole("button", { name: "Copied the key" })).toBeFocused();
    await section(page).getByLabel("What the key is for").press("ControlOrMeta+V");
    await expect(section(page).getByLabel("What the key is for")).toHaveValue(key);
  },
);

memberTest(
  "a key that cannot be made is told in the form, which keeps what was typed",
  async ({ page, surprises }) => {
    surprises.expect(/status of 409|net::ERR_/);
    const detail = "You have 50 keys, which is as many as there can be: revoke one first.";
    await page.route("**/api/auth/keys", (route) =>
      route.request().method() === "POST"
        ? route.fulfill({
            status: 409,
            contentType: "application/problem+json",
            body: JSON.stringify({ detail }),
          })
        : route.continue(),
    );
    await section(page).getByLabel("What the key is for").fill("One more");
    await section(page).getByRole("button", { name: "Make key" }).click();
    await expect(section(page).getByRole("alert").filter({ hasText: detail })).toBeVisible();
    await expect(section(page).getByLabel("What the key is for")).toHaveValue("One more");
    await page.unroute("**/api/auth/keys");

    await page.route("**/api/auth/keys/*", (route) => route.abort("connectionrefused"));
    await section(page).getByRole("button", { name: "Make key" }).click();
    await row(page, "One more").getByRole("button").click();
    const question = page.getByRole("alertdialog");
    await question.getByRole("button", { name: "Revoke" }).click();
    await expect(question.getByRole("alert")).toContainText("The server cannot be reached.");
  },
);

memberTest(
  "an app is listed by its own words, which are words and nothing else, and disconnected",
  async ({ page }) => {
    const hostile = `<img src=x onerror=alert(1)> \u202eelgooG ${"very long ".repeat(30)}`;
    const app = { scopes: ["offline_access", "tasks:read"], created_at: "2026-11-01T10:00:00Z" };
    let apps = [
      { client_id: "one/two?", name: hostile, uri: "javascript:alert(1)", last_used_at: null, ...app },
      {
        client_id: "3",
        name: "Codex",
        uri: "https://example.com/x",
        last_used_at: "2026-11-30T10:00:00Z",
        ...app,
      },
    ];
    const asked: string[] = [];
    await page.route("**/api/auth/apps", (route) => route.fulfill({ json: { apps } }));
    await page.route("**/api/auth/apps/*", (route) => {
      asked.push(`${route.request().method()} ${new URL(route.request().url()).pathname}`);
      apps = apps.slice(1);
      return route.fulfill({ status: 204 });
    });
    await page.reload();
    await expect(row(page, "Codex")).toContainText(/example\.com · reads tasks.*last used 30 Nov 2026/);
    const other = row(page, "<img");
    await expect(other.locator("img, a")).toHaveCount(0);
    expect((await other.boundingBox())?.height).toBeLessThan(200);
    await other.getByRole("button", { name: /^Disconnect/ }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Disconnect" }).click();
    await expect(other).toHaveCount(0);
    expect(asked).toEqual(["DELETE /api/auth/apps/one%2Ftwo%3F"]);
    await expect(row(page, "Codex")).toBeVisible();
  },
);
