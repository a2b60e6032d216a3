/**
 * Puts a program that runs with plain Node, beside or around the standalone server, into one file: that folder's
 * node_modules hold only what Next.js itself loads.
 */
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));

export async function bundle(input, file) {
  await build({
    cwd: root,
    input,
    platform: "node",
    // Next.js stays where it is; pg's optional native parts are never installed here.
    external: ["next", "pg-native", "pg-cloudflare"],
    output: {
      file,
      format: "esm",
      codeSplitting: false,
      banner:
        'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    logLevel: "warn",
  });
}
