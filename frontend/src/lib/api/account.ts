import { ApiError } from "./client";
import { authorizedFetch } from "./token";

/** What the person has of the chat as a whole: how much they used, all they said, and the end of it. */

export type Usage = {
  /** Zero stands for no limit. */
  limits: Record<"requests_per_minute" | "requests_per_day" | "tokens_per_minute" | "tokens_per_day", number>;
  minute: { requests: number; tokens: number };
  day: { requests: number; tokens: number };
  last_30_days: { turns: number; input_tokens: number; output_tokens: number };
};

export async function readUsage(signal?: AbortSignal): Promise<Usage> {
  const response = await ask("/api/me/usage", signal ? { signal } : {});
  return (await response.json()) as Usage;
}

export async function deleteConversations(): Promise<void> {
  await ask("/api/me/conversations", { method: "DELETE" });
}

export type ExportFormat = "json" | "markdown";

/** One conversation, or all of them, as a file under the name the server gives it. */
export async function exportConversations(
  format: ExportFormat,
  conversation?: string,
): Promise<{ name: string; content: Blob }> {
  const query = new URLSearchParams({ format });
  // Outside of the chat a conversation goes by its number alone.
  if (conversation) query.set("conversation", conversation.replace(/^thr_/, ""));
  const response = await ask(`/api/me/conversations/export?${query}`);
  const named = /filename="([^"/\\]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  return {
    name: named ?? (format === "json" ? "conversations.json" : "conversations.md"),
    content: await response.blob(),
  };
}

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await authorizedFetch(url, { cache: "no-store", ...init }).catch((error: unknown) => {
    if (error instanceof TypeError) {
      throw new ApiError("The server cannot be reached. Check your connection.", 0, "unreachable");
    }
    throw error;
  });
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as { detail?: string };
  throw new ApiError(body.detail ?? "Something went wrong on the server. Please try again.", response.status);
}
