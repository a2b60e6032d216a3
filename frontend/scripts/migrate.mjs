/** `npm run migrate`: creates or extends Better Auth's tables. Safe to run twice and by two at once. */
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";

const file = fileURLToPath(new URL("../.next/migrate.mjs", import.meta.url));
// The same file that Next.js reads for `npm run dev`.
const settings = fileURLToPath(new URL("../.env", import.meta.url));
if (existsSync(settings)) process.loadEnvFile?.(settings);

await bundle("src/migrate.ts", file);
await import(pathToFileURL(file).href);
