import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "@playwright/test";
import { mcpUrl, packages } from "../env";
import { test } from "../person";
import { inHome, runNode } from "../run";

const suite = join(packages, "@modelcontextprotocol/conformance/dist/index.js");
const expected = fileURLToPath(new URL("../conformance.yaml", import.meta.url));

/** The suite has no place for a key, so somebody between has to add it. */
async function bearing(key: string) {
  const { hostname, port, pathname } = new URL(mcpUrl);
  const server = createServer((incoming, answer) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${key}` };
    const options = { hostname, port, path: pathname, method: incoming.method, headers };
    const outgoing = request(options, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on("error", () => answer.destroy());
    incoming.pipe(outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://localhost:${(server.address() as AddressInfo).port}/mcp`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, [Symbol.dispose]: close };
}

test("the conformance suite finds no fault but those that are expected", async ({ key }) => {
  using server = await bearing(key);
  await inHome(async (home) => {
    const args = ["server", "--url", server.url, "--expected-failures", expected, "--output-dir", home];
    const { code, out, err } = await runNode(suite, args, { env: { HOME: home }, cwd: home });
    expect(code, err + out).toBe(0);
  });
});
