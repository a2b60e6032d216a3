import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { expect, memberTest, test } from "../fixtures";
import { fillSignIn, newAccount, signUp } from "../pages/account";

/** What an app opens in the browser, once it has registered under this name. */
async function request(
  page: Page,
  name: string,
  scope = "offline_access tasks:read tasks:write",
): Promise<string> {
  const registered = await page.request.post("/api/auth/oauth2/register", {
    data: { client_name: name, redirect_uris: [callback], token_endpoint_auth_method: "none" },
  });
  expect(registered.status()).toBe(201);
  const { client_id } = await registered.json();
  const query = new URLSearchParams({
    response_type: "code",
    client_id,
    redirect_uri: callback,
    code_challenge: createHash("sha256").update(randomBytes(32)).digest("base64url"),
    code_challenge_method: "S256",
    state: "a state",
    scope,
  });
  return `/api/auth/oauth2/authorize?${query}`;
}

let app: Server | undefined;
let callback = "";

/** The app's own page, to which the browser comes back. */
test.beforeAll(async () => {
  app = createServer((_, response) => {
    response.setHeader("content-type", "text/html").end("<link rel=icon href=data:,><h1>The app</h1>");
  });
  await once(app.listen(0, "127.0.0.1"), "listening");
  callback = `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`;
});

test.afterAll(() => {
  app?.closeAllConnections();
  app?.close();
});

memberTest(
  "an app is let in on a page that says who asks for what, and goes back with a code",
  async ({ page }) => {
    const asked = await request(page, "Claude Code");
    await page.goto(asked);
    await expect(page).toHaveURL(/\/consent\?/);
    await expect(page.getByRole("heading", { name: "Let Claude Code use your tasks?" })).toBeVisible();
    await expect(page.getByRole("list", { name: "What it may do" }).getByRole("listitem")).toHaveCount(3);
    await expect(page.getByText("This app is not verified")).toContainText(
      `${new URL(callback).host}, an app on this device`,
    );
    await page.getByRole("button", { name: "Allow" }).click();
    await expect(page.getByRole("heading", { name: "The app" })).toBeVisible();
    const { searchParams } = new URL(page.url());
    expect([searchParams.has("code"), searchParams.get("state")]).toEqual([true, "a state"]);

    // It is not asked of the same person twice.
    await page.goto(asked);
    await expect(page.getByRole("heading", { name: "The app" })).toBeVisible();
  },
);

memberTest("an app that is turned away hears so", async ({ page }) => {
  await page.goto(await request(page, "Claude Code", "tasks:read"));
  await expect(page.getByRole("list", { name: "What it may do" }).getByRole("listitem")).toHaveCount(1);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("heading", { name: "The app" })).toBeVisible();
  expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
});

memberTest(
  "a name that is made to deceive stays one short line of text on a narrow screen",
  async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(await request(page, `<b>${"W".repeat(200)}\u202e\n\n verified`));
    const heading = page.getByRole("heading", { level: 1 });
    await expect(heading).toContainText(`<b>${"W".repeat(57)} use your tasks?`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  },
);

memberTest(
  "an answer for somebody who is not signed in any more is refused",
  async ({ page, surprises, open }) => {
    surprises.expect(/status of 409/);
    await page.goto(await request(page, "Claude Code"));
    const other = await open({ storageState: { cookies: [], origins: [] } });
    await signUp(await other.newPage(), newAccount());
    await page.context().addCookies(await other.cookies());
    await page.getByRole("button", { name: "Allow" }).click();
    await expect(page.getByText("You are signed in as somebody else by now.")).toBeVisible();
  },
);

test("a stranger signs in first, and is asked then", async ({ page, open }) => {
  const account = newAccount();
  const other = await open();
  await signUp(await other.newPage(), account);
  await page.goto(await request(page, "Codex"));
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await fillSignIn(page, account);
  await expect(page.getByRole("heading", { name: "Let Codex use your tasks?" })).toBeVisible();
  await page.getByRole("button", { name: "Allow" }).click();
  await expect(page.getByRole("heading", { name: "The app" })).toBeVisible();
});

test("a request that an app got wrong is explained", async ({ page }) => {
  await page.goto("/api/auth/oauth2/authorize?response_type=code&client_id=made-up");
  await expect(page.getByRole("heading", { name: "The app cannot be connected" })).toBeVisible();
});
