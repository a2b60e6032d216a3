import { expect, it } from "vitest";
import { contentSecurityPolicy } from "./csp";

it("lets scripts run by their nonce only", () => {
  const policy = contentSecurityPolicy({ nonce: "abc", development: false });
  expect(policy).toContain("script-src 'self' 'nonce-abc' 'strict-dynamic';");
  expect(policy).toContain("script-src-attr 'none'");
  expect(policy).not.toContain("unsafe-eval");
});
