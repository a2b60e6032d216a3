/** Completes Next's standalone output: the static files, which Next leaves to a CDN, and the migration. */
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleMigrate } from "./bundle-migrate.mjs";

const built = fileURLToPath(new URL("../.next", import.meta.url));

await cp(`${built}/static`, `${built}/standalone/.next/static`, { recursive: true });
await bundleMigrate(`${built}/standalone/migrate.mjs`);
