import { once } from "node:events";
import { Agent, request as httpRequest, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { backend, Running, until } from "./running";

/** Whether a new connection is refused. */
async function refuses(running: Running): Promise<boolean> {
  const socket = connect(running.port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => resolve(true));
  });
}

describe("the end of the process", () => {
  it("takes readiness off first and goes on serving, on connections that are not kept", async () => {
    const running = await Running.start({ DRAIN_DELAY: "2" });
    const before = await running.fetch("/api/health");
    expect(before.status).toBe(200);
    expect(before.headers.get("connection")).toBe("keep-alive");

    running.tellToEnd();
    await until(async () => (await running.fetch("/api/health")).status === 503);
    const page = await running.fetch("/");
    expect(page.status).toBe(200);
    expect(page.headers.get("connection")).toBe("close");
    expect(await running.exit).toBe(0);
  });

  it("fails no request of a proxy that keeps its connections", async () => {
    const running = await Running.start({ DRAIN_DELAY: "1" });
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    let answered = 0;
    // Each asks on, on the connection it has, until it is told to let go of it; readiness is off by then, so no other is
    // opened to this process.
    const load = async () => {
      for (;;) {
        const request = httpRequest({ port: running.port, host: "127.0.0.1", path: "/sign-in", agent }).end();
        const [response] = await once(request, "response");
        await once(response.resume(), "end");
        answered += 1;
        if (response.headers.connection === "close") return response.statusCode;
      }
    };
    const loads = [load(), load(), load(), load()];
    await until(() => answered > 20);
    running.tellToEnd();
    expect(await Promise.all(loads)).toEqual([200, 200, 200, 200]);
    expect(await running.exit).toBe(0);
    agent.destroy();
  });

  it("lets an answer that is under way come to its end, and ends live events", async () => {
    const chat: ServerResponse[] = [];
    const url = await backend((request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: first\n\n");
      if (request.method === "POST") chat.push(response);
    });
    const running = await Running.start({ BACKEND_URL: url });
    const events = await running.fetch("/api/me/events");
    const answer = await running.fetch("/api/chatkit", { method: "POST", body: "{}" });
    expect(answer.status).toBe(200);

    running.tellToEnd();
    expect(await events.text()).toBe("data: first\n\n");
    await until(() => refuses(running));
    expect(running.process.exitCode).toBe(null);
    for (const response of chat) response.end("data: last\n\n");
    expect(await answer.text()).toBe("data: first\n\ndata: last\n\n");
    expect(await running.exit).toBe(0);
  });

  it("does not wait for connections that nobody uses", async () => {
    const running = await Running.start();
    const socket = connect(running.port, "127.0.0.1");
    socket.write("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket, "data");
    running.tellToEnd();
    socket.resume();
    await once(socket, "end");
    expect(await running.exit).toBe(0);
  });

  it("ends at once when told twice", async () => {
    const running = await Running.start({ DRAIN_DELAY: "3600" });
    running.tellToEnd();
    await until(async () => (await running.fetch("/api/health")).status === 503);
    running.tellToEnd();
    expect(await running.exit).toBe(0);
  });
});
