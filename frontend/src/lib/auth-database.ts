import { Client, DatabaseError, Pool, type PoolClient, type PoolConfig } from "pg";
import { currentRequest } from "./request-context";

/**
 * Better Auth takes a session that it could not look up for one that is not there. So the request that is being
 * answered remembers that the database failed it, and its answer is not believed.
 */
export class AuthDatabase extends Pool {
  constructor(options: PoolConfig) {
    super({ ...options, Client: AuthClient });
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: Parameters<typeof Pool.prototype.connect>[0]): void;
  override connect(callback?: Parameters<typeof Pool.prototype.connect>[0]) {
    return callback ? super.connect(callback) : watched(super.connect());
  }
}

class AuthClient extends Client {
  // biome-ignore lint/suspicious/noExplicitAny: as many signatures as the overridden method has
  override query(...args: any[]): any {
    return watched((super.query as (...args: unknown[]) => unknown).apply(this, args));
  }
}

function watched<T>(result: T): T {
  if (result instanceof Promise) result.catch(noteFailure);
  return result;
}

/** Values that no column takes and rules of the tables (classes 22 and 23) are the request's fault, everything else is not. */
export function noteFailure(error: unknown): void {
  if (error instanceof DatabaseError && /^2[23]/.test(error.code ?? "")) return;
  const request = currentRequest();
  if (request) request.databaseAway = true;
}
