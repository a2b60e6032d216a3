import { randomKey } from "@/lib/random-key";
import { CHAT_URL } from "../protocol/client";

/** How long a request that failed and the same request again have one idempotency key. */
const KEY_LIFETIME = 60_000;

/** The operations that start a turn: what must not be done twice. */
const TURN =
  /"type":\s*"threads\.(create|add_user_message|retry_after_item|custom_action|add_client_tool_output|add_structured_input)"/;

/**
 * The `fetch` that OpenAI's widget is given. It carries the person's token, to our own chat only. The widget sends a
 * request that failed again by itself, up to five times; it then carries the same `Idempotency-Key`.
 */
export function createWidgetFetch(authorized: (request: Request) => Promise<Response>): typeof fetch {
  let failed = { body: "", key: "", since: 0 };

  return async (input, init) => {
    const request = new Request(input instanceof Request ? input : new URL(input, location.origin), init);
    if (request.url !== new URL(CHAT_URL, location.origin).href) return fetch(request);
    request.headers.set("x-timezone", Intl.DateTimeFormat().resolvedOptions().timeZone);
    const body = await request.clone().text();
    if (!TURN.test(body)) return authorized(request);
    if (failed.body !== body || Date.now() - failed.since >= KEY_LIFETIME) {
      failed = { body, key: randomKey(), since: Date.now() };
    }
    request.headers.set("idempotency-key", failed.key);
    const response = await authorized(request);
    if (response.ok) failed.body = "";
    return response;
  };
}
