import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { database } from "./databases";
import { backend, Running, until } from "./running";

const kilobyte = 1024;
const megabyte = 1024 * kilobyte;

async function connection(running: Running): Promise<Socket> {
  const socket = connect(running.port, "127.0.0.1");
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

const head = (path: string, more: string) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost:3000\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;

/** Writes all of it before it reads any of the answer, as simple proxies do. */
async function tell(running: Running, path: string, size: number, chunked: boolean): Promise<string> {
  const socket = await connection(running);
  socket.pause();
  const body = Buffer.alloc(size, " ");
  socket.write(head(path, chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${size}`));
  if (chunked) socket.write(`${size.toString(16)}\r\n`);
  await new Promise<void>((resolve) => socket.write(body, () => resolve()));
  if (chunked) socket.write("\r\n0\r\n\r\n");
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) text += chunk;
  return text;
}

const problem = (limit: string, id: unknown) => ({
  type: "about:blank",
  title: "Payload Too Large",
  status: 413,
  detail: `The request is too large: ${limit} are the most that is read here.`,
  code: "too_large",
  request_id: id,
});

describe("a body that is too large", () => {
  it("is refused with a problem, whether its length is told or not", async () => {
    const running = await Running.start();
    for (const size of [65 * kilobyte, 3 * megabyte]) {
      for (const chunked of [false, true]) {
        const answer = await tell(running, "/api/auth/sign-in/email", size, chunked);
        expect(answer).toMatch(/^HTTP\/1\.1 413 /);
        expect(answer.toLowerCase()).toContain("\r\nconnection: close\r\n");
        expect(answer).toContain("application/problem+json");
        const id = /x-request-id: (\S+)/i.exec(answer)?.[1];
        expect(JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1))).toEqual(
          problem("64 kB", id),
        );
        await until(() => running.linesOf(String(id)).length > 0);
        expect(running.linesOf(String(id))[0]).toMatchObject({ level: "INFO", "http.status": 413 });
      }
    }
  });

  it("is refused for a page, which is shown to those who send none or a small one", async () => {
    const running = await Running.start();
    const send = async (path: string, body: BodyInit) => {
      const answer = await running.fetch(path, { method: "POST", body, duplex: "half" } as RequestInit);
      return [answer.status, answer.headers.get("x-request-id"), await answer.text()] as const;
    };
    const large = Buffer.alloc(3 * megabyte, " ");
    for (const path of ["/sign-in", "/tasks", "//api/me/tasks"]) {
      for (const body of [large, new Blob([large]).stream()]) {
        const [status, id, text] = await send(path, body);
        expect([status, JSON.parse(text)]).toEqual([413, problem("1024 kB", id)]);
      }
    }
    const [status] = await send("/sign-in", new URLSearchParams({ email: "ann@example.org" }));
    expect(status).toBe(200);
  });

  it("is not read to its end where it would be read into memory", async () => {
    const running = await Running.start();
    for (const more of ["Content-Length: 400000000", "Transfer-Encoding: chunked"]) {
      const socket = await connection(running);
      socket.resume();
      socket.write(head("/api/auth/sign-in/email", more));
      const closed = once(socket, "close");
      const piece = Buffer.alloc(megabyte, " ");
      let sent = 0;
      while (!socket.destroyed && sent < 300) {
        if (more.startsWith("Transfer")) socket.write(`${piece.length.toString(16)}\r\n`);
        const taken = new Promise<void>((resolve) => void socket.write(piece, () => resolve()));
        await Promise.race([taken, closed]);
        if (more.startsWith("Transfer")) socket.write("\r\n");
        sent++;
      }
      expect(sent).toBeLessThan(100);
    }
    expect((await running.fetch("/api/health")).status).toBe(200);
  });
});

describe("a body that is not too large", () => {
  it("is read, whether its length is told or not", async () => {
    const running = await Running.start({ DATABASE_URL: await database() });
    const text = JSON.stringify({ email: "somebody", password: "x" }).padEnd(63 * kilobyte);
    for (const body of [text, new Blob([text]).stream()]) {
      const answer = await running.fetch("/api/auth/sign-in/email", {
        method: "POST",
        headers: { "content-type": "application/json", origin: "http://localhost:3000" },
        body,
        duplex: "half",
      } as RequestInit);
      expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("e-mail address")]);
    }
  });
});

describe("a body for the backend", () => {
  it("is taken from the client no faster than the backend takes it", async () => {
    let arrived = false;
    const url = await backend((request) => {
      arrived = true;
      request.pause();
    });
    const running = await Running.start({ BACKEND_URL: url });
    const socket = await connection(running);
    socket.write(head("/api/chatkit", `Content-Length: ${400 * megabyte}`));
    const piece = Buffer.alloc(megabyte, " ");
    let taken = 0;
    const write = () =>
      socket.write(piece, (error) => {
        if (error) return;
        taken++;
        write();
      });
    write();
    await until(() => arrived);
    // Until nothing has been taken for a while.
    for (let before = -1; before !== taken; ) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    expect(taken).toBeLessThan(64);
  });

  it("may be longer than what is read here, and its refusal comes back", async () => {
    const url = await backend(async (request, response) => {
      let length = 0;
      for await (const chunk of request) length += chunk.length;
      response.writeHead(413, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ length }));
    });
    const running = await Running.start({ BACKEND_URL: url });
    const body = Buffer.alloc(3 * megabyte, " ");
    const answer = await running.fetch("/api/me/tasks", { method: "POST", body });
    expect([answer.status, await answer.json()]).toEqual([413, { length: body.length }]);
  });
});
