/** What people paste to let each client at their tasks with a personal access token. */

export type Snippet = {
  client: string;
  steps: { about: string; text: string }[];
};

/** `origin` is where the browser sees this site: the MCP server answers at `/mcp` there. */
export function agentSnippets(origin: string, key: string): Snippet[] {
  const url = `${origin}/mcp`;
  const bearer = `Bearer ${key}`;
  const headers = { Authorization: bearer };
  return [
    {
      client: "Claude Code",
      steps: [
        {
          about: "In a terminal:",
          // The option takes every word that follows, so it comes last.
          text: `claude mcp add --transport http --scope user todo "${url}" --header "Authorization: ${bearer}"`,
        },
      ],
    },
    {
      client: "Codex",
      steps: [
        {
          about: "In ~/.codex/config.toml:",
          text: `[mcp_servers.todo]\nurl = "${url}"\nbearer_token_env_var = "${variable}"`,
        },
        {
          about:
            "In the file your shell reads when it starts, and in the terminal from which you start Codex now:",
          text: `export ${variable}="${key}"`,
        },
      ],
    },
    {
      client: "Cursor",
      steps: [
        {
          about: "In ~/.cursor/mcp.json:",
          text: json({ mcpServers: { todo: { url, headers } } }),
        },
      ],
    },
    {
      client: "VS Code",
      steps: [
        {
          about: "In the file that the command “MCP: Open User Configuration” opens:",
          text: json({ servers: { todo: { type: "http", url, headers } } }),
        },
      ],
    },
    {
      client: "Gemini CLI",
      steps: [
        {
          about: "In a terminal; Gemini CLI uses it in folders that you told it to trust:",
          text: `gemini mcp add --transport http --scope user todo "${url}" --header "Authorization: ${bearer}"`,
        },
      ],
    },
    {
      client: "kubectl-ai",
      steps: [
        {
          about: "In ~/.config/kubectl-ai/mcp.yaml:",
          text: `servers:
  - name: todo
    url: "${url}"
    auth:
      type: bearer
      token: "${key}"`,
        },
        { about: "Then:", text: "kubectl-ai --mcp-client" },
      ],
    },
    {
      client: "kagent",
      steps: [
        {
          about:
            "Saved as todo-mcp.yaml; where the cluster does not know this address, with the one it has for the MCP server:",
          text: `apiVersion: v1
kind: Secret
metadata:
  name: todo-key
  namespace: kagent
stringData:
  authorization: "${bearer}"
---
apiVersion: kagent.dev/v1alpha2
kind: RemoteMCPServer
metadata:
  name: todo
  namespace: kagent
spec:
  description: Todo list
  url: "${url}"
  protocol: STREAMABLE_HTTP
  timeout: 30s
  headersFrom:
    - name: Authorization
      valueFrom:
        type: Secret
        name: todo-key
        key: authorization`,
        },
        { about: "Then:", text: "kubectl apply -f todo-mcp.yaml" },
      ],
    },
    {
      client: "curl",
      steps: [
        {
          about: "In a terminal:",
          text: `curl -sS -H "Authorization: ${bearer}" "${origin}/api/me/tasks"`,
        },
      ],
    },
  ];
}

const variable = "TODO_KEY";

function json(value: object): string {
  return JSON.stringify(value, null, 2);
}
