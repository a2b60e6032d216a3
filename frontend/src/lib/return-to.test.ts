import { expect, it } from "vitest";
import { returnPath } from "./return-to";

it.each([
  ["/chat?x=1", "/chat?x=1"],
  [undefined, "/tasks"],
  [["/chat"], "/tasks"],
  ["https://evil.example/", "/tasks"],
  ["//evil.example/", "/tasks"],
  ["/\\evil.example/", "/tasks"],
  ["/\t/evil.example", "/tasks"],
  ["javascript:alert(1)", "/tasks"],
])("returns from %s to %s", (given, path) => {
  expect(returnPath(given)).toBe(path);
});
