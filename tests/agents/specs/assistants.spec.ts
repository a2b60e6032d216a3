/** The assistants themselves, as their makers ship them, with a model that follows a script. */

import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { assistants, mcpUrl } from "../env";
import { test } from "../person";
import { type Ended, inHome, runNode } from "../run";
import { ScriptedModel } from "../scripted-model";

if (!assistants)
  console.log("skipped: Claude Code, Codex and Gemini CLI, as ASSISTANTS names no folder of them");
test.skip(!assistants);
const program = (path: string) => join(`${assistants}`, path);

type Place = { home: string; model: string; key: string };

/** Adds a task, completes it, looks, and takes the completion back; then the model has heard what the tools answered. */
async function does(key: string, start: (place: Place) => Promise<Ended>): Promise<void> {
  const title = `Buy milk ${randomUUID()}`;
  using model = await ScriptedModel.start([
    { tool: "add_task", given: { title } },
    { tool: "complete_task", given: { task_id: "{id}" } },
    { tool: "list_tasks", given: { status: "completed" } },
    { tool: "undo", given: {} },
    { tool: "list_tasks", given: { status: "pending" } },
  ]);
  const { code, out, err } = await inHome((home) => start({ home, model: model.url, key }));
  const said = `${out}\n${err}`;
  expect(code, said).toBe(0);
  expect(model.isDone, said).toBe(true);
  expect(out).toContain("All done.");
  // In the call, and in what it, completing, both lists and undoing answered.
  expect(model.heard.split(title).length - 1, model.heard.slice(-3_000)).toBeGreaterThan(4);
}

test("Claude Code does everything with a key", async ({ key }) => {
  await does(key, async ({ home, model }) => {
    const env = {
      HOME: home,
      ANTHROPIC_BASE_URL: model,
      ANTHROPIC_API_KEY: "none",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      // Else a model has to look for the tools before it sees them.
      ENABLE_TOOL_SEARCH: "false",
    };
    const claude = (...args: string[]) =>
      runNode(program("@anthropic-ai/claude-code/cli-wrapper.cjs"), args, { env, cwd: home });
    const header = `Authorization: Bearer ${key}`;
    const added = await claude(
      ...["mcp", "add", "--transport", "http", "--scope", "user", "todo", mcpUrl, "--header", header],
    );
    expect(added.code, added.err).toBe(0);
    return claude("--print", "--allowedTools", "mcp__todo", "--", "Do what has to be done.");
  });
});

test("Codex does everything with a key", async ({ key }) => {
  await does(key, async ({ home, model }) => {
    const config = `
model = "scripted"
model_provider = "scripted"
check_for_update_on_startup = false

[model_providers.scripted]
name = "Scripted"
base_url = "${model}/v1"
wire_api = "responses"

[mcp_servers.todo]
url = "${mcpUrl}"
bearer_token_env_var = "TODO_KEY"
`;
    await mkdir(join(home, ".codex"));
    await writeFile(join(home, ".codex/config.toml"), config);
    const args = ["exec", "--skip-git-repo-check", "Do what has to be done."];
    return runNode(program("@openai/codex/bin/codex.js"), args, {
      env: { HOME: home, TODO_KEY: key },
      cwd: home,
    });
  });
});

test("Gemini CLI does everything with a key", async ({ key }) => {
  await does(key, async ({ home, model }) => {
    const env = {
      HOME: home,
      GEMINI_API_KEY: "none",
      GOOGLE_GEMINI_BASE_URL: model,
      GEMINI_CLI_TRUST_WORKSPACE: "true",
    };
    const gemini = (...args: string[]) =>
      runNode(program("@google/gemini-cli/bundle/gemini.js"), args, { env, cwd: home });
    const header = `Authorization: Bearer ${key}`;
    const added = await gemini(
      ...[
        "mcp",
        "add",
        "--transport",
        "http",
        "--scope",
        "user",
        "--trust",
        "todo",
        mcpUrl,
        "--header",
        header,
      ],
    );
    expect(added.code, added.err).toBe(0);
    const settings = join(home, ".gemini/settings.json");
    const kept = JSON.parse(await readFile(settings, "utf8"));
    const security = { auth: { selectedType: "gemini-api-key" } };
    await writeFile(settings, JSON.stringify({ ...kept, security }));
    return gemini("--model", "gemini-2.5-flash", "--prompt", "Do what has to be done.");
  });
});
