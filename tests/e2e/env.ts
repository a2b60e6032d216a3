import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

/** The only module that reads the environment. */

/** Where the application runs; `cargo xtask test --browser` starts one of its own and names it here. */
export const baseUrl = process.env.BASE_URL ?? "http://localhost:3000";

/**
 * The same application with OpenAI's chat configured; `cargo xtask test --browser` starts it beside the other. Its name
 * is the same, so whoever is signed in here is signed in there.
 */
export const widgetUrl = process.env.WIDGET_URL;

/** What Chromium takes for an answer of the name server, such as `MAP todo.local 192.168.49.2`. */
export const hostRules = process.env.HOST_RULES;

/**
 * The key of the one certificate that the browser accepts though no authority it knows has signed it, as Chromium wants
 * it. Any other certificate is refused, as it is for everybody.
 */
export const trustedKey = process.env.TRUSTED_CERTIFICATE
  ? fingerprint(process.env.TRUSTED_CERTIFICATE)
  : undefined;

function fingerprint(file: string): string {
  const key = new X509Certificate(readFileSync(file)).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}

/** Who opens the tab that stays open, and the title of the task that they wait for. */
export function openTab(): { email: string; password: string; title: string } {
  const { TAB_EMAIL: email, TAB_PASSWORD: password, TAB_TITLE: title } = process.env;
  if (!email || !password || !title) throw new Error("TAB_EMAIL, TAB_PASSWORD and TAB_TITLE are needed");
  return { email, password, title };
}

const debian = "/usr/bin/chromium";

/** The browser to use; undefined means the one that Playwright installs. */
export const chromium = process.env.PLAYWRIGHT_CHROMIUM ?? (existsSync(debian) ? debian : undefined);

export const isCi = Boolean(process.env.CI);

/** Chromium's sandbox refuses to run as root, as containers and builders do. */
export const isRoot = process.getuid?.() === 0;
