import { expect, it } from "vitest";
import { contentSecurityPolicy } from "./csp";

it("lets scripts run by their nonce only", () => {
  const policy = contentSecurityPolicy({ nonce: "abc", development: false });
  expect(policy).toContain("script-src 'self' 'nonce-abc' 'strict-dynamic';");
  expect(policy).toContain("script-src-attr 'none'");
  expect(policy).not.toContain("unsafe-eval");
});

it("knows nothing of OpenAI unless its widget may be shown", () => {
  expect(contentSecurityPolicy({ nonce: "abc", development: false })).not.toMatch(/openai|frame-src/);
});

it("lets the widget bring its script and its frame, and widens nothing else for it", () => {
  const parse = (policy: string) => Object.fromEntries(policy.split("; ").map((line) => line.split(/ (.*)/)));
  const widget = "https://cdn.platform.openai.com";
  const without = parse(contentSecurityPolicy({ nonce: "abc", development: false }));
  const {
    "script-src": script,
    "frame-src": frame,
    ...rest
  } = parse(contentSecurityPolicy({ nonce: "abc", development: false, widget }));
  expect(script).toBe(`${without["script-src"]} ${widget}`);
  expect(frame).toBe(widget);
  const { "script-src": _, ...restWithout } = without;
  expect(rest).toEqual(restWithout);
});
