/**
 * `npm run size`: the JavaScript that the HTML of a page asks a modern browser for, gzipped, read from the
 * build's manifests. What is loaded later, on demand, does not count.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const built = fileURLToPath(new URL("../.next", import.meta.url));
const require = createRequire(import.meta.url);
const pages = { "/tasks": "(app)/tasks", "/chat": "(app)/chat" };

const { rootMainFiles } = JSON.parse(readFileSync(`${built}/build-manifest.json`, "utf8"));

for (const [page, folder] of Object.entries(pages)) {
  const files = new Set([...rootMainFiles, ...filesOf(`${built}/server/app/${folder}`)]);
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(`${built}/${file}`)).length, 0);
  console.log(`${page}: ${(bytes / 1000).toFixed(1)} kB gzip in ${files.size} files`);
}

function filesOf(folder) {
  const manifest = readdirSync(folder, { recursive: true }).find((name) =>
    String(name).endsWith("page_client-reference-manifest.js"),
  );
  if (!manifest) throw new Error(`No built page in ${folder}.`);
  globalThis.__RSC_MANIFEST = {};
  require(`${folder}/${manifest}`);
  return Object.values(globalThis.__RSC_MANIFEST).flatMap(({ entryJSFiles }) =>
    Object.values(entryJSFiles).flat(),
  );
}
