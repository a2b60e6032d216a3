import { describe, expect, it } from "vitest";
import { database, run } from "./databases";
import { Person } from "./people";
import { ask, Running } from "./running";

const site = "http://localhost:3000";

const start = async () => {
  const url = await database();
  const running = await Running.start({ DATABASE_URL: url });
  const ann = new Person(running, site);
  expect((await ann.signUp()).status).toBe(200);
  return { url, running, ann };
};

function sentence(answer: { status: number; headers: Record<string, unknown>; body: string }): string {
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  const { status, detail } = JSON.parse(answer.body);
  expect(status).toBe(answer.status);
  expect(detail).toMatch(/^["A-Z].*\.$/);
  return detail;
}

describe("a name", () => {
  it("is a text that can be seen, of a hundred characters at most", async () => {
    const { url, ann } = await start();
    for (const body of [
      { name: 5 },
      { name: {} },
      { name: [] },
      { name: null },
      { name: true },
      { name: "" },
      { name: "   " },
      { name: "\u200b\ufeff\u3164\u2800" },
      { name: "a\u0000b" },
      { name: "a\nb" },
      { name: "x".repeat(101) },
      { name: "x".repeat(60_000) },
      { name: "Ann", image: "https://evil.example/x.png" },
      { image: "https://evil.example/x.png" },
      { image: null },
      { name: "Ann", email: "other@example.org" },
      { name: "Ann", emailVerified: true },
      { name: "Ann", id: "1" },
      {},
      [],
    ]) {
      const answer = await ann.ask("POST", "/api/auth/update-user", body);
      expect([body, answer.status]).toEqual([body, 422]);
      sentence(answer);
    }
    expect(await run(url, 'select name, image from "user"')).toEqual([{ name: "Ann", image: null }]);
    expect((await ann.ask("POST", "/api/auth/update-user", { name: " Ann Ümläut 🌱 " })).status).toBe(200);
    expect(await run(url, 'select name from "user"')).toEqual([{ name: "Ann Ümläut 🌱" }]);
  });
});

describe("a body", () => {
  const good = { name: "Ann", email: "somebody@example.org", password: "correct horse" };

  it("of another shape is refused with a sentence for each field", async () => {
    const { running, url } = await start();
    for (const change of [
      { email: 5 },
      { email: null },
      { email: "x" },
      { email: "a\u0000@example.org" },
      { email: `${"x".repeat(250)}@example.org` },
      { password: 12345678 },
      { password: ["correct horse"] },
      { password: "short" },
      { password: "x".repeat(129) },
      { name: 5 },
      { rememberMe: "yes" },
      { image: "x" },
      { role: "admin" },
    ]) {
      const answer = await ask(running, "/api/auth/sign-up/email", {
        method: "POST",
        body: { ...good, ...change },
      });
      expect([change, answer.status]).toEqual([change, 422]);
      expect(sentence(answer)).toBe(JSON.parse(answer.body).errors[0].message);
      expect(JSON.parse(answer.body).errors[0].field).toBe(Object.keys(change)[0]);
    }
    for (const body of [{ email: {}, password: "x" }, { email: "a@b.example" }, { password: "x" }, [1], {}]) {
      const answer = await ask(running, "/api/auth/sign-in/email", { method: "POST", body });
      expect([body, answer.status]).toEqual([body, 422]);
      sentence(answer);
    }
    expect(await run(url, 'select count(*)::int as n from "user"')).toEqual([{ n: 1 }]);
  });

  it("that is no JSON is 400, of another media type 415", async () => {
    const { running, ann } = await start();
    for (const [type, body, status] of [
      ["application/json", "{", 400],
      ["application/json", '{"a":\u0000}', 400],
      ["application/json", "\u0000", 400],
      ["application/json", "null", 422],
      ["application/json", '"text"', 422],
      ["text/plain", "{}", 415],
      ["application/x-www-form-urlencoded", "a=b", 415],
    ] as const) {
      const answer = await running.fetch("/api/auth/sign-in/email", {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
      expect([body, answer.status]).toEqual([body, status]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    for (const [path, body] of [
      ["change-password", { currentPassword: 5, newPassword: "correct horse" }],
      ["change-password", { currentPassword: ann.password, newPassword: "short" }],
      ["change-password", { currentPassword: ann.password }],
      ["delete-user", { password: {} }],
      ["delete-user", { password: "x", callbackURL: "/" }],
      ["revoke-session", { token: "a\u0000b" }],
      ["revoke-session", { token: 5 }],
      ["sign-out", { all: true }],
    ] as const) {
      const answer = await ann.ask("POST", `/api/auth/${path}`, body);
      expect([path, answer.status]).toEqual([path, 422]);
      sentence(answer);
    }
  });

  it("with an address to go on to leads to a path of this site", async () => {
    const { ann } = await start();
    const { email, password } = ann;
    for (const [callbackURL, url] of [
      ["/chat?a=b", "/chat?a=b"],
      ["/.//evil.example", "/tasks"],
      ["https://evil.example/", "/tasks"],
      ["http://localhost:3000//evil.example", "/tasks"],
      [5, "/tasks"],
    ]) {
      const answer = await ann.ask("POST", "/api/auth/sign-in/email", { email, password, callbackURL });
      expect([answer.status, JSON.parse(answer.body).url, answer.headers.location]).toEqual([200, url, url]);
    }
  });
});

describe("an address below /api/auth", () => {
  it("that is not offered is 404, by another method 405, and what follows its question mark does no harm", async () => {
    const { running, ann } = await start();
    for (const path of [
      "sign-in/social",
      "error?error=x",
      "callback/x",
      "verify-email?token=x",
      "change-email",
      "TOKEN",
    ])
      for (const method of ["GET", "POST"]) {
        const answer = await ann.ask(method, `/api/auth/${path}`, method === "POST" ? {} : undefined);
        expect([path, answer.status]).toEqual([path, 404]);
        sentence(answer);
      }
    for (const [method, path, allow] of [
      ["GET", "sign-out", "POST"],
      ["DELETE", "delete-user", "POST"],
      ["POST", "token", "GET"],
    ] as const) {
      const answer = await ann.ask(method, `/api/auth/${path}`);
      expect([path, answer.status, answer.headers.allow]).toEqual([path, 405, allow]);
      sentence(answer);
    }
    for (const query of [
      "?disableRefresh=%00",
      "?disableCookieCache[]=x",
      "?callbackURL=//evil.example",
      "?%ff=%",
    ]) {
      expect((await ann.ask("GET", `/api/auth/get-session${query}`)).status).toBe(200);
      expect((await ask(running, `/api/auth/token${query}`)).status).toBe(401);
    }
  });

  it("refuses in the one form of an error, and lets nothing of a person be kept", async () => {
    const { running, ann } = await start();
    const { email } = ann;
    for (const [answer, status, code, detail] of [
      [
        await ann.signIn({ email, password: "wrong" }),
        401,
        "INVALID_EMAIL_OR_PASSWORD",
        /do not go together/,
      ],
      [await ann.signUp(), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", /already an account/],
      [await ann.signOut({ origin: "http://evil.example" }), 403, "INVALID_ORIGIN", /not the one/],
      [await ask(running, "/api/auth/token"), 401, "UNAUTHORIZED", /signed out/],
    ] as const) {
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code]);
      expect(sentence(answer)).toMatch(detail);
      expect(JSON.parse(answer.body).request_id).toBe(answer.headers["x-request-id"]);
    }
    for (const path of ["token", "get-session", "list-sessions"]) {
      const { status, headers } = await ann.ask("GET", `/api/auth/${path}`);
      expect([path, status, headers["cache-control"]]).toEqual([path, 200, "no-store"]);
    }
  });
});
