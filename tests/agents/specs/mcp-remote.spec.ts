import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { environment, mcpUrl, packages } from "../env";
import { answered, journey } from "../journey";
import { test } from "../person";
import { inHome } from "../run";

test("mcp-remote lets a client that knows standard input only do everything with a key", async ({ key }) => {
  await inHome(async (home) => {
    const client = new Client({ name: "agents", version: "1.0.0" });
    const remote = join(packages, "mcp-remote/dist/proxy.js");
    const header = `Authorization:Bearer ${key}`;
    await client.connect(
      new StdioClientTransport({
        command: "node",
        args: [remote, mcpUrl, "--allow-http", "--transport", "http-only", "--header", header],
        env: environment({ HOME: home, MCP_REMOTE_CONFIG_DIR: home }),
        stderr: "ignore",
      }),
    );
    await journey({
      tools: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, given) =>
        answered(name, (await client.callTool({ name, arguments: given })) as CallToolResult),
    });
    await client.close();
  });
});
