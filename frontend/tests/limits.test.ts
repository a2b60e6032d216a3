import { describe, expect, it } from "vitest";
import { database, run } from "./databases";
import { Person } from "./people";
import { ask, Running } from "./running";

const site = "http://localhost:3000";
const behindProxies = { TRUSTED_PROXIES: "127.0.0.0/8, 10.0.0.0/8" };

const start = async (variables = {}) => {
  const url = await database();
  const running = await Running.start({ DATABASE_URL: url, ...variables });
  const attempt = (email: string, headers: Record<string, string> = {}, password = "not the password") =>
    ask(running, "/api/auth/sign-in/email", { method: "POST", headers, body: { email, password } });
  return { url, running, attempt };
};

const from = (n: number) => ({ "x-forwarded-for": `203.0.${n >> 8}.${n & 255}` });

describe("attempts to sign in", () => {
  it("are limited for each connection, whatever address their headers name", async () => {
    const { attempt } = await start();
    const statuses: number[] = [];
    for (let n = 0; n < 40; n++) {
      const address = `198.51.100.${n}`;
      const answer = await attempt(`nobody-${n}@example.org`, {
        "x-real-ip": address,
        "x-forwarded-for": address,
        forwarded: `for=${address}`,
        "x-todo-client-address": address,
      });
      statuses.push(answer.status);
      if (answer.status !== 429) continue;
      expect(answer.headers["content-type"]).toBe("application/problem+json");
      expect(answer.headers["x-retry-after"]).toBeUndefined();
      const seconds = Number(answer.headers["retry-after"]);
      expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
      expect(JSON.parse(answer.body)).toMatchObject({
        status: 429,
        code: "too_many_requests",
        detail: expect.stringMatching(/^Too many attempts\. Please try again in .*second/),
      });
    }
    expect(statuses.slice(0, 15)).toEqual(Array(15).fill(401));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(10);
  });

  it("are counted by the address that a proxy of ours tells, the one nearest to it", async () => {
    const { attempt } = await start(behindProxies);
    const chain = (client: string, n: number) => ({
      "x-forwarded-for": `6.6.6.${n}, ${client}, 10.0.0.${n}`,
    });
    let limited = 0;
    for (let n = 0; n < 30; n++) {
      const answer = await attempt(`nobody-${n}@example.org`, chain("198.51.100.1", n));
      if (answer.status === 429) limited++;
    }
    expect(limited).toBeGreaterThan(5);
    expect((await attempt("nobody@example.org", chain("198.51.100.2", 1))).status).toBe(401);
    // One subscriber has 64 bits of addresses.
    limited = 0;
    for (let n = 0; n < 30; n++) {
      const answer = await attempt(`no-${n}@example.org`, chain(`2001:db8::${n.toString(16)}`, 1));
      if (answer.status === 429) limited++;
    }
    expect(limited).toBeGreaterThan(5);
  });

  it("are limited for each account, from however many addresses they come", async () => {
    const { running, attempt } = await start(behindProxies);
    const ann = new Person(running, site, from(1));
    await ann.signUp();
    const statuses: number[] = [];
    for (let n = 100; n < 140; n++) {
      const email = n % 2 ? ann.email : ` ${ann.email.toUpperCase()} `;
      statuses.push((await attempt(email, from(n))).status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(20);

    // Whoever was here before gets in, while it lasts; a new device is told a short time.
    expect((await ann.signIn()).status).toBe(200);
    const away = new Person(running, site, from(2));
    const refused = await away.signIn(ann);
    expect([refused.status, Number(refused.headers["retry-after"]) <= 20]).toEqual([429, true]);
    // Another account is not concerned, and knowing one device opens no other account's.
    const bob = new Person(running, site, from(3));
    expect((await bob.signUp()).status).toBe(200);
    expect((await bob.signIn(ann)).status).toBe(429);
  });

  it("that succeed are not held against an account", async () => {
    const { running } = await start(behindProxies);
    const ann = new Person(running, site, from(1));
    await ann.signUp();
    for (let n = 2; n < 30; n++)
      expect((await new Person(running, site, from(n)).signIn(ann)).status).toBe(200);
  });
});

describe("guesses of the password of somebody who is signed in", () => {
  it("are limited for each session", async () => {
    const { running } = await start(behindProxies);
    const ann = new Person(running, site, from(1));
    await ann.signUp();
    for (const [path, body] of [
      ["/api/auth/change-password", { currentPassword: "not the password", newPassword: "another password" }],
      ["/api/auth/delete-user", { password: "not the password" }],
    ] as const) {
      const statuses: number[] = [];
      for (let n = 0; n < 10; n++) statuses.push((await ann.ask("POST", path, body, from(n))).status);
      expect([path, statuses.slice(0, 5)]).toEqual([path, Array(5).fill(400)]);
      expect(statuses).toContain(429);
    }
  });
});

describe("what is counted", () => {
  it("is nothing at addresses that do not exist", async () => {
    const { url, running } = await start();
    for (let n = 0; n < 500; n++) {
      const path = `/api/auth/${["made-up", "sign-in/", "sign-in/email/", "callback/"][n % 4]}${n}`;
      const { status } = await ask(running, path, {
        method: n % 2 ? "POST" : "GET",
        ...(n % 2 ? { body: {} } : {}),
      });
      expect([path, status]).toEqual([path, 404]);
    }
    expect(await run(url, 'select key from "rateLimit"')).toEqual([]);
  });

  it("has no e-mail address and no session in it, and goes when it says nothing any more", async () => {
    const { url, running } = await start();
    await run(url, `insert into "rateLimit" values ('old', 'old', 1, 0)`);
    const ann = new Person(running, site);
    await ann.signUp();
    await ann.signIn();
    await ann.ask("POST", "/api/auth/delete-user", { password: "not the password" });
    const rows = await run<{ id: string }>(url, 'select id from "rateLimit"');
    expect(rows.length).toBeGreaterThan(3);
    const text = JSON.stringify(rows);
    expect(text).not.toContain(ann.email);
    for (const value of ann.cookies.values()) expect(text).not.toContain(value.slice(0, 20));
    expect(rows.map(({ id }) => id)).not.toContain("old");
  });

  it("is shared by replicas, and exact for attempts that come together", async () => {
    const { url, running } = await start();
    const other = await Running.start({ DATABASE_URL: url });
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const body = { email: `nobody-${n}@example.org`, password: "x" };
        const at = n % 2 ? running : other;
        return (await ask(at, "/api/auth/sign-in/email", { method: "POST", body })).status;
      }),
    );
    const passed = statuses.filter((status) => status === 401).length;
    expect(passed).toBeGreaterThanOrEqual(15);
    expect(passed).toBeLessThan(25);
  });
});
