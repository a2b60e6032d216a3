import { join } from "node:path";
import { expect } from "@playwright/test";
import { clients, mcpUrl, pythonOfLangChain, pythonOfSdk } from "../env";
import { test } from "../person";
import { run } from "../run";

for (const [name, python, variable, script] of [
  ["the Python SDK", pythonOfSdk, "MCP_PYTHON", "sdk.py"],
  ["LangChain", pythonOfLangChain, "LANGCHAIN_PYTHON", "langchain_tools.py"],
] as const) {
  if (!python) console.log(`skipped: ${name}, as ${variable} names no Python that has its packages`);
  (python ? test : test.skip)(`${name} does everything with a key`, async ({ key }) => {
    const env = { TODO_MCP: mcpUrl, TODO_KEY: key };
    const { code, out, err } = await run(`${python}`, [join(clients, script)], { env });
    expect(code, err).toBe(0);
    expect(out).toContain("all done");
  });
}
