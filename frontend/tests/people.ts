/** People who open the site somewhere, with the cookies that a browser would keep for them. */

import { randomUUID } from "node:crypto";
import { type Answer, ask, type Running, type Variables } from "./running";

export class Person {
  readonly email = `${randomUUID()}@example.org`;
  readonly password = "correct horse battery";
  readonly cookies = new Map<string, string>();
  /** As it was set last, attributes and all. */
  setCookies: string[] = [];

  constructor(
    readonly running: Running,
    /** What the browser's address bar has. */
    readonly origin: string,
    /** What a proxy between adds. */
    readonly forwarded: Variables = {},
  ) {}

  async ask(method: string, path: string, body?: object, headers: Variables = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await ask(this.running, path, {
      method,
      body,
      headers: {
        host: new URL(this.origin).host,
        ...(method === "GET" ? {} : { origin: this.origin, "sec-fetch-site": "same-origin" }),
        ...(cookie ? { cookie } : {}),
        ...this.forwarded,
        ...headers,
      },
    });
    this.setCookies = answer.headers["set-cookie"] ?? [];
    for (const line of this.setCookies) {
      const [pair = ""] = line.split(";", 1);
      const at = pair.indexOf("=");
      // A browser drops what is for https only when the page is not.
      if (/;\s*secure/i.test(line) && this.origin.startsWith("http:")) continue;
      if (/max-age=0/i.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  signUp(headers?: Variables): Promise<Answer> {
    const { email, password } = this;
    return this.ask("POST", "/api/auth/sign-up/email", { name: "Ann", email, password }, headers);
  }

  signIn({ email, password }: { email: string; password: string } = this): Promise<Answer> {
    return this.ask("POST", "/api/auth/sign-in/email", { email, password });
  }

  signOut(headers?: Variables): Promise<Answer> {
    return this.ask("POST", "/api/auth/sign-out", {}, headers);
  }

  async claims(): Promise<Record<string, unknown>> {
    const answer = await this.ask("GET", "/api/auth/token");
    if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.body}`);
    const [, claims = ""] = (JSON.parse(answer.body).token as string).split(".");
    return JSON.parse(Buffer.from(claims, "base64url").toString());
  }
}
