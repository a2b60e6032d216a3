import createClient from "openapi-fetch";
import type { components, paths } from "./schema";
import { authorizedFetch, SignedOutError } from "./token";

/** The one module that talks to the backend; its types are generated from the backend's OpenAPI document. */

export type Task = components["schemas"]["Task"];
export type Undoable = components["schemas"]["Undoable"];
export type Undone = components["schemas"]["Undone"];
export type TaskChange = { title?: string; description?: string | null; completed?: boolean };

type Problem = { detail?: string; code?: string; errors?: { field: string; message: string }[] };

/** A refusal or failure with a sentence that can be shown to the person. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    message: string,
    readonly status: number,
    readonly code = "",
  ) {
    super(message);
  }
}

const me = { user_id: "me" };
const limit = 15_000;

const api = createClient<paths>({
  baseUrl: typeof window === "undefined" ? "" : window.location.origin,
  // So the log of changes tells ours from those of other clients.
  headers: { "x-todo-client": "page" },
  fetch: (request: Request) => authorizedFetch(request),
});

export type TaskPage = { tasks: Task[]; total: number };

/** The newest tasks; with words, those in which all of them are. */
export async function listTasks(signal?: AbortSignal, words?: string): Promise<TaskPage> {
  const query = words ? { query: words } : {};
  const result = await attempt(
    api.GET("/api/{user_id}/tasks", { params: { path: me, query }, signal: bounded(signal) }),
  );
  const tasks = expectData(result);
  return { tasks, total: totalCount(result.response, tasks.length) };
}

export async function createTask(body: {
  title: string;
  description?: string | null;
  idempotencyKey: string;
}): Promise<Task> {
  const { idempotencyKey, ...task } = body;
  return sendKeyed(() =>
    api.POST("/api/{user_id}/tasks", {
      params: { path: me, header: { "Idempotency-Key": idempotencyKey } },
      body: task,
      signal: bounded(),
    }),
  );
}

export async function updateTask(id: number, body: TaskChange): Promise<Task> {
  return expectData(
    await attempt(
      api.PATCH("/api/{user_id}/tasks/{id}", { params: { path: { ...me, id } }, body, signal: bounded() }),
    ),
  );
}

/** Answers by what the deletion can be undone; by nothing when the task was gone already, which counts as deleted. */
export async function deleteTask(id: number): Promise<string | null> {
  const { response, error } = await attempt(
    api.DELETE("/api/{user_id}/tasks/{id}", { params: { path: { ...me, id } }, signal: bounded() }),
  );
  if (!response.ok && response.status !== 404) throw problem(response, error);
  return response.headers.get("undo-id");
}

/** The newest changes that can be undone, newest first. */
export async function listUndoable(signal?: AbortSignal): Promise<Undoable[]> {
  return expectData(
    await attempt(api.GET("/api/{user_id}/undo", { params: { path: me }, signal: bounded(signal) })),
  );
}

/** Of some rows of a conversation, by what their changes can be undone. */
export async function listUndoIds(
  { conversation, ...rows }: { conversation: number; after: number; limit: number },
  signal?: AbortSignal,
): Promise<string[]> {
  const messages = expectData(
    await attempt(
      api.GET("/api/{user_id}/conversations/{id}/messages", {
        params: { path: { ...me, id: conversation }, query: rows },
        signal: bounded(signal),
      }),
    ),
  );
  const results = messages.flatMap(({ tool_calls }) => tool_calls.map(({ result }) => result));
  return results.flatMap((result) => {
    const { undo_id } = (result ?? {}) as { undo_id?: unknown };
    return typeof undo_id === "string" ? [undo_id] : [];
  });
}

export async function undo(batch: string, idempotencyKey: string): Promise<Undone> {
  return sendKeyed(() =>
    api.POST("/api/{user_id}/undo", {
      params: { path: me, header: { "Idempotency-Key": idempotencyKey } },
      body: { batch },
      signal: bounded(),
    }),
  );
}

/** The total a list response names in its header. */
export function totalCount(response: Response, fallback: number): number {
  const named = Number.parseInt(response.headers.get("x-total-count") ?? "", 10);
  return Number.isNaN(named) ? fallback : named;
}

function bounded(signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(limit);
  return signal && "any" in AbortSignal ? AbortSignal.any([signal, timeout]) : (signal ?? timeout);
}

function expectData<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data === undefined || !response.ok) throw problem(response, error);
  return data;
}

export function problem(response: Response, body: unknown): ApiError {
  const { detail, code, errors } = (typeof body === "object" && body !== null ? body : {}) as Problem;
  const message = errors?.[0]?.message ?? detail ?? "Something went wrong on the server. Please try again.";
  return new ApiError(message, response.status, code);
}

/** The key makes a second sending safe when nobody knows whether the first arrived. */
async function sendKeyed<T>(
  send: () => Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const sent = send().catch((error) => (isConnectionFailure(error) ? send() : Promise.reject(error)));
  return expectData(await attempt(sent));
}

function isConnectionFailure(error: unknown): boolean {
  return error instanceof TypeError;
}

export async function attempt<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof SignedOutError || error instanceof ApiError) throw error;
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    if (error instanceof DOMException && error.name === "TimeoutError")
      throw new ApiError("The server took too long to answer. Please try again.", 0, "timeout");
    if (isConnectionFailure(error))
      throw new ApiError("The server cannot be reached. Check your connection.", 0, "unreachable");
    throw error;
  }
}
