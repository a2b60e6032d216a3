/**
 * Completes Next's standalone output: the static files, which Next leaves to a CDN, our own server in place of Next's,
 * and the migration.
 */
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const built = fileURLToPath(new URL("../.next", import.meta.url));

await cp(`${built}/static`, `${built}/standalone/.next/static`, { recursive: true });
await bundle("src/server/main.ts", `${built}/standalone/server.js`);
await bundle("src/migrate.ts", `${built}/standalone/migrate.mjs`);
