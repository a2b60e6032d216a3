/** The MCP server under this server's address, where no Ingress leads to it. */

import { describe, expect, it } from "vitest";
import { ask, backend, freePort, Running } from "./running";

const metadata = "/.well-known/oauth-protected-resource";

describe("the MCP server's addresses", () => {
  it("lead to it, however they end, with the token and the origin, without the cookie", async () => {
    const asked: (string | undefined)[][] = [];
    const url = await backend((request, response) => {
      const { authorization, cookie, host, origin } = request.headers;
      asked.push([request.method, request.url, authorization, cookie, host, origin]);
      response.writeHead(401, {
        "content-type": "application/problem+json",
        "www-authenticate": 'Bearer resource_metadata="http://localhost:3000/x"',
        "access-control-allow-origin": "http://localhost:6274",
      });
      response.end("{}");
    });
    const running = await Running.start({ MCP_SERVER_URL: `${url}/mcp` });
    const headers = {
      host: "localhost:3000",
      authorization: "Bearer x",
      cookie: "a=b",
      origin: "http://localhost:6274",
    };
    for (const method of ["GET", "POST", "DELETE", "OPTIONS"])
      for (const [path, there = path] of [
        ["/mcp"],
        ["/mcp/", "/mcp"],
        ["/mcp/?a=b", "/mcp?a=b"],
        ["/mcp/.well-known/oauth-protected-resource"],
        [metadata],
        [`${metadata}/mcp`],
        [`${metadata}/mcp/`, `${metadata}/mcp`],
      ] as string[][]) {
        const answer = await ask(running, `${path}`, { method, headers });
        expect([path, answer.status, answer.headers["www-authenticate"]]).toEqual([
          path,
          401,
          'Bearer resource_metadata="http://localhost:3000/x"',
        ]);
        expect(answer.headers["access-control-allow-origin"]).toBe("http://localhost:6274");
        expect(asked.pop()).toEqual([
          method,
          there,
          "Bearer x",
          undefined,
          new URL(url).host,
          "http://localhost:6274",
        ]);
      }
    expect(asked).toEqual([]);
  });

  it("carry bodies of any length and answers as they come", async () => {
    let finish = () => {};
    const url = await backend(async (request, response) => {
      let length = 0;
      for await (const chunk of request) length += chunk.length;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${length}\n\n`);
      finish = () => response.end("data: done\n\n");
    });
    const running = await Running.start({ MCP_SERVER_URL: url });
    const body = Buffer.alloc(3 * 1024 * 1024, " ");
    for (const sent of [body, new Blob([body]).stream()]) {
      const answer = await running.fetch("/mcp", {
        method: "POST",
        body: sent,
        duplex: "half",
      } as RequestInit);
      expect(answer.headers.get("cache-control")).toBe("no-cache, no-transform");
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      expect((await reader?.read())?.value).toBe(`data: ${body.length}\n\n`);
      finish();
      expect((await reader?.read())?.value).toBe("data: done\n\n");
    }
  });

  it("answer with a problem while nothing is there, and never with a page", async () => {
    const away = await Running.start({ MCP_SERVER_URL: `http://127.0.0.1:${await freePort()}` });
    const closed = await Running.start();
    for (const [running, path, status, code] of [
      [away, "/mcp", 503, "mcp_unreachable"],
      [away, `${metadata}/mcp`, 503, "mcp_unreachable"],
      [closed, "/mcp", 404, "not_found"],
      [closed, "/mcp/", 404, "not_found"],
      [closed, "/mcp/sse", 404, "not_found"],
      [closed, metadata, 404, "not_found"],
      [closed, `${metadata}/mcp`, 404, "not_found"],
      [closed, "/.well-known/security.txt", 404, "not_found"],
      [closed, "/.well-known/nothing/mcp", 404, "not_found"],
      [closed, "/.well-known", 404, "not_found"],
      [closed, "/.well-known/", 404, "not_found"],
    ] as const) {
      for (const method of ["GET", "POST"]) {
        const headers = { accept: "text/html", cookie: "better-auth.session_token=x" };
        const answer = await running.fetch(path, { method, headers });
        expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
          path,
          status,
          "application/problem+json",
        ]);
        expect(await answer.json()).toMatchObject({ status, code });
      }
    }
  });
});
