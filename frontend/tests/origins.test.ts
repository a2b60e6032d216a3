import { describe, expect, it } from "vitest";
import { database } from "./databases";
import { Person } from "./people";
import { ask, Running } from "./running";

const home = "https://todo.local";
const node = "http://192.168.49.2:30080";
const byTls = { "x-forwarded-proto": "https" };

const start = async () =>
  Running.start({
    BETTER_AUTH_URL: home,
    TRUSTED_ORIGINS: "http://*:30080",
    DATABASE_URL: await database(),
  });

describe("a site with two addresses", () => {
  it("signs the same person in at both, each with cookies of its own", async () => {
    const running = await start();
    const ann = new Person(running, home, byTls);
    expect((await ann.signUp()).status).toBe(200);
    expect(ann.setCookies).toContainEqual(
      expect.stringMatching(
        /^__Secure-better-auth\.session_token=.*Path=\/; HttpOnly; Secure; SameSite=Lax/i,
      ),
    );

    const there = new Person(running, node);
    expect((await there.signIn(ann)).status).toBe(200);
    expect(there.setCookies).toContainEqual(expect.stringMatching(/^better-auth\.session_token=/));
    expect(there.setCookies.join()).not.toMatch(/secure/i);

    for (const person of [ann, there]) {
      // The backend knows one issuer, wherever the page was opened.
      expect(await person.claims()).toMatchObject({ iss: home, aud: home });
      expect((await person.ask("GET", "/settings")).status).toBe(200);
      expect((await person.signOut()).status).toBe(200);
      expect((await person.ask("GET", "/api/auth/token")).status).toBe(401);
    }
  });

  it("signs people up where there is no https at all", async () => {
    const running = await start();
    for (const origin of [node, "http://localhost:30080", "http://todo.local:30080"]) {
      const person = new Person(running, origin);
      expect((await person.signUp()).status).toBe(200);
      expect(await person.claims()).toMatchObject({ iss: home });
    }
  });

  it("refuses pages of other sites, and names that strangers let lead here", async () => {
    const running = await start();
    const foreign = new Person(running, node);
    for (const origin of [
      "http://evil.example",
      "http://192.168.49.2",
      "https://192.168.49.2:30080",
      "null",
    ]) {
      const answer = await foreign.signUp({ origin });
      expect([origin, answer.status]).toEqual([origin, 403]);
    }
    // Another host that would be ours is not this request's.
    expect((await foreign.signUp({ origin: "http://10.0.0.1:30080" })).status).toBe(403);
    const rebound = new Person(running, "http://evil.example:30080");
    expect((await rebound.signUp()).status).toBe(403);

    await foreign.signUp();
    expect((await foreign.signOut({ origin: "http://evil.example" })).status).toBe(403);
    expect(await foreign.claims()).toMatchObject({ iss: home });
  });

  it("keeps other windows away where browsers can, which is where there is https", async () => {
    const running = await start();
    const policy = async (host: string, headers = {}) =>
      (await ask(running, "/sign-in", { headers: { host, ...headers } })).headers[
        "cross-origin-opener-policy"
      ];
    expect(await policy("todo.local", byTls)).toBe("same-origin");
    expect(await policy("192.168.49.2:30080")).toBeUndefined();
    expect(await policy("localhost:30080")).toBeUndefined();
  });

  it("tells browsers to come by https only where they have, and can for the whole host", async () => {
    const policy = async (variables: Record<string, string>, host: string, headers = {}) => {
      const running = await Running.start({ BETTER_AUTH_URL: home, ...variables });
      const answer = await ask(running, "/sign-in", { headers: { host, ...headers } });
      return answer.headers["strict-transport-security"];
    };
    expect(await policy({}, "todo.local", byTls)).toMatch(/^max-age=\d{7,}$/);
    expect(await policy({}, "todo.local", { "x-forwarded-proto": "http" })).toBeUndefined();
    expect(await policy({}, "192.168.49.2:30080")).toBeUndefined();
    expect(await policy({ TRUSTED_ORIGINS: "http://*:30080" }, "todo.local", byTls)).toBeUndefined();
    const plain = { BETTER_AUTH_URL: "http://localhost:3000" };
    expect(await policy(plain, "localhost:3000")).toBeUndefined();
  });

  it("keeps redirects where they came from", async () => {
    const running = await start();
    for (const person of [new Person(running, home, byTls), new Person(running, node)]) {
      const { status, headers } = await person.ask("GET", "/tasks");
      expect(status).toBe(307);
      expect(new URL(String(headers.location), person.origin).origin).toBe(person.origin);
      person.cookies.set("better-auth.session_token", "nobody.s");
      const late = await person.ask("GET", "/tasks");
      expect(new URL(String(late.headers.location), person.origin).href).toBe(
        `${person.origin}/sign-in?next=%2Ftasks`,
      );
    }
  });

  it("leads a browser that came by plain http to https, but no probe", async () => {
    const running = await start();
    const plain = { host: "todo.local", "x-forwarded-proto": "http" };
    const page = await ask(running, "/tasks?a=b", { headers: plain });
    expect([page.status, page.headers.location]).toEqual([308, "https://todo.local/tasks?a=b"]);
    const write = await ask(running, "/api/me/tasks", { method: "POST", headers: plain, body: {} });
    expect([write.status, write.headers.location]).toEqual([308, "https://todo.local/api/me/tasks"]);
    expect((await ask(running, "/api/health", { headers: plain })).status).toBe(200);
    // From inside the cluster, where nobody says how the browser came.
    const inside = { host: "todo-chatbot-frontend:3000" };
    expect((await ask(running, "/api/auth/jwks", { headers: inside })).status).toBe(200);
    expect((await ask(running, "/sign-in", { headers: inside })).status).toBe(200);
  });

  it("is a site with one address without the setting", async () => {
    const running = await Running.start({ BETTER_AUTH_URL: home, DATABASE_URL: await database() });
    expect((await new Person(running, node).signUp()).status).toBe(403);
    expect((await new Person(running, home, byTls).signUp()).status).toBe(200);
    // A proxy that ends TLS without saying so.
    expect((await new Person(running, home).signUp()).status).toBe(200);
  });
});
