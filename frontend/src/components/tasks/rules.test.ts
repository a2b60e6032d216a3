import { expect, it } from "vitest";
import { descriptionFault, titleFault } from "./rules";

it("counts characters, not UTF-16 units, after trimming", () => {
  expect(titleFault(` ${"🥛".repeat(200)} `)).toBe("");
  expect(titleFault("🥛".repeat(201))).toContain("201");
  expect(titleFault("   ")).toBe("A task needs a title.");
  expect(descriptionFault("x".repeat(2_001))).toContain("2,001");
  expect(descriptionFault("")).toBe("");
});
