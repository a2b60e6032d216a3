import { createHash } from "node:crypto";
import { getSessionCookie } from "better-auth/cookies";
import type { Pool } from "pg";
import type { Route } from "./auth-routes";
import { subscriber } from "./client-address";
import { type Device, isKnownDevice } from "./known-device";
import { type Rate, uncount, wait } from "./rate-limit";

type Attempt = {
  /** Of the route. */
  name: string;
  route: Route;
  address: string;
  headers: Headers;
  /** Who signs in where, if the request says that. */
  device: Device | undefined;
};

type Limit = { key: string; rate: Rate };

/** What is counted of one request to `/api/auth`: by the address it comes from, the account it is for, the session it has. */
export class Limits {
  readonly #database: Pool;
  readonly #limits: Limit[] = [];
  readonly #account: Limit | undefined;

  constructor(database: Pool, { name, route, address, headers, device }: Attempt) {
    this.#database = database;
    if (route.address)
      this.#limits.push({ key: `address ${subscriber(address)} ${name}`, rate: route.address });
    if (route.account && device) {
      const who = isKnownDevice(headers.get("cookie"), device) ? "known" : "stranger";
      this.#account = { key: `${who} ${digest(device.email)} ${name}`, rate: route.account };
      this.#limits.push(this.#account);
    }
    const session = route.session && getSessionCookie(headers);
    if (session && route.session)
      this.#limits.push({ key: `session ${digest(session)} ${name}`, rate: route.session });
  }

  /** Counts the request; answers 0 when it may go on, else how many seconds to wait. */
  async wait(): Promise<number> {
    for (const { key, rate } of this.#limits) {
      const seconds = await wait(this.#database, key, rate);
      if (seconds > 0) return seconds;
    }
    return 0;
  }

  /** Of an account, only attempts that fail are counted. */
  async succeeded(): Promise<void> {
    if (this.#account) await uncount(this.#database, this.#account.key, this.#account.rate);
  }
}

/** The table holds no e-mail addresses and nothing that opens a session. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 24);
}
