import { join } from "node:path";
import { mcpUrl, packages } from "../env";
import { answered, journey } from "../journey";
import { test } from "../person";
import { inHome, runNode } from "../run";

const inspector = join(packages, "@modelcontextprotocol/inspector/clients/launcher/build/index.js");

for (const era of ["legacy", "modern"])
  test(`the MCP Inspector does everything with a key, in the ${era} protocol`, async ({ key }) => {
    await inHome(async (home) => {
      const ask = async (...args: string[]) => {
        const options = ["--cli", mcpUrl, "--transport", "http", "--header", `Authorization: Bearer ${key}`];
        const { code, out, err } = await runNode(inspector, [...options, ...args, "--protocol-era", era], {
          env: { HOME: home },
        });
        if (code !== 0) throw new Error(`the Inspector ended with ${code}: ${err}${out}`);
        return JSON.parse(out);
      };
      await journey({
        tools: async () =>
          (await ask("--method", "tools/list")).tools.map(({ name }: { name: string }) => name),
        call: async (name, given) => {
          const pairs = Object.entries(given).flatMap(([key, value]) => ["--tool-arg", `${key}=${value}`]);
          return answered(name, await ask("--method", "tools/call", "--tool-name", name, ...pairs));
        },
      });
    });
  });
