import { defineConfig } from "@playwright/test";
import { chromium, isCi, isRoot, origin } from "./env";

export default defineConfig({
  testDir: "specs",
  fullyParallel: true,
  workers: 2,
  forbidOnly: isCi,
  retries: isCi ? 1 : 0,
  timeout: 180_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    baseURL: origin,
    locale: "en-GB",
    actionTimeout: 15_000,
    launchOptions: {
      ...(chromium ? { executablePath: chromium } : {}),
      args: [...(isRoot ? ["--no-sandbox"] : []), "--disable-gpu", "--no-first-run"],
    },
  },
});
