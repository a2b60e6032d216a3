import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseAllDocuments, parse as parseYaml } from "yaml";
import { agentSnippets } from "./agent-snippets";
import { personalToken } from "./personal-token";

const key = personalToken();
const authorization = `Bearer ${key}`;

/** What a shell hands to the program: the text must not mean anything else to it. */
function words(text: string): string[] {
  const script = `printf '%s\\0'${text.slice(text.indexOf(" "))}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

/** The few forms of TOML that are used: a table and texts. */
function parseToml(text: string): Record<string, Record<string, string>> {
  const tables: Record<string, Record<string, string>> = {};
  let table: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const name = /^\[([\w.]+)\]$/.exec(line)?.[1];
    const [, field, value] = /^(\w+) = (".*")$/.exec(line) ?? [];
    if (name) {
      table = {};
      tables[name] = table;
    } else if (field && value) table[field] = JSON.parse(value);
    else throw new Error(`not read: ${line}`);
  }
  return tables;
}

describe.each(["https://todo.local", "http://192.168.49.2:30080", "http://[::1]:3000"])("at %s", (origin) => {
  const url = `${origin}/mcp`;
  const snippets = agentSnippets(origin, key);
  const texts = (client: string) =>
    snippets.find((snippet) => snippet.client === client)?.steps.map(({ text }) => text) ?? [];
  const text = (client: string, step = 0) => texts(client)[step] ?? "";

  it("each client has something to paste, of which each piece has the address or belongs to one that has", () => {
    expect(snippets.map(({ client }) => client)).toEqual([
      "Claude Code",
      "Codex",
      "Cursor",
      "VS Code",
      "Gemini CLI",
      "kubectl-ai",
      "kagent",
      "curl",
    ]);
    for (const { client } of snippets) {
      expect(texts(client).join("\n")).toContain(origin);
      expect(texts(client).join("\n").split(key)).toHaveLength(2);
      expect(texts(client).join("\n")).not.toContain(`?`);
    }
  });

  it.each(["Claude Code", "Gemini CLI"])("%s takes its words", (client) => {
    const header = `Authorization: ${authorization}`;
    const expected = [
      "mcp",
      "add",
      "--transport",
      "http",
      "--scope",
      "user",
      "todo",
      url,
      "--header",
      header,
    ];
    expect(words(text(client))).toEqual(expected);
  });

  it("Codex reads its file and the variable that it names", () => {
    const { "mcp_servers.todo": server } = parseToml(text("Codex"));
    expect(server).toEqual({ url, bearer_token_env_var: "TODO_KEY" });
    const script = `${text("Codex", 1)}\nprintf %s "$${server?.bearer_token_env_var}"`;
    expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(key);
  });

  it("Cursor and VS Code read their files", () => {
    const headers = { Authorization: authorization };
    expect(JSON.parse(text("Cursor"))).toEqual({ mcpServers: { todo: { url, headers } } });
    expect(JSON.parse(text("VS Code"))).toEqual({ servers: { todo: { type: "http", url, headers } } });
  });

  it("kubectl-ai reads its file", () => {
    const servers = [{ name: "todo", url, auth: { type: "bearer", token: key } }];
    expect(parseYaml(text("kubectl-ai"))).toEqual({ servers });
    expect(words(text("kubectl-ai", 1))).toEqual(["--mcp-client"]);
  });

  it("kagent’s server reads the header from the Secret beside it", () => {
    const documents = parseAllDocuments(text("kagent")).map((document) => document.toJS());
    const [secret, server] = documents;
    expect(documents).toHaveLength(2);
    expect(secret).toMatchObject({ apiVersion: "v1", kind: "Secret", stringData: { authorization } });
    expect(server).toMatchObject({ apiVersion: "kagent.dev/v1alpha2", kind: "RemoteMCPServer" });
    expect(server.metadata.namespace).toBe(secret.metadata.namespace);
    expect(server.spec).toMatchObject({ url, protocol: "STREAMABLE_HTTP", description: expect.any(String) });
    expect(server.spec.headersFrom).toEqual([
      {
        name: "Authorization",
        valueFrom: { type: "Secret", name: secret.metadata.name, key: Object.keys(secret.stringData)[0] },
      },
    ]);
  });

  it("curl asks for the tasks", () => {
    const asked = ["-sS", "-H", `Authorization: ${authorization}`, `${origin}/api/me/tasks`];
    expect(words(text("curl"))).toEqual(asked);
  });
});
