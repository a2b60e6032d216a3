/** Why a request to the chat endpoint failed, in words that can be shown. */
export class ChatError extends Error {
  override name = "ChatError";

  constructor(
    message: string,
    /** HTTP status, or 0 when the server was not reached or the stream broke. */
    readonly status: number,
    /** In how many seconds it is worth trying again, when the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

export const CONNECTION_LOST = "The connection was lost before the answer was finished.";

const UNREACHABLE = "The server cannot be reached. Check your connection and try again.";

/** True when the caller itself ended the request. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export function unreachable(): ChatError {
  return new ChatError(UNREACHABLE, 0);
}

/** Reads the server's own sentence from a refused response, or says something true about its status. */
export async function fromResponse(response: Response): Promise<ChatError> {
  const body: unknown = await response.json().catch(() => null);
  return new ChatError(sentence(body) ?? fallback(response.status), response.status, retryAfter(response));
}

/** Seconds, from either form of the header. */
function retryAfter({ headers }: Response): number | null {
  const named = headers.get("retry-after");
  if (!named) return null;
  const seconds = Number(named);
  const wait = Number.isNaN(seconds) ? (Date.parse(named) - Date.now()) / 1000 : seconds;
  return wait > 0 ? Math.ceil(wait) : null;
}

/** True for what may pass by itself: nobody was reached, or a proxy found nobody behind it. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof ChatError) || [0, 502, 503, 504].includes(error.status);
}

function sentence(body: unknown): string | null {
  if (typeof body !== "object" || body === null) return null;
  for (const key of ["message", "detail"] as const) {
    const value = (body as Record<string, unknown>)[key];
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  return null;
}

function fallback(status: number): string {
  if (status === 401) return "Your session has ended. Sign in again to go on.";
  if (status === 404) return "This conversation no longer exists.";
  if (status === 409) return "The last message is still being answered. Try again in a moment.";
  if (status === 413) return "That message is too long.";
  if (status === 429) return "Too many messages at once. Try again in a moment.";
  return "The chat is not available right now. Try again in a moment.";
}
