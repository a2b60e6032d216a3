/** Clients that sign in by OAuth, each in its own way; the person allows it on the page that their browser shows. */

import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stream } from "node:stream";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as OlderTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { OAuthClientInformation, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { expect, type Page } from "@playwright/test";
import { assistants, environment, mcpUrl, packages } from "../env";
import { answered, journey } from "../journey";
import { test } from "../person";
import { inHome, runNode } from "../run";

/** Says yes on the page to which a client sends its person. */
async function allow(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole("button", { name: "Allow" }).click();
}

/** What a client of the SDKs keeps; nothing listens where it is sent back to. */
class Kept implements OAuthClientProvider {
  readonly redirectUrl = "http://127.0.0.1:33418/callback";
  readonly clientMetadata = { client_name: "agents", redirect_uris: [this.redirectUrl] };
  url = "";
  #client: OAuthClientInformation | undefined;
  #tokens: OAuthTokens | undefined;
  #verifier = "";

  clientInformation = () => this.#client;
  saveClientInformation = (client: OAuthClientInformation) => {
    this.#client = client;
  };
  tokens = () => this.#tokens;
  saveTokens = (tokens: OAuthTokens) => {
    this.#tokens = tokens;
  };
  codeVerifier = () => this.#verifier;
  saveCodeVerifier = (verifier: string) => {
    this.#verifier = verifier;
  };
  redirectToAuthorization = (url: URL) => {
    this.url = url.href;
  };

  /** What the browser is sent back with. */
  async callback(page: Page): Promise<URLSearchParams> {
    const back = page.waitForRequest((request) => request.url().startsWith(this.redirectUrl));
    await page.route(`${this.redirectUrl}*`, (route) => route.fulfill({ body: "done" }));
    await allow(page, this.url);
    return new URL((await back).url()).searchParams;
  }
}

const me = { name: "agents", version: "1.0.0" };

test("the TypeScript SDK 2 signs in, and is out within half a minute of being disconnected", async ({
  page,
  person,
}) => {
  const authProvider = new Kept();
  const transport = () => new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider });
  const first = transport();
  await expect(new Client(me).connect(first)).rejects.toThrow();
  await first.finishAuth(await authProvider.callback(page));
  const client = new Client(me, { versionNegotiation: { mode: "auto" } });
  await client.connect(transport());
  await journey({
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given) => answered(name, await client.callTool({ name, arguments: given })),
  });
  await person.disconnect("agents");
  await expect
    .poll(
      () =>
        client.listTools({}, { cacheMode: "bypass" }).then(
          () => "in",
          () => "out",
        ),
      {
        timeout: 35_000,
        intervals: [1_000],
      },
    )
    .toBe("out");
});

test("the TypeScript SDK 1 signs in", async ({ page, person: _ }) => {
  const authProvider = new Kept();
  const transport = () => new OlderTransport(new URL(mcpUrl), { authProvider });
  const first = transport();
  await expect(new OlderClient(me).connect(first)).rejects.toThrow("Unauthorized");
  await first.finishAuth(`${(await authProvider.callback(page)).get("code")}`);
  const client = new OlderClient(me);
  await client.connect(transport());
  await journey({
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given) =>
      answered(name, (await client.callTool({ name, arguments: given })) as CallToolResult),
  });
  await client.close();
});

/** The address that a program prints for its person to open. */
function printed(...streams: (Stream | null)[]): Promise<string> {
  let all = "";
  return new Promise((resolve) => {
    for (const stream of streams)
      stream?.on("data", (chunk) => {
        all += chunk;
        const [url] = /https?:\/\/[!-~]+\/oauth2\/authorize\?[!-~]+(?=[^!-~])/.exec(all) ?? [];
        if (url) resolve(url);
      });
  });
}

/** Runs a command that signs in, until it has ended. */
async function signIn(page: Page, [program = "", ...args]: string[], home: string): Promise<void> {
  const child = spawn(program, args, { cwd: home, env: environment({ HOME: home, BROWSER: "true" }) });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  try {
    await allow(page, await printed(child.stdout, child.stderr));
    expect(await ended).toBe(0);
  } finally {
    child.kill("SIGKILL");
  }
}

test("mcp-remote signs in, and asks no second time", async ({ page, person: _ }) => {
  await inHome(async (home) => {
    const remote = join(packages, "mcp-remote/dist/proxy.js");
    const env = environment({ HOME: home, MCP_REMOTE_CONFIG_DIR: home, BROWSER: "true" });
    const args = [remote, mcpUrl, "--allow-http", "--transport", "http-only"];
    for (const time of ["first", "second"]) {
      const transport = new StdioClientTransport({ command: "node", args, env, stderr: "pipe" });
      const client = new OlderClient(me);
      const connected = client.connect(transport, { timeout: 60_000 });
      if (time === "first") await allow(page, await printed(transport.stderr));
      await connected;
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain("add_task");
      await client.close();
    }
  });
});

if (!assistants)
  console.log("skipped: signing in Claude Code and Codex, as ASSISTANTS names no folder of them");

test("Codex signs in", async ({ page, person }) => {
  test.skip(!assistants);
  await inHome(async (home) => {
    const codex = join(`${assistants}`, "@openai/codex/bin/codex.js");
    await mkdir(join(home, ".codex"));
    await writeFile(join(home, ".codex/config.toml"), `[mcp_servers.todo]\nurl = "${mcpUrl}"\n`);
    await signIn(page, ["node", codex, "mcp", "login", "todo"], home);
    const { out } = await runNode(codex, ["mcp", "list"], { env: { HOME: home }, cwd: home });
    expect(out).toMatch(/todo.*OAuth/);
    expect(await person.apps()).toContainEqual(expect.stringContaining("Codex"));
  });
});

test("Claude Code signs in", async ({ page, person }) => {
  test.skip(!assistants || process.platform !== "linux", "no program to make a terminal with");
  await inHome(async (home) => {
    const claude = join(`${assistants}`, "@anthropic-ai/claude-code/cli-wrapper.cjs");
    const options = { env: { HOME: home }, cwd: home };
    await runNode(claude, ["mcp", "add", "--transport", "http", "--scope", "user", "todo", mcpUrl], options);
    // It signs in at a terminal only.
    await signIn(page, ["script", "-qec", `node ${claude} mcp login todo`, "/dev/null"], home);
    const { out } = await runNode(claude, ["mcp", "list"], options);
    expect(out).toMatch(/todo.*Connected/);
    expect(await person.apps()).toContainEqual(expect.stringContaining("Claude Code"));
  });
});
