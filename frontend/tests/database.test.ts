import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { database, emptyDatabase, migrate } from "./databases";
import { Person } from "./people";
import { Running, until } from "./running";

/** The same database behind a port where nothing listens yet. */
async function behindADoor(url: string) {
  const target = new URL(url);
  const [inside, host] = [Number(target.port || 5432), target.hostname];
  const through = new Set<Socket>();
  const door: Server = createServer((socket) => {
    const inner = connect(inside, host);
    through.add(socket);
    socket.pipe(inner).pipe(socket);
    for (const end of [socket, inner]) end.on("error", () => end.destroy());
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  const { port } = door.address() as AddressInfo;
  door.close();
  await once(door, "close");
  target.hostname = "127.0.0.1";
  target.port = String(port);
  onTestFinished(() => void door.close());
  return {
    url: target.toString(),
    open: () => door.listen(port, "127.0.0.1"),
    /** As a server that is killed does it: what goes through breaks off, and nothing listens. */
    shut: () => {
      door.close();
      for (const socket of through) socket.destroy();
    },
  };
}

describe("a database that is away", () => {
  it("is waited for by the migration", async () => {
    const { url, open } = await behindADoor(await emptyDatabase());
    const migration = migrate({ DATABASE_URL: url });
    setTimeout(open, 1500);
    expect(await migration).toEqual({ code: 0, text: expect.stringContaining("Identity tables migrated") });
  });

  it("makes 503 of what needs it, until it is back", async () => {
    const { url, open } = await behindADoor(await database());
    const running = await Running.start({ DATABASE_URL: url });
    const ann = new Person(running, "http://localhost:3000");
    const refused = await ann.signUp();
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "2"]);
    expect((await running.fetch("/api/auth/jwks")).status).toBe(503);
    expect((await running.fetch("/api/health")).status).toBe(200);
    open();
    expect((await ann.signUp()).status).toBe(200);
    expect((await running.fetch("/api/auth/jwks")).status).toBe(200);
  });
});

describe("a database that goes away", () => {
  it("signs nobody out", async () => {
    const { url, open, shut } = await behindADoor(await database());
    open();
    const running = await Running.start({ DATABASE_URL: url });
    const ann = new Person(running, "http://localhost:3000");
    await ann.signUp();
    const kept = new Map(ann.cookies);
    shut();
    for (const [method, path, body] of [
      ["GET", "token"],
      ["GET", "get-session"],
      ["GET", "list-sessions"],
      ["GET", "jwks"],
      ["POST", "sign-out", {}],
      ["POST", "sign-in/email", { email: ann.email, password: ann.password }],
      ["POST", "sign-up/email", { name: "Bob", email: "bob@example.org", password: "correct horse" }],
      ["POST", "update-user", { name: "Anna" }],
      ["POST", "change-password", { currentPassword: ann.password, newPassword: "correct horse" }],
      ["POST", "delete-user", { password: ann.password }],
      ["POST", "revoke-sessions", {}],
      ["GET", "keys"],
      ["POST", "keys", { name: "Laptop", scopes: ["tasks:read"] }],
      ["DELETE", "keys/some-key"],
    ] as const) {
      const answer = await ann.ask(method, `/api/auth/${path}`, body);
      expect([path, answer.status, answer.headers["retry-after"]]).toEqual([path, 503, "2"]);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
      expect(JSON.parse(answer.body)).toMatchObject({ status: 503, code: "database_unreachable" });
      expect(answer.headers["set-cookie"]).toBeUndefined();
    }
    expect((await ann.ask("GET", "/tasks")).status).toBe(503);
    expect(ann.cookies).toEqual(kept);
    open();
    await until(async () => (await ann.ask("GET", "/api/auth/token")).status === 200);
    expect((await ann.ask("GET", "/settings")).status).toBe(200);
  });
});

describe("a page without its database", () => {
  it("is 503, says why and when to try again, and one line of the log says it too", async () => {
    const running = await Running.start();
    // What is said once, of the first use.
    await running.fetch("/api/auth/jwks");
    for (const path of ["/tasks", "/chat", "/settings", "/", "/sign-in"]) {
      const id = `away-${path.slice(1)}`;
      const headers = { cookie: "better-auth.session_token=abc.def", "x-request-id": id };
      const answer = await running.fetch(path, { headers });
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "2"]);
      // By this the app's error page knows what to say.
      expect(await answer.text()).toContain("DATABASE_AWAY");
      await until(() => running.linesOf(id).some(({ message }) => message === "request finished"));
      expect(running.linesOf(id).map(({ level, message }) => [level, message])).toEqual([
        ["WARN", "a page was not shown: the database cannot be reached"],
        ["INFO", "request finished"],
      ]);
    }
    expect(running.lines().filter(({ error }) => String(error).includes("DatabaseAway"))).toEqual([]);
  });
});

describe("a server that accepts TLS only", () => {
  it("is told apart from a wrong password", async () => {
    for (const [code, said] of [
      ["28000", 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption'],
      ["08P01", "connection is insecure (try using `sslmode=require`)"],
    ]) {
      const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${said}\0\0`);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(fields.length + 4);
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.end(Buffer.concat([Buffer.from("E"), length, fields])));
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const address = `postgres://u:pass-word@127.0.0.1:${port}/d?sslmode=disable`;
      expect(await migrate({ DATABASE_URL: address })).toEqual({
        code: 1,
        text: `Identity migration failed: the server accepts TLS only: add ?sslmode=require to the database's address (${said}).\n`,
      });
    }
  });
});

describe("a wrong address", () => {
  it("is told at once, in one sentence, without the password", async () => {
    const url = new URL(await emptyDatabase());
    url.pathname = "/no_such_database";
    const { code, text } = await migrate({ DATABASE_URL: url.toString() });
    expect(code).toBe(1);
    expect(text).toBe(
      'Identity migration failed: database "no_such_database" does not exist; create it, or correct the address.\n',
    );

    url.username = "nobody_by_this_name";
    url.password = "pass-word";
    const refused = await migrate({ DATABASE_URL: url.toString() });
    expect(refused.text).toMatch(/^Identity migration failed: .*nobody_by_this_name.*\n$/);
    expect(refused.text).not.toContain("pass-word");
  });
});
