import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { database, run } from "./databases";
import { Person } from "./people";
import { type Answer, ask, backend, Running, type Variables } from "./running";

const site = "http://localhost:3000";
const day = 24 * 3600 * 1000;
const good = { name: "Laptop", scopes: ["tasks:read"] };

const start = async (variables: Variables = {}) => {
  const url = await database();
  const running = await Running.start({ DATABASE_URL: url, ...variables });
  const ann = new Person(running, site);
  expect((await ann.signUp()).status).toBe(200);
  return { url, running, ann };
};

const make = (person: Person, body: object = good, headers: Variables = {}) =>
  person.ask("POST", "/api/auth/keys", body, headers);

const list = async (person: Person) => {
  const answer = await person.ask("GET", "/api/auth/keys");
  expect([answer.status, answer.headers["cache-control"]]).toEqual([200, "no-store"]);
  return JSON.parse(answer.body).keys as Record<string, unknown>[];
};

function refusal(answer: Answer): [number, string] {
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  const { status, code, detail } = JSON.parse(answer.body);
  expect(status).toBe(answer.status);
  expect(detail).toMatch(/^["A-Z].*\.$/);
  return [status, code];
}

describe("a key", () => {
  it("is told once, when it is made, then listed without it, and kept as its hash", async () => {
    const { url, running, ann } = await start();
    const answer = await make(ann, { ...good, name: " Ann’s läptop 🌱 " });
    expect([answer.status, answer.headers["cache-control"]]).toEqual([201, "no-store"]);
    const { key, ...made } = JSON.parse(answer.body);
    expect(key).toMatch(/^todo_pat_[0-9A-Za-z]{49}$/);
    expect(made).toEqual({
      id: expect.any(String),
      name: "Ann’s läptop 🌱",
      prefix: key.slice(0, 13),
      scopes: ["tasks:read"],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      last_used_at: null,
      expires_at: expect.stringMatching(/Z$/),
    });
    expect(await list(ann)).toEqual([made]);
    const other = JSON.parse((await make(ann)).body);
    expect(other.key).not.toBe(key);
    expect((await list(ann)).map(({ id }) => id)).toEqual([other.id, made.id]);

    const [row] = await run(url, `select key, permissions, enabled from apikey where id = '${made.id}'`);
    expect(row).toEqual({
      key: createHash("sha256").update(key).digest("base64url"),
      permissions: '{"tasks":["read"]}',
      enabled: true,
    });
    expect(running.output.join()).not.toContain(key.slice(9));
    await run(url, `update apikey set "lastRequest" = '2026-11-30T12:00:00Z' where id = '${made.id}'`);
    expect((await list(ann))[1]?.last_used_at).toBe("2026-11-30T12:00:00.000Z");
  });

  it("may what its scopes say, for as long as was asked", async () => {
    const { url, ann } = await start();
    const both = ["tasks:read", "tasks:write"];
    for (const [scopes, granted] of [
      [["tasks:read"], ["tasks:read"]],
      [["tasks:read", "tasks:read"], ["tasks:read"]],
      [["tasks:write"], both],
      [["tasks:write", "tasks:read"], both],
    ]) {
      const { id, ...made } = JSON.parse((await make(ann, { ...good, scopes })).body);
      expect(made.scopes).toEqual(granted);
      const [row] = await run<{ permissions: string }>(
        url,
        `select permissions from apikey where id = '${id}'`,
      );
      expect(JSON.parse(row?.permissions ?? "")).toEqual({
        tasks: granted?.map((scope) => scope.slice("tasks:".length)),
      });
    }
    for (const [asked, days] of [
      [{}, 90],
      [{ expires_in_days: 1 }, 1],
      [{ expires_in_days: 365 }, 365],
    ] as const) {
      const made = JSON.parse((await make(ann, { ...good, ...asked })).body);
      const lasts = Date.parse(made.expires_at) - Date.parse(made.created_at);
      expect(Math.abs(lasts - days * day)).toBeLessThan(60_000);
    }
    const lasting = JSON.parse((await make(ann, { ...good, expires_in_days: null })).body);
    expect(lasting.expires_at).toBeNull();
    expect((await list(ann)).map(({ scopes }) => scopes)).toContainEqual(both);
  });

  it("of another shape is refused with a sentence", async () => {
    const { url, ann } = await start();
    for (const change of [
      { name: undefined },
      { name: 5 },
      { name: "" },
      { name: " \u200b\u3164 " },
      { name: "a\nb" },
      { name: "a\u0000b" },
      { name: "x".repeat(61) },
      { scopes: undefined },
      { scopes: [] },
      { scopes: "tasks:read" },
      { scopes: null },
      { scopes: [5] },
      { scopes: ["tasks:delete"] },
      { scopes: ["tasks:read", "*"] },
      { scopes: ["TASKS:READ"] },
      { expires_in_days: 0 },
      { expires_in_days: -1 },
      { expires_in_days: 366 },
      { expires_in_days: 1.5 },
      { expires_in_days: "90" },
      { expires_in_days: 1e300 },
      { userId: "somebody" },
      { permissions: { tasks: ["write"] } },
      { prefix: "x" },
      { remaining: 1 },
      { key: "todo_pat_mine" },
    ]) {
      const answer = await make(ann, { ...good, ...change });
      expect([change, ...refusal(answer)]).toEqual([change, 422, "invalid"]);
      expect(JSON.parse(answer.body).errors[0].field.split(".")[0]).toBe(Object.keys(change)[0]);
    }
    expect(await run(url, "select 1 from apikey")).toEqual([]);
  });

  it("is revoked by deleting it, once", async () => {
    const { url, ann } = await start();
    const { id } = JSON.parse((await make(ann)).body);
    const revoked = await ann.ask("DELETE", `/api/auth/keys/${id}`);
    expect([revoked.status, revoked.body]).toEqual([204, ""]);
    expect(await list(ann)).toEqual([]);
    expect(await run(url, "select 1 from apikey")).toEqual([]);
    for (const gone of [id, "nothing", ":id", "x".repeat(65), "..%2fkeys"]) {
      const answer = await ann.ask("DELETE", `/api/auth/keys/${gone}`);
      expect([gone, refusal(answer)[0]]).toEqual([gone, 404]);
    }
    const other = await ann.ask("PATCH", "/api/auth/keys", {});
    expect([...refusal(other), other.headers.allow]).toEqual([405, "method_not_allowed", "GET, POST"]);
    expect((await ann.ask("GET", `/api/auth/keys/${id}`)).headers.allow).toBe("DELETE");
  });
});

describe("keys", () => {
  it("are seen and revoked by their owner only", async () => {
    const { running, ann } = await start();
    const { id } = JSON.parse((await make(ann)).body);
    const bob = new Person(running, site);
    await bob.signUp();
    expect(await list(bob)).toEqual([]);
    expect(refusal(await bob.ask("DELETE", `/api/auth/keys/${id}`))).toEqual([404, "KEY_NOT_FOUND"]);
    expect(await list(ann)).toHaveLength(1);
  });

  it("are managed by a person who is signed in, never by a key", async () => {
    const { running, ann } = await start();
    const { id, key } = JSON.parse((await make(ann, { ...good, scopes: ["tasks:write"] })).body);
    const token = JSON.parse((await ann.ask("GET", "/api/auth/token")).body).token;
    for (const headers of [
      {},
      { authorization: `Bearer ${key}` },
      { authorization: `Bearer ${token}` },
      { "x-api-key": key },
      { cookie: `better-auth.session_token=${key}`, origin: site },
    ] as Variables[]) {
      for (const [method, path, body] of [
        ["GET", "keys", undefined],
        ["POST", "keys", good],
        ["DELETE", `keys/${id}`, undefined],
        ["GET", "list-sessions", undefined],
        ["GET", "token", undefined],
        ["POST", "delete-user", { password: ann.password }],
      ] as const) {
        const answer = await ask(running, `/api/auth/${path}`, {
          method,
          headers,
          ...(body ? { body } : {}),
        });
        expect([path, Object.keys(headers), refusal(answer)[0]]).toEqual([path, Object.keys(headers), 401]);
      }
    }
    expect(await list(ann)).toHaveLength(1);
  });

  it("are made and revoked from pages of this site only", async () => {
    const { ann } = await start();
    const { id } = JSON.parse((await make(ann)).body);
    for (const origin of ["http://evil.example", "null", ""]) {
      const headers = { origin, "sec-fetch-site": "cross-site" };
      expect(refusal(await make(ann, good, headers))[0]).toBe(403);
      const answer = await ann.ask("DELETE", `/api/auth/keys/${id}`, undefined, headers);
      expect(refusal(answer)[0]).toBe(403);
    }
    expect(refusal(await make(ann, good, { "content-type": "text/plain" }))[0]).toBe(415);
    expect(await list(ann)).toHaveLength(1);
  });

  it("are fifty at most, however many are made at once", async () => {
    const { url, ann } = await start();
    await run(
      url,
      `insert into apikey (id, "configId", "referenceId", key, "createdAt", "updatedAt")
       select 'old' || n, 'default', (select id from "user"), 'hash' || n, now() - interval '1 day', now()
       from generate_series(1, 48) n`,
    );
    const answers = await Promise.all(Array.from({ length: 8 }, () => make(ann)));
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeLessThanOrEqual(2);
    for (const answer of answers) {
      if (answer.status !== 201) expect(refusal(answer)).toEqual([409, "TOO_MANY_KEYS"]);
    }
    expect(await list(ann)).toHaveLength(48 + made.length);
    // A key without scopes may do nothing.
    expect((await list(ann)).at(-1)).toMatchObject({ scopes: [], name: "" });
    await ann.ask("DELETE", "/api/auth/keys/old1");
    expect((await make(ann)).status).toBe(201);
  });

  it("are limited in how often they are made", async () => {
    const { url, ann } = await start();
    const answers = [];
    // Not all at once: a server takes only so many new connections.
    while (answers.length < 200)
      answers.push(...(await Promise.all(Array.from({ length: 20 }, () => make(ann)))));
    const limited = answers.find(({ status }) => status === 429);
    expect(limited && refusal(limited)).toEqual([429, "too_many_requests"]);
    const [row] = await run<{ n: number }>(url, "select count(*)::int as n from apikey");
    expect(row?.n).toBeLessThanOrEqual(50);
  });

  it("stay when a password is changed and everybody is signed out, and go with the account", async () => {
    const asked: string[] = [];
    const { url, running, ann } = await start({
      BACKEND_URL: await backend((request, response) => {
        asked.push(`${request.method} ${request.url}`);
        response.writeHead(asked.length > 1 ? 204 : 503).end();
      }),
    });
    const bob = new Person(running, site);
    await bob.signUp();
    await make(ann);
    await make(bob);
    const passwords = {
      currentPassword: ann.password,
      newPassword: "battery staple",
      revokeOtherSessions: true,
    };
    expect((await ann.ask("POST", "/api/auth/change-password", passwords)).status).toBe(200);
    expect((await ann.ask("POST", "/api/auth/revoke-other-sessions", {})).status).toBe(200);
    expect(await list(ann)).toHaveLength(1);

    const leave = () => ann.ask("POST", "/api/auth/delete-user", { password: "battery staple" });
    expect((await leave()).status).toBe(503);
    expect(await list(ann)).toHaveLength(1);
    expect((await leave()).status).toBe(200);
    expect(asked).toEqual(["DELETE /api/me/account", "DELETE /api/me/account"]);
    const owners = await run(url, 'select email from apikey join "user" on "user".id = "referenceId"');
    expect(owners).toEqual([{ email: bob.email }]);
    expect(await run(url, "select count(*)::int as n from apikey")).toEqual([{ n: 1 }]);
  });

  it("are not to be had from the plugin’s own addresses", async () => {
    const { url, ann } = await start();
    for (const path of [
      "create",
      "get?id=1",
      "list",
      "update",
      "delete",
      "verify",
      "delete-all-expired-api-keys",
    ])
      for (const method of ["GET", "POST"]) {
        const answer = await ann.ask(method, `/api/auth/api-key/${path}`, method === "POST" ? {} : undefined);
        expect([path, ...refusal(answer)]).toEqual([path, 404, "not_found"]);
      }
    expect(await run(url, "select 1 from apikey")).toEqual([]);
  });
});
