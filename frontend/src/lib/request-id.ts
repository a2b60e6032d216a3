import { AsyncLocalStorage } from "node:async_hooks";

/**
 * The id of the request that is being answered, for its log lines and for what is asked of the backend meanwhile.
 * Kept on the global object, because the server and Next.js have bundles of their own.
 */

const shared = globalThis as typeof globalThis & { todoRequestId?: AsyncLocalStorage<string> };
shared.todoRequestId ??= new AsyncLocalStorage();
const storage = shared.todoRequestId;

export const requestIdHeader = "x-request-id";

/** Undefined outside of a request, and while developing, where Next.js's own server answers. */
export function requestId(): string | undefined {
  return storage.getStore();
}

export function withRequestId<T>(id: string, work: () => T): T {
  return storage.run(id, work);
}

/** For requests to the backend, which takes the id over. */
export function requestIdHeaders(): Record<string, string> {
  const id = requestId();
  return id ? { [requestIdHeader]: id } : {};
}

/** The id a client or a proxy sent, if it looks like one: it goes into logs and headers. */
export function acceptedId(sent: string | string[] | undefined): string | undefined {
  return typeof sent === "string" && /^[\w.:-]{1,128}$/.test(sent) ? sent : undefined;
}
