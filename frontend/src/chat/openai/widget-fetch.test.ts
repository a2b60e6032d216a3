import { afterEach, expect, it, vi } from "vitest";
import { createWidgetFetch } from "./widget-fetch";

const origin = "https://todo.example";
const create = {
  type: "threads.create",
  params: { input: { content: [{ type: "input_text", text: "Hi" }] } },
};

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function setUp(answers: (Response | Error)[] = []) {
  const carried: Request[] = [];
  const elsewhere: Request[] = [];
  vi.useFakeTimers();
  vi.stubGlobal("location", new URL(origin));
  vi.stubGlobal("fetch", async (request: Request) => {
    elsewhere.push(request);
    return new Response();
  });
  const widgetFetch = createWidgetFetch(async (request) => {
    carried.push(request);
    const answer = answers.shift() ?? new Response("{}");
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const post = (body: unknown, url = "/api/chatkit") =>
    widgetFetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "chatkit-frame-instance-id": "frame" },
      body: JSON.stringify(body),
    });
  return {
    post,
    carried,
    elsewhere,
    keys: () => carried.map(({ headers }) => headers.get("idempotency-key")),
  };
}

const down = () => new Response(null, { status: 503 });

it("keeps the widget's own headers and body, and adds the time zone", async () => {
  const { post, carried } = setUp();
  await post(create);
  const [request] = carried;
  expect(request?.headers.get("chatkit-frame-instance-id")).toBe("frame");
  expect(request?.headers.get("content-type")).toBe("application/json");
  expect(request?.headers.get("x-timezone")).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
  expect(await request?.json()).toEqual(create);
});

it("gives what the widget sends again after a failure the key it had", async () => {
  const { post, keys } = setUp([down(), down(), new TypeError("network"), new Response("{}")]);
  await post(create);
  await post(create);
  await expect(post(create)).rejects.toThrow();
  await post(create);
  expect(keys()).toHaveLength(4);
  expect(new Set(keys())).toEqual(new Set([expect.any(String)]));
});

it("takes the same words after a success, or a minute later, for a new wish", async () => {
  const { post, keys } = setUp([new Response("{}"), down(), down()]);
  await post(create);
  await post(create);
  vi.advanceTimersByTime(60_000);
  await post(create);
  expect(new Set(keys()).size).toBe(3);
});

it("tells different wishes apart, and names no request that only reads", async () => {
  const { post, keys } = setUp([down(), down()]);
  await post(create);
  await post({ type: "threads.retry_after_item", params: { thread_id: "1", item_id: "2" } });
  await post({ type: "threads.list", params: { limit: 9999, order: "desc" } });
  const [first, second, read] = keys();
  expect([first, second]).toEqual([expect.any(String), expect.any(String)]);
  expect(first).not.toBe(second);
  expect(read).toBeNull();
});

it("never carries the token anywhere but to our own chat", async () => {
  const { post, carried, elsewhere } = setUp();
  await post(create, "https://evil.example/api/chatkit");
  await post(create, "//evil.example/api/chatkit");
  await post(create, "/api/me/tasks");
  expect(carried).toEqual([]);
  expect(elsewhere).toHaveLength(3);
  expect(elsewhere.every((request) => !request.headers.has("authorization"))).toBe(true);
});
