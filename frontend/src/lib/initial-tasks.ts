import "server-only";
import { type Task, type TaskPage, totalCount } from "./api/client";
import { mintToken } from "./auth";
import { env } from "./env";
import { requestIdHeaders } from "./request-context";

/** A longer list would make the page heavy; the browser fetches that itself. */
const most = 200;

/**
 * The person's tasks for the first paint. Undefined when they are many, or the backend is slow or away: the
 * page then comes without them and the browser asks itself.
 */
export async function initialTasks(userId: string): Promise<TaskPage | undefined> {
  try {
    const token = await mintToken(userId);
    const response = await fetch(`${env().backendUrl}/api/me/tasks?limit=${most}`, {
      headers: { authorization: `Bearer ${token}`, ...requestIdHeaders() },
      cache: "no-store",
      signal: AbortSignal.timeout(1_500),
    });
    if (!response.ok) return undefined;
    const tasks = (await response.json()) as Task[];
    const total = totalCount(response, tasks.length);
    return total > tasks.length ? undefined : { tasks, total };
  } catch {
    return undefined;
  }
}
