import { describe, expect, it } from "vitest";
import { database, migrate, run } from "./databases";
import { Person } from "./people";
import { Running, settings } from "./running";

const other = "Zr4vB9xKq1LmW7tYpN3sGd6HfJ0cUe2A";
const site = "http://localhost:3000";

type Published = { keys: { kid: string }[] };

async function keyIds(running: Running): Promise<string[]> {
  const { keys } = (await (await running.fetch("/api/auth/jwks")).json()) as Published;
  return keys.map(({ kid }) => kid);
}

/** The name of the key that a token of this person's is signed with. */
async function kidOf(person: Person): Promise<string> {
  const { body } = await person.ask("GET", "/api/auth/token");
  const [header = ""] = (JSON.parse(body).token as string).split(".");
  return JSON.parse(Buffer.from(header, "base64url").toString()).kid;
}

describe("a changed BETTER_AUTH_SECRET", () => {
  it("is told by the migration, in one sentence, once", async () => {
    const url = await database();
    const before = await Running.start({ DATABASE_URL: url });
    expect((await new Person(before, site).signUp()).status).toBe(200);
    const [old] = await keyIds(before);

    const changed = { DATABASE_URL: url, BETTER_AUTH_SECRET: other };
    const first = await migrate(changed);
    expect(first.code).toBe(0);
    expect(first.text).toMatch(/BETTER_AUTH_SECRET is not the one .* people have to sign in again\./);
    expect(first.text).not.toContain(other);
    expect((await migrate(changed)).text).not.toContain("BETTER_AUTH_SECRET");

    // Tokens that are out there are accepted to their end.
    const after = await Running.start(changed);
    expect(await keyIds(after)).toContain(old);
  });

  it("leaves keys alone that can be read", async () => {
    const url = await database();
    const running = await Running.start({ DATABASE_URL: url });
    await keyIds(running);
    expect((await migrate({ DATABASE_URL: url })).text).toBe("Identity tables are up to date.\n");
    expect(await run(url, 'select 1 from jwks where "expiresAt" is not null')).toEqual([]);
  });

  it("stops no server that meets a key it cannot read, nor another one that can", async () => {
    const url = await database();
    const before = await Running.start({ DATABASE_URL: url });
    const ann = new Person(before, site);
    await ann.signUp();
    const old = await kidOf(ann);

    // Two replicas with the new secret beside one with the old, as while a change is rolled out.
    const changed = { DATABASE_URL: url, BETTER_AUTH_SECRET: other };
    const after = await Promise.all([Running.start(changed), Running.start(changed)]);
    for (const running of after) {
      const there = new Person(running, site);
      there.cookies.set("better-auth.session_token", ann.cookies.get("better-auth.session_token") ?? "");
      expect((await there.ask("GET", "/api/auth/token")).status).toBe(401);
    }
    const kids = await Promise.all(
      after.map(async (running) => {
        const person = new Person(running, site);
        expect((await person.signIn(ann)).status).toBe(200);
        return kidOf(person);
      }),
    );
    expect(kids).not.toContain(old);
    expect(await kidOf(ann)).toBe(old);

    for (const running of [before, ...after])
      expect(await keyIds(running)).toEqual(expect.arrayContaining([old, ...kids]));
    const [told] = after;
    const said = told?.lines().filter(({ message }) => message.includes("another BETTER_AUTH_SECRET"));
    expect(said).toHaveLength(1);
    expect(told?.output.join()).not.toContain(settings.BETTER_AUTH_SECRET);
  });
});
