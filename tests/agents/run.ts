/** Programs of others, run to their end. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment } from "./env";

export type Ended = { code: number | null; out: string; err: string };
export type Options = { env?: Record<string, string>; cwd?: string; input?: string; limit?: number };

export async function run(program: string, args: string[], options: Options = {}): Promise<Ended> {
  const { env = {}, cwd, input, limit = 150_000 } = options;
  const child = spawn(program, args, { cwd, env: environment(env), stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const timer = setTimeout(() => child.kill("SIGKILL"), limit);
  const [out, err, code] = await Promise.all([text(child, "stdout"), text(child, "stderr"), ended(child)]);
  clearTimeout(timer);
  return { code, out, err };
}

/** `node` with a program of an npm package. */
export function runNode(script: string, args: string[], options?: Options): Promise<Ended> {
  return run("node", [script, ...args], options);
}

async function text(child: ChildProcess, stream: "stdout" | "stderr"): Promise<string> {
  let all = "";
  for await (const chunk of child[stream] ?? []) all += chunk;
  return all;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

/** A folder for a program to live in, which is gone afterwards. */
export async function inHome<T>(use: (home: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), "todo-agents-"));
  try {
    return await use(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
