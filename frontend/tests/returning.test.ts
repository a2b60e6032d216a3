import { describe, expect, it } from "vitest";
import { database } from "./databases";
import { Person } from "./people";
import { ask, Running } from "./running";

const site = "http://localhost:3000";

const foreign = [
  "//evil.example",
  "/.//evil.example",
  "/..//evil.example",
  "/tasks/..//evil.example",
  "/\\evil.example",
  "/.\\/evil.example",
  "/\t/evil.example",
  "/%2e//evil.example",
  "/%2fevil.example",
  "/%5cevil.example",
  "//ann@evil.example",
  "/／evil.example",
  "https://evil.example",
  "javascript:alert(1)",
];

describe("an address to return to that leads to another site", () => {
  it("leads a person who is signed in to the tasks", async () => {
    const running = await Running.start({ DATABASE_URL: await database() });
    const ann = new Person(running, site);
    await ann.signUp();
    for (const page of ["/sign-in", "/sign-up"]) {
      for (const next of foreign) {
        const { status, headers } = await ann.ask("GET", `${page}?next=${encodeURIComponent(next)}`);
        expect([next, status, headers.location]).toEqual([next, 307, "/tasks"]);
      }
    }
    const { headers } = await ann.ask("GET", "/sign-in?next=%2Fchat%2Fthr_1%3Fa%3Db");
    expect(headers.location).toBe("/chat/thr_1?a=b");
  });

  it("is not in the page of a stranger", async () => {
    const running = await Running.start();
    for (const next of foreign) {
      const page = await running.fetch(`/sign-in?next=${encodeURIComponent(next)}`);
      const text = await page.text();
      expect([next, text.includes('href="/sign-up?next=%2Ftasks"')]).toEqual([next, true]);
      expect(text).toContain('\\"returnTo\\":\\"/tasks\\"');
    }
  });

  it("is not made of a path either", async () => {
    const running = await Running.start();
    for (const path of ["//evil.example", "/.//evil.example", "/tasks//evil.example", "/%5Cevil.example/"]) {
      const { headers } = await ask(running, path);
      const { host } = new URL(headers.location ?? "/", site);
      expect([path, host]).toEqual([path, "localhost:3000"]);
    }
  });
});
