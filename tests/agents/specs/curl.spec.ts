import { expect } from "@playwright/test";
import { mcpUrl, origin } from "../env";
import { answered, journey } from "../journey";
import { test } from "../person";
import { run } from "../run";

test("curl does everything with a key, and asks the HTTP interface with it", async ({ key }) => {
  const curl = async (...args: string[]) => {
    const { code, out, err } = await run("curl", ["-sS", "-H", `Authorization: Bearer ${key}`, ...args]);
    expect(code, err).toBe(0);
    return JSON.parse(out);
  };
  const ask = async (method: string, params = {}) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    return (await curl("-H", "Content-Type: application/json", "-d", body, mcpUrl)).result;
  };
  await journey({
    tools: async () => (await ask("tools/list")).tools.map(({ name }: { name: string }) => name),
    call: async (name, given) => answered(name, await ask("tools/call", { name, arguments: given })),
  });
  expect(await curl(`${origin}/api/me/tasks`)).toHaveLength(1);
});
