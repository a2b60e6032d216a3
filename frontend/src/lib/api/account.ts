import { attempt, problem } from "./client";
import type { components } from "./schema";
import { authorizedFetch } from "./token";

/** What the person has of the chat as a whole: how much they used, all they said, and the end of it. */

export type Usage = components["schemas"]["Usage"];

export const usageKey = ["usage"] as const;

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
  const response = await attempt(authorizedFetch(url, { cache: "no-store", ...init }));
  if (!response.ok) throw problem(response, await response.json().catch(() => null));
  return response;
}
