import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { backend, Running } from "./running";

async function connection({ port }: Running, host = "127.0.0.1"): Promise<Socket> {
  const socket = connect(port, host);
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Everything that comes until the other end closes. */
async function all(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket.setEncoding("latin1")) text += chunk;
  return text;
}

async function tell(running: Running, text: string): Promise<string> {
  const socket = await connection(running);
  socket.write(text);
  return all(socket);
}

const half = "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-";

function expectProblem(answer: string, status: number) {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head.toLowerCase()).toContain("content-type: application/problem+json");
  expect(JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1))).toMatchObject({
    status,
    detail: expect.stringMatching(/\.$/),
  });
}

describe("a head that does not come to its end", () => {
  it("is waited for no longer than ten seconds, whether a part of it has come or not", async () => {
    const running = await Running.start();
    const kept = await connection(running);
    kept.write("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // Its answer is read to its end, in however many pieces it comes.
    let before = "";
    while (!before.endsWith("\r\n0\r\n\r\n")) before += (await once(kept, "data")).join("");
    const trickling = await connection(running);
    const timer = setInterval(() => trickling.write("X"), 500);
    onTestFinished(() => clearInterval(timer));
    trickling.write(half);
    kept.write(half);
    const begun = Date.now();
    const [answer, again, slow, silent] = await Promise.all([
      tell(running, half),
      all(kept),
      all(trickling),
      all(await connection(running)),
    ]);
    expect(Date.now() - begun).toBeLessThan(20_000);
    for (const text of [answer, again, slow]) expectProblem(text, 408);
    expect(silent).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it("takes no place from others, however few there are, and does not delay the end", async () => {
    const running = await Running.start({}, "ulimit -n 300;");
    const held: Socket[] = [];
    for (let n = 0; n < 300; n++) {
      const socket = await connection(running);
      socket.write(n % 3 ? half : "");
      held.push(socket);
    }
    expect((await running.fetch("/api/health")).status).toBe(200);
    const begun = Date.now();
    running.tellToEnd();
    expect(await running.exit).toBe(0);
    expect(Date.now() - begun).toBeLessThan(2_000);
  });
});

describe("a body that does not come to its end", () => {
  it("does not delay the end of the process", async () => {
    const running = await Running.start();
    for (const path of ["/api/auth/sign-in/email", "/api/me/tasks"]) {
      const socket = await connection(running);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
      );
    }
    await running.fetch("/api/health");
    const begun = Date.now();
    running.tellToEnd();
    expect(await running.exit).toBe(0);
    expect(Date.now() - begun).toBeLessThan(8_000);
  });
});

describe("a request to change the protocol", () => {
  it("is answered in the protocol that it came by", async () => {
    let asked: string[] = [];
    const url = await backend((request, response) => {
      asked = Object.keys(request.headers);
      response.end("tasks");
    });
    const running = await Running.start({ BACKEND_URL: url });
    // Next.js listens for such requests from its first answer on.
    await running.fetch("/sign-in");
    for (const [path, upgrade] of [
      [
        "/sign-in",
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
      ],
      ["/api/health", "Upgrade: h2c\r\nConnection: Upgrade, close"],
      [
        "/api/me/tasks",
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAMAAABk",
      ],
      [
        "/sign-in",
        "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
      ],
      [
        "/_next/webpack-hmr",
        "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ],
      ["/sign-in", "Upgrade: TLS/1.3, nonsense\r\nConnection: Upgrade, close"],
    ]) {
      const answer = await tell(running, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n\r\n`);
      expect([path, answer.slice(0, 12)]).toEqual([path, `HTTP/1.1 ${path?.includes("hmr") ? 404 : 200}`]);
    }
    expect(asked).not.toContain("upgrade");
    expect(asked).not.toContain("http2-settings");
  });
});

describe("a request that nothing can be made of", () => {
  it("is refused with a problem", async () => {
    const running = await Running.start();
    const line = (text: string) =>
      tell(running, `${text} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    for (const path of [
      "/api/%",
      "/api/%ff",
      "/api/%00",
      "/api/auth/%",
      "/api/auth/%c3%28",
      "/api/auth/token%00",
      "/%",
      "/%ff",
      "/tasks/%E0%A4%A",
      "/_next/%",
      "*",
      "api/me/tasks",
    ])
      expectProblem(await line(`GET ${path}`), 400);
    expectProblem(await line("OPTIONS *"), 400);
    expectProblem(await line("GET /api"), 404);
    expectProblem(await line("POST /api/health"), 405);
    for (const method of ["TRACE", "PROPFIND", "PURGE", "QUERY"])
      for (const path of ["/", "/api/me/tasks", "/api/auth/token"]) {
        const answer = await line(`${method} ${path}`);
        expectProblem(answer, method === "QUERY" && answer.includes(" 400 ") ? 400 : 405);
      }
    for (const path of [
      "/api/%2e%2e/health",
      "/api/..%2fhealth/%2e%2e/%2e%2e/%2e%2e/ready",
      "/api/nothing/../../ready",
    ]) {
      const answer = await line(`GET ${path}`);
      expect([path, answer.slice(0, 12)]).toEqual([path, expect.stringMatching(/ (308|404)$/)]);
    }
    expectProblem(await tell(running, "nonsense\r\n\r\n"), 400);
    expectProblem(await tell(running, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400);
    expectProblem(await tell(running, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(40_000)}\r\n\r\n`), 431);
    expectProblem(await tell(running, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), 400);
    // A client that takes this server for a proxy.
    expect(await line("GET http://localhost/api/health")).toMatch(/^HTTP\/1\.1 200 /);
    expect((await running.fetch("/sign-in?next=%ff&x=%")).status).toBe(200);
    expect(running.lines().filter(({ level }) => level === "ERROR")).toEqual([]);
  });
});

const ipv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

describe("the address to listen at", () => {
  it("is of both families by default, and may be written with brackets", async () => {
    for (const [HOST, reachable] of [
      ["", ["127.0.0.1", "::1"]],
      ["[::]", ["127.0.0.1", "::1"]],
      ["::1", ["::1"]],
      ["127.0.0.1", ["127.0.0.1"]],
    ] as const) {
      const there = reachable.filter((host) => host === "127.0.0.1" || ipv6);
      if (there.length < reachable.length) console.log("::1 is skipped: this machine does not have it");
      if (there.length === 0) continue;
      const running = await Running.start({ HOST });
      for (const host of there) {
        const socket = await connection(running, host);
        socket.write("GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        expect([HOST, host, (await all(socket)).slice(0, 12)]).toEqual([HOST, host, "HTTP/1.1 200"]);
      }
    }
  });

  it("is named when nothing can listen there", async () => {
    await expect(Running.start({ HOST: "203.0.113.1" })).rejects.toThrow(/HOST 203\.0\.113\.1/);
    await expect(Running.start({ HOST: "not an address" })).rejects.toThrow(/HOST must be an address/);
  });
});
