import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OlderTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { expect } from "@playwright/test";
import { mcpUrl } from "../env";
import { answered, journey } from "../journey";
import { test } from "../person";

const me = { name: "agents", version: "1.0.0" };
const bearing = (key: string) => ({ requestInit: { headers: { authorization: `Bearer ${key}` } } });

async function newer(key: string) {
  const client = new Client(me, { versionNegotiation: { mode: "auto" } });
  await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl), bearing(key)));
  return client;
}

test("the TypeScript SDK 2 does everything with a key", async ({ key }) => {
  const client = await newer(key);
  await journey({
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given) => answered(name, await client.callTool({ name, arguments: given })),
  });
  await client.close();
});

test("the TypeScript SDK 1 does everything with a key", async ({ key }) => {
  const client = new OlderClient(me);
  await client.connect(new OlderTransport(new URL(mcpUrl), bearing(key)));
  await journey({
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given) =>
      answered(name, (await client.callTool({ name, arguments: given })) as CallToolResult),
  });
  await client.close();
});

test("a key that may only read sees and calls nothing that writes", async ({ person }) => {
  const client = await newer((await person.key(["tasks:read"])).key);
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toContain("list_tasks");
  expect(names).not.toContain("add_task");
  await expect(client.callTool({ name: "add_task", arguments: { title: "x" } })).rejects.toThrow();
  await client.close();
});

test("a key that was taken back ends within half a minute", async ({ person }) => {
  const made = await person.key();
  const client = await newer(made.key);
  await client.callTool({ name: "list_tasks", arguments: {} });
  await person.revoke(made);
  await expect
    .poll(
      () =>
        client.callTool({ name: "list_tasks", arguments: {} }).then(
          () => "works",
          () => "refused",
        ),
      {
        timeout: 35_000,
        intervals: [1_000],
      },
    )
    .toBe("refused");
});
