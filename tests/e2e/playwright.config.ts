import { defineConfig, devices } from "@playwright/test";
import { baseUrl, chromium, hostRules, isCi, isRoot, trustedKey } from "./env";

export default defineConfig({
  testDir: "specs",
  fullyParallel: true,
  workers: 2,
  forbidOnly: isCi,
  retries: isCi ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    ...devices["Desktop Chrome"],
    baseURL: baseUrl,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    actionTimeout: 15_000,
    trace: "on-first-retry",
    screenshot: "only-on-failure",
    launchOptions: {
      ...(chromium ? { executablePath: chromium } : {}),
      args: [
        ...(isRoot ? ["--no-sandbox"] : []),
        ...(hostRules ? [`--host-resolver-rules=${hostRules}`] : []),
        ...(trustedKey ? [`--ignore-certificate-errors-spki-list=${trustedKey}`] : []),
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
