import { existsSync } from "node:fs";

/** The only module that reads the environment. */

/** Where the application runs; `cargo xtask test --browser` starts one of its own and names it here. */
export const baseUrl = process.env.BASE_URL ?? "http://localhost:3000";

const debian = "/usr/bin/chromium";

/** The browser to use; undefined means the one that Playwright installs. */
export const chromium = process.env.PLAYWRIGHT_CHROMIUM ?? (existsSync(debian) ? debian : undefined);

export const isCi = Boolean(process.env.CI);

/** Chromium's sandbox refuses to run as root, as containers and builders do. */
export const isRoot = process.getuid?.() === 0;
