/** `npm run start`: the server as it is deployed, at HOST and PORT. */
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const server = fileURLToPath(new URL("../.next/standalone/server.js", import.meta.url));
if (!existsSync(server)) {
  console.error("There is no build yet: run `npm run build` first.");
  process.exit(1);
}
await import(pathToFileURL(server).href);
