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

/** As many at once, so that a slow machine gives no time for the next ones to be let through. */
const together = <T>(count: number, ask: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => ask(n)));

const limited = (answers: { status: number }[]) => answers.filter(({ status }) => status === 429).length;

describe("attempts to sign in", () => {
  it("are limited for each connection, whatever address their headers name", async () => {
    const { attempt } = await start();
    const answers = await together(30, (n) => {
      const address = `198.51.100.${n}`;
      return attempt(`nobody-${n}@example.org`, {
        "x-real-ip": address,
        "x-forwarded-for": address,
        forwarded: `for=${address}`,
        "x-todo-client-address": address,
      });
    });
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(5);
    const others = answers.filter(({ status }) => status !== 401 && status !== 429);
    expect(others).toEqual([]);
    expect(refused.length).toBeLessThanOrEqual(15);
    for (const { headers, body } of refused) {
      expect(headers["content-type"]).toBe("application/problem+json");
      expect(headers["x-retry-after"]).toBeUndefined();
      const seconds = Number(headers["retry-after"]);
      expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
      expect(JSON.parse(body)).toMatchObject({
        status: 429,
        code: "too_many_requests",
        detail: expect.stringMatching(/^Too many attempts\. Please try again in .*second/),
      });
    }
  });

  it("are counted by the address that a proxy of ours tells, the one nearest to it", async () => {
    const { attempt } = await start(behindProxies);
    const chain = (client: string, n: number) => ({
      "x-forwarded-for": `6.6.6.${n}, ${client}, 10.0.0.${n}`,
    });
    const one = (n: number) => attempt(`nobody-${n}@example.org`, chain("198.51.100.1", n));
    expect(limited(await together(30, one))).toBeGreaterThan(5);
    expect((await attempt("nobody@example.org", chain("198.51.100.2", 1))).status).toBe(401);
    // One subscriber has 64 bits of addresses.
    const many = (n: number) => attempt(`no-${n}@example.org`, chain(`2001:db8::${n.toString(16)}`, 1));
    expect(limited(await together(30, many))).toBeGreaterThan(5);
  });

  it("are limited for each account, from however many addresses they come", async () => {
    const { running, attempt } = await start(behindProxies);
    const [ann, bob, away] = [1, 2, 3].map((n) => new Person(running, site, from(n)));
    if (!ann || !bob || !away) throw new Error();
    await ann.signUp();
    await bob.signUp();
    const guess = (n: number) => attempt(n % 2 ? ann.email : ` ${ann.email.toUpperCase()} `, from(100 + n));
    const answers = await together(40, guess);
    expect(limited(answers)).toBeGreaterThan(20);
    expect(limited(answers)).toBeLessThanOrEqual(30);

    // Whoever was here before gets in, while it lasts; a new device is told a short time.
    expect((await ann.signIn()).status).toBe(200);
    let n = 200;
    while ((await guess(n)).status !== 429) n++;
    const refused = await away.signIn(ann);
    expect([refused.status, Number(refused.headers["retry-after"]) <= 20]).toEqual([429, true]);
    // Having signed in to one account opens no other, and keeps no other out.
    expect((await bob.signIn(ann)).status).toBe(429);
    expect((await bob.signIn()).status).toBe(200);
  });

  it("that succeed are not held against an account", async () => {
    const { running } = await start(behindProxies);
    const ann = new Person(running, site, from(1));
    await ann.signUp();
    for (let n = 2; n < 14; n++)
      expect((await new Person(running, site, from(n)).signIn(ann)).status).toBe(200);
  });
});

describe("a proxy that nobody named", () => {
  it("is told in the log, once", async () => {
    const running = await Running.start();
    for (let n = 0; n < 3; n++) await ask(running, "/sign-in", { headers: from(n) });
    const said = running.lines().filter(({ message }) => message.includes("TRUSTED_PROXIES"));
    expect(said).toMatchObject([
      { level: "WARN", message: expect.stringContaining("X-Forwarded-For of 127.0.0.1 is not believed") },
    ]);
    const named = await Running.start(behindProxies);
    await ask(named, "/sign-in", { headers: from(1) });
    expect(named.output.join()).not.toContain("TRUSTED_PROXIES");
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
      const answers = await together(12, (n) => ann.ask("POST", path, body, from(n)));
      expect(limited(answers)).toBeGreaterThan(3);
      expect(answers.filter(({ status }) => status === 400).length).toBe(12 - limited(answers));
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
    const rows = await run<{ key: string }>(url, 'select key from "rateLimit"');
    expect(rows.length).toBeGreaterThan(3);
    const text = JSON.stringify(rows);
    expect(text).not.toContain(ann.email);
    for (const value of ann.cookies.values()) expect(text).not.toContain(value.slice(0, 20));
    expect(rows.map(({ key }) => key)).not.toContain("old");
  });

  it("is shared by replicas, and exact for attempts that come together", async () => {
    const { url, running } = await start();
    const other = await Running.start({ DATABASE_URL: url });
    const answers = await together(40, (n) => {
      const body = { email: `nobody-${n}@example.org`, password: "x" };
      return ask(n % 2 ? running : other, "/api/auth/sign-in/email", { method: "POST", body });
    });
    expect(limited(answers)).toBeGreaterThan(15);
    expect(limited(answers)).toBeLessThanOrEqual(25);
  });
});
