import { expect, it } from "vitest";
import { returnPath } from "./return-to";

it.each([
  ["/chat?x=1", "/chat?x=1"],
  ["/chat/thr_1?next=//evil.example", "/chat/thr_1?next=//evil.example"],
  ["/settings#password", "/settings"],
  ["/@evil.example", "/@evil.example"],
  ["/a/../chat", "/chat"],
  ["/tasks?query=100%&x=%ff", "/tasks?query=100%&x=%ff"],
  ["/tasks?query=50%25 caf%C3%A9", "/tasks?query=50%25%20caf%C3%A9"],
])("returns from %s to %s", (given, path) => expect(returnPath(given)).toBe(path));

const foreign = [
  "https://evil.example/",
  "http:evil.example",
  "HTTPS://evil.example",
  "//evil.example/",
  "///evil.example",
  "////evil.example//",
  "/\\evil.example/",
  "\\\\evil.example",
  "\\/evil.example",
  "/\\/evil.example",
  "/.//evil.example",
  "/./\\evil.example",
  "/..//evil.example",
  "/../..//evil.example",
  "/tasks/..//evil.example",
  "/tasks/../../\\evil.example",
  "/%2e//evil.example",
  "/%2e%2e//evil.example",
  "/.%2E/%2f/evil.example",
  "/%2Fevil.example",
  "/%2f%2fevil.example",
  "/%5Cevil.example",
  "/%5c%5Cevil.example",
  "/%09/evil.example",
  "/%0a%2fevil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\n/evil.example",
  "\t//evil.example",
  " //evil.example",
  "/.\t//evil.example",
  "//ann:secret@evil.example",
  "//here.invalid@evil.example",
  "@evil.example",
  ".evil.example",
  "/／evil.example",
  "／／evil.example",
  "/＼evil.example",
  "/%EF%BC%8Fevil.example",
  "/．//evil.example",
  "//evil。example",
  "//[::1]/",
  "//[",
  "/%",
  "/%ff",
  "javascript:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,x",
  "",
];

it.each(foreign)("leads nobody to %j", (given) => expect(returnPath(given)).toBe("/tasks"));

it("takes nothing but one text", () => {
  for (const given of [undefined, null, 5, ["/chat"], { toString: () => "/chat" }])
    expect(returnPath(given)).toBe("/tasks");
});
