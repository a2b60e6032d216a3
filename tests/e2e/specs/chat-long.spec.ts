import type { Page, Route } from "@playwright/test";
import { expect, memberTest as test } from "../fixtures";

const TURNS = 1_000;
const PAGE = 50;

type Item = { id: string; type: string };

/** A thousand questions and their answers; some of them take more room than others. */
const items: Item[] = Array.from({ length: TURNS }, (_, index) => {
  const n = index + 1;
  const base = { thread_id: "thr_1", created_at: "2026-11-20T10:00:00Z" };
  const text = `Answer ${n}. ${"It takes a few more words to say. ".repeat((n * 7) % 11)}`;
  return [
    {
      ...base,
      id: `msg_${2 * n - 1}`,
      type: "user_message",
      content: [{ type: "input_text", text: `Question ${n}?` }],
      attachments: [],
      inference_options: {},
    },
    {
      ...base,
      id: `msg_${2 * n}`,
      type: "assistant_message",
      content: [{ type: "output_text", text, annotations: [] }],
    },
  ];
}).flat();

/** Answers for the server what is asked about the long conversation, and counts the pages that were read. */
async function serveLong(page: Page): Promise<{ pages: () => number }> {
  let pages = 0;
  await page.route("**/api/me/conversations/1/turn", (route) => route.fulfill({ status: 204 }));
  await page.route("**/api/chatkit", async (route: Route) => {
    const { type, params } = route.request().postDataJSON() as {
      type: string;
      params: { after?: string; order?: string };
    };
    if (type === "threads.get_by_id") {
      const thread = { id: "thr_1", title: "A long one", created_at: "2026-11-20T10:00:00Z", metadata: {} };
      const first = { data: items.slice(0, 20), has_more: true, after: "msg_20" };
      return route.fulfill({ json: { ...thread, status: { type: "active" }, items: first } });
    }
    if (type !== "items.list") return route.continue();
    expect(params.order).toBe("desc");
    if (params.after) pages += 1;
    const end = params.after ? items.findIndex(({ id }) => id === params.after) : items.length;
    const data = items.slice(Math.max(0, end - PAGE), end).reverse();
    return route.fulfill({ json: { data, has_more: end > PAGE, after: data.at(-1)?.id } });
  });
  return { pages: () => pages };
}

/** The questions that are drawn, by their numbers. */
const drawn = (page: Page) =>
  page
    .getByRole("log")
    .evaluate((log) => [...(log.textContent ?? "").matchAll(/Question (\d+)\?/g)].map(([, n]) => Number(n)));

test("a conversation of 2,000 messages opens at its end, and scrolls to its beginning without a jump", async ({
  chat,
  page,
}) => {
  test.setTimeout(180_000);
  const { pages } = await serveLong(page);
  await page.goto("/chat/thr_1");
  await expect(chat.log.getByText("Question 1000?")).toBeInViewport();
  expect(pages()).toBe(0);
  // What is above is drawn, too, as soon as the view has come to rest.
  const first = chat.log.locator("[data-message-id]").first();
  await expect.poll(() => first.evaluate((one) => one.getBoundingClientRect().top)).toBeLessThan(-1_000);

  const report = await chat.log.evaluate(async (log) => {
    // What was painted: positions that are corrected before that are seen by nobody.
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const number = (element: Element) => Number(/Question (\d+)\?/.exec(element.textContent ?? "")?.[1]);
    const seen = new Set<number>();
    let jumps = 0;
    let most = 0;
    for (let step = 0; step < 3_000; step += 1) {
      const { top, height } = log.getBoundingClientRect();
      const inSight = [...log.querySelectorAll("[data-message-id]")].filter((element) => {
        const rect = element.getBoundingClientRect();
        return rect.bottom > top && rect.top < top + height;
      });
      for (const element of inSight) if (number(element)) seen.add(number(element));
      if (log.scrollTop === 0 && log.textContent?.includes("Beginning of the conversation")) break;
      const [anchor] = inSight;
      const before = anchor?.getBoundingClientRect().top ?? 0;
      const from = log.scrollTop;
      // Less than is in sight, so that the first message stays in sight.
      log.scrollTop = Math.max(0, from - 600);
      const moved = from - log.scrollTop;
      // Long enough for what comes of the scrolling to be drawn.
      for (let frames = 0; frames < 3; frames += 1) await frame();
      most = Math.max(most, log.querySelectorAll("[data-message-id]").length);
      const after = anchor?.isConnected ? anchor.getBoundingClientRect().top : Number.NaN;
      if (!(Math.abs(after - before - moved) <= 2)) jumps += 1;
    }
    return { seen: [...seen].sort((a, b) => a - b), jumps, most };
  });
  expect(report.jumps).toBe(0);
  expect(report.most).toBeLessThanOrEqual(121);
  expect(report.seen).toEqual(Array.from({ length: TURNS }, (_, index) => index + 1));
  await expect(chat.log.getByText("Beginning of the conversation")).toBeInViewport();
  expect(pages()).toBe(items.length / PAGE - 1);

  await page.getByRole("button", { name: "Scroll to the newest message" }).click();
  await expect(chat.log.getByText("Question 1000?")).toBeInViewport();
  const numbers = await drawn(page);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(numbers.at(-1)).toBe(TURNS);
});

test("the way back down a long conversation leaves nothing out", async ({ chat, page }) => {
  test.setTimeout(120_000);
  await serveLong(page);
  await page.goto("/chat/thr_1");
  await expect(chat.log.getByText("Question 1000?")).toBeInViewport();
  const scroll = (by: number, until: string) =>
    expect(async () => {
      await chat.log.evaluate((log, amount) => log.scrollBy(0, amount), by);
      await expect(chat.log.getByText(until, { exact: true })).toBeInViewport({ timeout: 1 });
    }).toPass({ intervals: [30], timeout: 50_000 });
  await scroll(-600, "Question 800?");
  const above = await drawn(page);
  expect(above.length).toBeLessThan(120);
  expect(above).not.toContain(TURNS);
  await scroll(500, "Question 1000?");
  const numbers = await drawn(page);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => TURNS - numbers.length + 1 + i));
});

test("an answer that arrives in a long conversation is followed, but not away from what is being read", async ({
  chat,
  page,
}) => {
  await serveLong(page);
  await page.addInitScript(() => {
    const { fetch } = globalThis;
    globalThis.fetch = async (input, init) => {
      const body = input instanceof Request ? await input.clone().text() : "";
      if (!body.includes("threads.add_user_message")) return fetch(input, init);
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      Object.assign(globalThis, {
        answer: (frames: string) => writer.write(new TextEncoder().encode(frames)),
      });
      return new Response(readable, { headers: { "content-type": "text/event-stream" } });
    };
  });
  await page.goto("/chat/thr_1");
  await expect(chat.log.getByText("Question 1000?")).toBeInViewport();
  await chat.message.fill("Tell me more");
  await chat.message.press("Enter");
  await expect(chat.log.getByText("Tell me more")).toBeInViewport();
  const arrive = (...events: object[]) =>
    page.evaluate(
      (frames) => (globalThis as unknown as { answer: (frames: string) => Promise<void> }).answer(frames),
      events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""),
    );
  const item = { thread_id: "thr_1", created_at: "2026-11-20T10:00:00Z" };
  const part = { type: "output_text", text: "", annotations: [] };
  const update = { type: "thread.item.updated", item_id: "msg_2002" };
  const added = { type: "assistant_message.content_part.added", content_index: 0, content: part };
  const paragraph = (n: number) => ({
    ...update,
    update: {
      type: "assistant_message.content_part.text_delta",
      content_index: 0,
      delta: `Paragraph ${n}. ${"It takes a few more words to say. ".repeat(12)}\n\n`,
    },
  });
  await arrive(
    {
      type: "thread.item.done",
      item: {
        ...item,
        id: "msg_2001",
        type: "user_message",
        content: [{ type: "input_text", text: "Tell me more" }],
        attachments: [],
        inference_options: {},
      },
    },
    { type: "thread.item.added", item: { ...item, id: "msg_2002", type: "assistant_message", content: [] } },
    { ...update, update: added },
  );
  const paragraphs = async (from: number, to: number) => {
    for (let n = from; n <= to; n += 1) {
      await arrive(paragraph(n));
      await expect(chat.log.getByText(`Paragraph ${n}.`)).toBeAttached();
    }
  };
  const toEnd = () => chat.log.evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop);

  await paragraphs(1, 15);
  await expect.poll(toEnd).toBeLessThan(2);
  await expect(chat.log.getByText("Paragraph 15.")).toBeInViewport();

  await chat.log.hover();
  await page.mouse.wheel(0, -900);
  await expect.poll(toEnd).toBeGreaterThan(800);
  const place = () => chat.log.getByText("Paragraph 9.").evaluate((one) => one.getBoundingClientRect().top);
  const before = await place();
  await paragraphs(16, 25);
  expect(await place()).toBe(before);

  await page.getByRole("button", { name: "Scroll to the newest message" }).click();
  await expect(chat.log.getByText("Paragraph 25.")).toBeInViewport();
  await paragraphs(26, 30);
  await expect.poll(toEnd).toBeLessThan(2);
});
