import { AsyncLocalStorage } from "node:async_hooks";

/**
 * What is known of the request that is being answered, wherever in the program one asks. Kept on the global object,
 * because the server and Next.js have bundles of their own. Undefined outside of a request, and while developing, where
 * Next.js's own server answers.
 */
export type RequestContext = {
  /** Its name in the logs of every process it passes. */
  id: string;
  /** Where the browser sees this site, as far as one can tell: `http://192.168.49.2:30080`. */
  origin: string;
  /** Where it comes from, as far as that can be believed. */
  address: string;
  /** Whether it cannot be answered for want of the database. */
  databaseAway?: boolean;
};

const shared = globalThis as typeof globalThis & { todoRequest?: AsyncLocalStorage<RequestContext> };
shared.todoRequest ??= new AsyncLocalStorage();
const storage = shared.todoRequest;

export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

export function within<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

export const requestIdHeader = "x-request-id";

/** Tells Better Auth the address of a request; set by this server alone. */
export const clientAddressHeader = "x-todo-client-address";

/** For requests to the backend, which takes the id over. */
export function requestIdHeaders(): Record<string, string> {
  const id = currentRequest()?.id;
  return id ? { [requestIdHeader]: id } : {};
}
