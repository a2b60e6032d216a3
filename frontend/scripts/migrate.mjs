/** `npm run migrate`: creates or extends Better Auth's tables. Safe to run twice and by two at once. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundleMigrate } from "./bundle-migrate.mjs";

const file = fileURLToPath(new URL("../.next/migrate.mjs", import.meta.url));
await bundleMigrate(file);
await import(pathToFileURL(file).href);
