/** Somebody who has signed up, and a key of theirs. */

import { randomUUID } from "node:crypto";
import { type APIRequestContext, test as base, expect } from "@playwright/test";
import { origin } from "./env";

export type Key = { id: string; key: string };

export class Person {
  constructor(readonly request: APIRequestContext) {}

  async signUp(): Promise<this> {
    const data = { name: "Ann", email: `${randomUUID()}@example.org`, password: "correct horse battery" };
    const answer = await this.request.post("/api/auth/sign-up/email", { headers: { origin }, data });
    expect(answer.status(), await answer.text()).toBe(200);
    return this;
  }

  async key(scopes = ["tasks:read", "tasks:write"]): Promise<Key> {
    const data = { name: "agents", scopes, expires_in_days: 1 };
    const answer = await this.request.post("/api/auth/keys", { headers: { origin }, data });
    expect(answer.status(), await answer.text()).toBe(201);
    return answer.json();
  }

  async revoke({ id }: Key): Promise<void> {
    const answer = await this.request.delete(`/api/auth/keys/${id}`, { headers: { origin } });
    expect(answer.status(), await answer.text()).toBe(204);
  }

  async #connected(): Promise<{ client_id: string; name: string }[]> {
    const answer = await this.request.get("/api/auth/apps");
    expect(answer.status(), await answer.text()).toBe(200);
    return (await answer.json()).apps;
  }

  /** The names of the connected apps. */
  async apps(): Promise<string[]> {
    return (await this.#connected()).map(({ name }) => name);
  }

  async disconnect(app: string): Promise<void> {
    for (const { client_id } of (await this.#connected()).filter(({ name }) => name === app)) {
      const answer = await this.request.delete(`/api/auth/apps/${client_id}`, { headers: { origin } });
      expect(answer.status(), await answer.text()).toBe(204);
    }
  }
}

/** A test whose `context` is signed in as a new person, in a browser or without one. */
export const test = base.extend<{ person: Person; key: string }>({
  person: async ({ context }, use) => use(await new Person(context.request).signUp()),
  key: async ({ person }, use) => use((await person.key()).key),
});
