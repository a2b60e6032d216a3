/** `npm run start`: the server as it is deployed, on HOST (every interface) and PORT (3000). */
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const server = fileURLToPath(new URL("../.next/standalone/server.js", import.meta.url));
if (!existsSync(server)) {
  console.error("There is no build yet: run `npm run build` first.");
  process.exit(1);
}
// Containers set HOSTNAME to their own name, which Next would bind to.
process.env.HOSTNAME = process.env.HOST ?? "::";
process.env.PORT ??= "3000";
await import(pathToFileURL(server).href);
