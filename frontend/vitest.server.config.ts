import { defineConfig } from "vitest/config";

/** Tests of the deployed process: they need a build, and in DATABASE_URL a PostgreSQL that lets them make databases. */
export default defineConfig({
  test: { include: ["tests/**/*.test.ts"], environment: "node", testTimeout: 60_000, hookTimeout: 60_000 },
});
