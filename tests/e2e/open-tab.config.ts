import { defineConfig } from "@playwright/test";
import base from "./playwright.config";

/** A page that is open for as long as somebody wants to know what it does in the meantime. */
export default defineConfig({ ...base, testDir: "open-tab", timeout: 0, retries: 0 });
