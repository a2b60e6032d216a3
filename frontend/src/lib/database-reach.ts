import { setTimeout as pause } from "node:timers/promises";
import { DatabaseError, type Pool, type PoolClient } from "pg";

/** How long a database may take to be there: a suspended one wakes, one that starts beside us comes up. */
const patience = 20_000;

/** A connection, as soon as there is one. What will not mend itself, such as a wrong password, is told at once. */
export async function reach(database: Pool): Promise<PoolClient> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await database.connect();
    } catch (error) {
      if (!mayPass(error) || Date.now() > end) throw error;
      await pause(500);
    }
  }
}

/** Starting up or shutting down, too many connections, an operator's restart. */
const passingStates = ["57P03", "57P01", "57P02", "53300"];

function mayPass(error: unknown): boolean {
  if (error instanceof DatabaseError) return passingStates.includes(error.code ?? "");
  return isUnreachable(error);
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isUnreachable);
  if (!(error instanceof Error)) return false;
  const { code = "" } = error as NodeJS.ErrnoException;
  const network =
    /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE)$/;
  return network.test(code) || /timeout|terminated/i.test(error.message);
}

/** One sentence for whoever set the address. No error of the driver's has the password in it. */
export function explain(error: unknown): string {
  if (error instanceof DatabaseError) {
    if (/no encryption|SSL off|connection is insecure/.test(error.message))
      return `the server accepts TLS only: add ?sslmode=require to the database's address (${error.message}).`;
    // A pooler has a code of its own for a wrong password.
    if (/^28/.test(error.code ?? "") || error.code === "08P01")
      return `the database refused the user or the password: ${error.message}.`;
    if (error.code === "3D000") return `${error.message}; create it, or correct the address.`;
    return error.message;
  }
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const reason = first instanceof Error ? first.message || first.name : String(first);
  return isUnreachable(error) ? `the database cannot be reached: ${reason}.` : reason;
}
