import { expect, it } from "vitest";
import { personalToken, withChecksum } from "./personal-token";

it("has a prefix, 43 characters that nobody can guess and a checksum of six", () => {
  const tokens = Array.from({ length: 1000 }, () => personalToken());
  for (const token of tokens) {
    expect(token).toMatch(/^todo_pat_[0-9A-Za-z]{49}$/);
    expect(withChecksum(token.slice(0, -6))).toBe(token);
  }
  expect(new Set(tokens).size).toBe(1000);
});

it("has the same length whatever the random bytes are", () => {
  expect(personalToken(new Uint8Array(32))).toBe(withChecksum(`todo_pat_${"0".repeat(43)}`));
  expect(personalToken(new Uint8Array(32).fill(255))).toHaveLength(58);
});

it("has the CRC-32 that other programs compute", () => {
  // 0xcbf43926, the check value of this CRC.
  expect(withChecksum("123456789")).toBe("1234567893jZRME");
});
