import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { poolOptions } from "./database-url";

describe("poolOptions", () => {
  it.each(["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg2"])(
    "reads %s://",
    (scheme) => {
      expect(poolOptions(`${scheme}://me:p%40ss@db:5433/todo`)).toEqual({
        connectionString: "postgresql://me:p%40ss@db:5433/todo",
        ssl: false,
      });
    },
  );

  it("understands what Neon's console gives", () => {
    expect(
      poolOptions(
        "postgresql://u:p@ep-x-pooler.eu.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
      ),
    ).toEqual({
      connectionString: "postgresql://u:p@ep-x-pooler.eu.aws.neon.tech/neondb",
      ssl: { rejectUnauthorized: false },
      enableChannelBinding: true,
    });
  });

  it.each([
    ["?sslmode=disable", false],
    ["?sslmode=prefer", false],
    ["?sslmode=require", { rejectUnauthorized: false }],
    ["?ssl=require", { rejectUnauthorized: false }],
    ["?sslmode=require&sslrootcert=/none", { rejectUnauthorized: false }],
    ["?sslmode=verify-full", { rejectUnauthorized: true }],
    ["?sslmode=verify-full&sslrootcert=system", { rejectUnauthorized: true }],
    ["?sslmode=verify-ca", { rejectUnauthorized: true, checkServerIdentity: expect.any(Function) }],
  ])("gives %s the meaning libpq gives it", (query, ssl) => {
    const { ca: _, ...rest } = Object(poolOptions(`postgres://db/todo${query}`).ssl || { off: true });
    expect(rest).toEqual(ssl || { off: true });
  });

  it("reads authorities from the file that the address names, else from the one that the environment does", () => {
    const file = fileURLToPath(import.meta.url);
    const here = readFileSync(file, "utf8");
    for (const options of [
      poolOptions(`postgres://db/todo?sslmode=verify-full&sslrootcert=${file}`, "/none"),
      poolOptions("postgres://db/todo?sslmode=verify-ca", file),
    ]) {
      expect(options.ssl).toMatchObject({ ca: [here] });
      expect(options.connectionString).toBe("postgresql://db/todo");
    }
    expect(() => poolOptions("postgres://db/todo?sslmode=verify-full", "/none")).toThrow(
      "PGSSLROOTCERT names /none, which cannot be read.",
    );
  });

  it("takes an IPv6 address out of its brackets", () => {
    expect(new Client(poolOptions("postgres://u:p@[::1]:5432/db")).host).toBe("::1");
  });

  it("encrypts to Neon even when the address does not say so", () => {
    expect(poolOptions("postgres://u:p@ep-x.eu.aws.neon.tech/neondb").ssl).toMatchObject({
      rejectUnauthorized: true,
    });
  });

  it("says what is wrong without repeating the address", () => {
    expect(() => poolOptions("mysql://u:secret@db/x")).toThrow("must begin with postgres://");
    expect(() => poolOptions("postgres://u:sec/ret@:::/x")).toThrow("percent-encoded");
    expect(() => poolOptions("postgres://u:sec/ret@:::/x")).not.toThrow(/sec/);
  });
});
