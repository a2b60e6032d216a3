import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { within } from "../request-context";
import { closeStreams } from "../shutdown";
import { backend, mcpServer, pipe, requestHeaders, responseHeaders } from "./pipe";

let server: Server | undefined;

async function upstream(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  server = createServer(handle);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

const context = (id: string) => ({ id, origin: "http://front.test", address: "127.0.0.1" });

describe("requestHeaders", () => {
  it("drops what belongs to one connection, and the cookie", () => {
    const headers = requestHeaders(
      new Headers({
        authorization: "Bearer x",
        connection: "keep-alive, x-hop",
        cookie: "session=secret",
        host: "todo.local",
        "transfer-encoding": "chunked",
        "x-hop": "1",
        "x-request-id": "abc",
      }),
    );
    expect(Object.fromEntries(headers)).toEqual({
      "accept-encoding": "identity",
      authorization: "Bearer x",
      "x-request-id": "abc",
    });
  });
});

describe("responseHeaders", () => {
  it("keeps proxies and compression away from event streams", () => {
    const headers = responseHeaders(
      new Headers({ "content-type": "text/event-stream", "cache-control": "no-cache" }),
    );
    expect(headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(headers.get("x-accel-buffering")).toBe("no");
  });

  it("leaves other responses as they are, but for being kept", () => {
    const headers = responseHeaders(
      new Headers({ "content-type": "application/json", "content-encoding": "gzip", "x-total-count": "3" }),
    );
    expect(Object.fromEntries(headers)).toEqual({
      "cache-control": "no-store",
      "content-type": "application/json",
      "x-total-count": "3",
    });
  });
});

describe("pipe", () => {
  it("passes method, path, query and body on, and status and headers back", async () => {
    const url = await upstream(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.writeHead(201, { location: "/api/me/tasks/7", "x-request-id": "abc" });
      response.end(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
    });
    const response = await pipe(
      new Request("http://front.test/api/me/tasks?status=all", { method: "POST", body: "milk" }),
      backend(url),
    );
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/api/me/tasks/7");
    expect(response.headers.get("x-request-id")).toBe("abc");
    expect(await response.text()).toBe("POST /api/me/tasks?status=all milk");
  });

  it("hands on each event when it is sent", async () => {
    let finish = () => {};
    const url = await upstream((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: first\n\n");
      finish = () => response.end();
    });
    const response = await pipe(new Request("http://front.test/api/me/events"), backend(url));
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toBe("data: first\n\n");
    finish();
    expect((await reader?.read())?.done).toBe(true);
  });

  it("ends the backend's work when the client leaves", async () => {
    let gone: () => void = () => {};
    const left = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const url = await upstream((_, response) => {
      response.on("close", () => gone());
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": hi\n\n");
    });
    const client = new AbortController();
    const response = await pipe(
      new Request("http://front.test/api/chatkit", { signal: client.signal }),
      backend(url),
    );
    const reading = response.text().catch(() => "cut");
    client.abort();
    await left;
    expect(await reading).toBe("cut");
  });

  it("lets nothing be kept that the backend says nothing of, and leads to the interface alone", async () => {
    const asked: string[] = [];
    const url = await upstream((request, response) => {
      asked.push(String(request.url));
      if (request.url === "/api/kept") response.setHeader("cache-control", "max-age=60");
      response.end("[]");
    });
    const read = async (path: string) => pipe(new Request(`http://front.test${path}`), backend(url));
    expect((await read("/api/me/tasks")).headers.get("cache-control")).toBe("no-store");
    expect((await read("/api/me/usage")).headers.get("cache-control")).toBe("no-store");
    expect((await read("/api/kept")).headers.get("cache-control")).toBe("max-age=60");
    for (const path of ["/api/%2e%2e/metrics", "/api/../ready", "/api/x/.%2E/%2E./docs"])
      expect([path, (await read(path)).status]).toEqual([path, 404]);
    expect(asked).toEqual(["/api/me/tasks", "/api/me/usage", "/api/kept"]);
  });

  it("hands on to the MCP server what is its, and tells the name in its address", async () => {
    const asked: string[] = [];
    const url = await upstream((request, response) => {
      asked.push(`${request.headers.host} ${request.url}`);
      response.end("{}");
    });
    const read = async (path: string) => {
      const headers = { host: "todo.example", "x-forwarded-host": "todo.example" };
      return (await pipe(new Request(`http://front.test${path}`, { headers }), mcpServer(url))).status;
    };
    const { host } = new URL(url);
    const metadata = "/.well-known/oauth-protected-resource";
    for (const path of ["/mcp", "/mcp/", "/mcp?x=1", metadata, `${metadata}/mcp`])
      expect([path, await read(path), asked.pop()]).toEqual([path, 200, `${host} ${path}`]);
    for (const path of ["/mcp/%2e%2e/ready", "/mcp/../health", "/mcpx", "/.well-known/other", `${metadata}s`])
      expect([path, await read(path), asked.pop()]).toEqual([path, 404, undefined]);
  });

  it("answers with a problem when nothing listens", async () => {
    const url = await upstream(() => {});
    server?.close();
    const response = await within(context("abc"), () =>
      pipe(new Request("http://front.test/api/me/tasks"), backend(url)),
    );
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await response.json()).toMatchObject({
      status: 503,
      code: "backend_unreachable",
      request_id: "abc",
    });
  });

  it("answers with another problem when the backend breaks off", async () => {
    const url = await upstream((request) => request.socket.destroy());
    const response = await pipe(new Request("http://front.test/api/me/tasks"), backend(url));
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: "backend_failed" });
    const tools = await pipe(new Request("http://front.test/mcp"), mcpServer(url));
    expect(await tools.json()).toMatchObject({
      code: "mcp_failed",
      detail: "The MCP server broke off its answer. Please try again.",
    });
  });

  it("asks again, once, when a replica goes away while it reads", async () => {
    let asked = 0;
    const url = await upstream((request, response) => {
      asked += 1;
      if (asked === 1) request.socket.destroy();
      else response.end("milk");
    });
    const read = await pipe(new Request("http://front.test/api/me/tasks"), backend(url));
    expect(await read.text()).toBe("milk");
    asked = 0;
    const write = await pipe(new Request("http://front.test/api/me/tasks", { method: "POST" }), backend(url));
    expect(write.status).toBe(502);
    expect(asked).toBe(1);
  });

  it("tells the backend the id of the request that it answers", async () => {
    const url = await upstream((request, response) => {
      response.writeHead(200, { "x-request-id": String(request.headers["x-request-id"]) });
      response.end(request.headers["x-request-id"]);
    });
    const answered = within(context("r-1"), () =>
      pipe(new Request("http://front.test/api/me/tasks"), backend(url)),
    );
    const response = await answered;
    expect(await response.text()).toBe("r-1");
    // The server around it sets this one.
    expect(response.headers.has("x-request-id")).toBe(false);
  });

  it("ends live events when no more requests are accepted", async () => {
    const url = await upstream((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": hi\n\n");
    });
    const events = await pipe(new Request("http://front.test/api/me/events"), backend(url));
    const reader = events.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    closeStreams();
    expect((await reader?.read())?.done).toBe(true);

    const late = await pipe(new Request("http://front.test/api/me/events"), backend(url));
    expect(await late.text()).toBe("");
  });
});
