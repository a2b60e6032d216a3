import "server-only";
import type { Task, TaskPage } from "./api/client";
import { mintToken } from "./auth";
import { env } from "./env";

/**
 * The person's tasks for the first paint. Undefined when the backend is slow or away: the page then comes
 * without them and the browser asks itself.
 */
export async function initialTasks(userId: string): Promise<TaskPage | undefined> {
  try {
    const token = await mintToken(userId);
    const response = await fetch(`${env().backendUrl}/api/me/tasks`, {
      headers: { authorization: `Bearer ${token}` },
      cache: "no-store",
      signal: AbortSignal.timeout(1_500),
    });
    if (!response.ok) return undefined;
    const tasks = (await response.json()) as Task[];
    return { tasks, total: Number(response.headers.get("x-total-count") ?? tasks.length) };
  } catch {
    return undefined;
  }
}
