import { randomKey } from "@/lib/random-key";
import { CHAT_URL } from "../protocol/client";

type Fetch = (request: Request) => Promise<Response>;

/** How long a request that failed and the same request again are one and the same wish. */
const sameWish = 60_000;

/** What starts a turn, or changes something: what must not be done twice. */
const turns = new Set([
  "threads.create",
  "threads.add_user_message",
  "threads.retry_after_item",
  "threads.custom_action",
  "threads.add_client_tool_output",
  "threads.add_structured_input",
]);

/**
 * The `fetch` that OpenAI's widget is given. It carries the person's token, and only to our own chat; and it names each
 * wish, because the widget silently sends a request again, up to five times, when the server failed.
 */
export function createWidgetFetch({
  authorized,
  plain = (request) => fetch(request),
  origin = window.location.origin,
  now = Date.now,
  newKey = randomKey,
}: {
  authorized: Fetch;
  plain?: Fetch;
  origin?: string;
  now?: () => number;
  newKey?: () => string;
}): typeof fetch {
  const failing = new Map<string, { key: string; since: number }>();

  function keyFor(body: string): string {
    for (const [known, { since }] of failing) if (now() - since >= sameWish) failing.delete(known);
    const wish = failing.get(body) ?? { key: newKey(), since: now() };
    failing.set(body, wish);
    return wish.key;
  }

  return async (input, init) => {
    const request = new Request(input instanceof Request ? input : new URL(input, origin), init);
    if (new URL(request.url).origin !== origin || new URL(request.url).pathname !== CHAT_URL) {
      return plain(request);
    }
    request.headers.set("x-timezone", Intl.DateTimeFormat().resolvedOptions().timeZone);
    const body = await request.clone().text();
    if (!turns.has(operation(body))) return authorized(request);
    request.headers.set("idempotency-key", keyFor(body));
    const response = await authorized(request);
    if (response.ok) failing.delete(body);
    return response;
  };
}

function operation(body: string): string {
  try {
    const { type } = JSON.parse(body) as { type?: unknown };
    return typeof type === "string" ? type : "";
  } catch {
    return "";
  }
}
