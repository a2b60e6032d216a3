/**
 * Puts the migration with everything it needs into one file, so that it runs with plain Node beside the
 * standalone server, whose node_modules hold only what the server itself touches.
 */
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));

export async function bundleMigrate(file) {
  await build({
    cwd: root,
    input: "src/migrate.ts",
    platform: "node",
    // Optional native parts of pg that are never installed here.
    external: ["pg-native", "pg-cloudflare"],
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
