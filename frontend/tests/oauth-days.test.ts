/** What happens around the authorization server: other sites' pages, crowds, a database that goes, keys and origins that change. */

import { describe, expect, it } from "vitest";
import { App, claimsOf, type Tokens } from "./apps";
import { database, run } from "./databases";
import { Person } from "./people";
import { type Answer, ask, Running } from "./running";

const site = "http://localhost:3000";

const from = (n: number) => ({ "x-forwarded-for": `203.0.${n >> 8}.${n & 255}` });
const behindProxies = { TRUSTED_PROXIES: "127.0.0.0/8" };

const signedUp = async (running: Running, origin = site) => {
  const person = new Person(running, origin);
  expect((await person.signUp()).status).toBe(200);
  return person;
};

describe("a page of another site", () => {
  const inspector = "http://localhost:6274";

  it("on the person's machine may read the metadata, register and change codes, by its own credentials", async () => {
    const running = await Running.start({ DATABASE_URL: await database() });
    for (const path of [
      "/.well-known/oauth-authorization-server",
      "/.well-known/openid-configuration/mcp",
      "/api/auth/oauth2/token",
      "/api/auth/oauth2/register",
      "/api/auth/oauth2/revoke",
    ]) {
      const headers = { origin: inspector, "access-control-request-method": "POST" };
      const { status, headers: said } = await ask(running, path, { method: "OPTIONS", headers });
      expect([path, status, said["access-control-allow-origin"]]).toEqual([path, 204, inspector]);
      expect(said["access-control-allow-headers"]).toContain("Authorization");
      expect(said["access-control-allow-credentials"]).toBeUndefined();
    }
    const read = await ask(running, "/.well-known/oauth-authorization-server", {
      headers: { origin: inspector },
    });
    expect([read.status, read.headers["access-control-allow-origin"]]).toEqual([200, inspector]);
    expect(read.headers["access-control-expose-headers"]).toContain("WWW-Authenticate");
    const ann = await signedUp(running);
    const app = new App(running);
    // Cookies that come with it mean nothing.
    const cookie = [...ann.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const registered = await app.register({}, { origin: inspector, cookie });
    expect([registered.status, registered.headers["access-control-allow-origin"]]).toEqual([201, inspector]);
    expect(JSON.parse(registered.body).user_id).toBeUndefined();
    const back = await app.letIn(ann);
    const form = {
      grant_type: "authorization_code",
      code: back.searchParams.get("code") ?? "",
      redirect_uri: app.redirectUri,
      code_verifier: app.verifier,
    };
    const changed = await app.token(form, { origin: inspector, cookie });
    expect([changed.status, changed.headers["access-control-allow-origin"]]).toEqual([200, inspector]);
  });

  it("anywhere else may not, unless it was named", async () => {
    const elsewhere = "https://inspector.example";
    const running = await Running.start({ DATABASE_URL: await database() });
    for (const origin of [
      elsewhere,
      "null",
      "http://localhost.evil.example",
      "https://localhost@evil.example",
    ])
      for (const method of ["OPTIONS", "POST"])
        for (const path of ["token", "register", "revoke"]) {
          const { status, headers } = await ask(running, `/api/auth/oauth2/${path}`, {
            method,
            headers: { origin },
            ...(method === "POST" ? { body: {} } : {}),
          });
          expect([origin, path, status, headers["access-control-allow-origin"]]).toEqual([
            origin,
            path,
            403,
            undefined,
          ]);
        }
    const named = await Running.start({ MCP_ALLOWED_ORIGINS: `${elsewhere}:443, http://tool.example:*` });
    for (const [origin, status] of [
      [elsewhere, 200],
      ["http://tool.example:81", 200],
      [inspector, 200],
      ["http://other.example:81", 403],
      [`${elsewhere}.evil.example`, 403],
    ] as const) {
      const headers = { origin };
      expect([origin, (await ask(named, "/.well-known/openid-configuration", { headers })).status]).toEqual([
        origin,
        status,
      ]);
    }
    await expect(Running.start({ MCP_ALLOWED_ORIGINS: "*" })).rejects.toThrow("MCP_ALLOWED_ORIGINS");
    await expect(Running.start({ MCP_PUBLIC_URL: "todo.local/mcp" })).rejects.toThrow("MCP_PUBLIC_URL");
  });
});

describe("registrations", () => {
  it("are limited for each address, and there are never many of apps that nobody let in", async () => {
    const url = await database();
    const running = await Running.start({ DATABASE_URL: url, ...behindProxies });
    const ann = await signedUp(running);
    const kept = new App(running);
    await kept.register();
    await kept.connect(ann);
    const refused = new App(running);
    await refused.register();
    const together = (count: number, one: (n: number) => Promise<Answer>) =>
      Promise.all(Array.from({ length: count }, (_, n) => one(n)));
    const same = await together(40, () => new App(running).register({}, from(1)));
    expect(same.filter(({ status }) => status === 429).length).toBeGreaterThan(5);
    expect(same.every(({ status }) => status === 201 || status === 429)).toBe(true);

    // As many as a thousand addresses would bring.
    await run(
      url,
      `insert into "oauthClient" (id, "clientId", "redirectUris", "createdAt", "updatedAt")
       select 'n' || n, 'n' || n, '[]', now() - n * interval '1 second', now() - n * interval '1 second'
       from generate_series(1, 1000) n`,
    );
    await run(
      url,
      `update "oauthClient" set "updatedAt" = now() - interval '8 days' where "clientId" in
      ('${kept.id}', '${refused.id}', 'n5')`,
    );
    const last = new App(running);
    expect((await last.register({}, from(2))).status).toBe(201);
    const rows = await run<{ clientId: string }>(url, 'select "clientId" from "oauthClient"');
    const left = rows.map(({ clientId }) => clientId);
    expect(left.length).toBe(1001);
    for (const id of [kept.id, last.id, "n4"]) expect(left).toContain(id);
    for (const id of [refused.id, "n5", "n1000"]) expect(left).not.toContain(id);
    // An app that is not known any more learns that it has to register anew.
    const answer = await refused.refresh("made-up");
    expect(answer.status, answer.body).toBe(400);
    expect(await refused.begin(ann)).toContain("error=invalid_client");
    expect((await kept.begin(ann)).includes("code=")).toBe(true);
  });
});

describe("a database that goes away in the middle", () => {
  it("is told as that, loses nobody their app, and is found again", async () => {
    const url = await database();
    const running = await Running.start({ DATABASE_URL: url });
    const ann = await signedUp(running);
    const app = new App(running);
    await app.register();
    const tokens = await app.connect(ann);
    const back = await app.letIn(ann);
    const page = await app.begin(ann, { prompt: "consent" });

    const name = new URL(url).pathname.slice(1);
    const server = new URL(url);
    server.pathname = "/postgres";
    await run(server.href, `alter database ${name} allow_connections false`);
    await run(
      server.href,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    );
    const away = async (answer: Promise<Answer>) => {
      const { status, headers, body } = await answer;
      expect([status, JSON.parse(body).code, headers["retry-after"]]).toEqual([
        503,
        "database_unreachable",
        "2",
      ]);
    };
    await away(app.refresh(tokens.refresh_token));
    await away(app.change(back.searchParams.get("code") ?? ""));
    await away(app.revoke(tokens.refresh_token ?? ""));
    await away(
      ask(running, "/api/auth/oauth2/register", {
        method: "POST",
        body: { redirect_uris: ["https://a.example"] },
      }),
    );
    await away(
      ann.ask("POST", "/api/auth/oauth2/consent", { accept: true, oauth_query: page.slice(9), user: "x" }),
    );
    await away(ann.ask("GET", "/api/auth/apps"));
    await away(ann.ask("DELETE", `/api/auth/apps/${app.id}`));
    expect(await app.begin(ann)).toBe("/consent?error=temporarily_unavailable");
    const told = await ann.ask("GET", "/consent?error=temporarily_unavailable", undefined, {
      accept: "text/html",
    });
    expect(told.body).toContain("The database cannot be reached just now.");
    expect((await ask(running, "/.well-known/oauth-authorization-server")).status).toBe(200);

    await run(server.href, `alter database ${name} allow_connections true`);
    expect((await app.refresh(tokens.refresh_token)).status).toBe(200);
    expect((await app.change(back.searchParams.get("code") ?? "")).status).toBe(200);
    expect(JSON.parse((await app.answer(ann, page)).body).url).toContain("code=");
  });

  it("keeps no process from answering that began without it", async () => {
    const url = await database();
    const name = new URL(url).pathname.slice(1);
    const server = new URL(url);
    server.pathname = "/postgres";
    await run(server.href, `alter database ${name} allow_connections false`);
    const running = await Running.start({ DATABASE_URL: url });
    const app = new App(running);
    const body = { redirect_uris: [app.redirectUri] };
    expect((await ask(running, "/api/auth/oauth2/register", { method: "POST", body })).status).toBe(503);
    await run(server.href, `alter database ${name} allow_connections true`);
    expect((await app.register()).status).toBe(201);
    expect((await app.connect(await signedUp(running))).refresh_token).toBeTruthy();
  });
});

describe("an app that is let in", () => {
  it("stays so when the keys change, and finds the new one where the old one was", async () => {
    const url = await database();
    const first = await Running.start({ DATABASE_URL: url });
    const ann = await signedUp(first);
    const app = new App(first);
    await app.register();
    const tokens = await app.connect(ann);
    const BETTER_AUTH_SECRET = "another secret that has 32 characters";
    const second = await Running.start({ DATABASE_URL: url, BETTER_AUTH_SECRET });
    const there = Object.assign(new App(second), { id: app.id });
    const renewed: Tokens = JSON.parse((await there.refresh(tokens.refresh_token)).body);
    const kid = (token: string) => claimsOf(token).head.kid;
    expect(kid(renewed.access_token)).not.toBe(kid(tokens.access_token));
    const { keys } = JSON.parse((await ask(second, "/api/auth/jwks")).body);
    const known = keys.map((key: { kid: string }) => key.kid);
    expect(known).toContain(kid(renewed.access_token));
    expect(known).toContain(kid(tokens.access_token));
  });

  it("gets the issuer of the metadata back, at plain http on another machine too", async () => {
    const origin = "http://192.168.49.2:30080";
    const running = await Running.start({
      DATABASE_URL: await database(),
      BETTER_AUTH_URL: origin,
      MCP_PUBLIC_URL: `${origin}/mcp/`,
    });
    const ann = await signedUp(running, origin);
    const app = new App(running);
    await app.register();
    const resource = `${origin}/mcp`;
    const back = await app.letIn(ann, { resource });
    const { issuer } = JSON.parse((await ask(running, "/.well-known/oauth-authorization-server")).body);
    expect([issuer, back.searchParams.get("iss")]).toEqual([origin, origin]);
    const again = new URL(await app.begin(ann, { resource }));
    expect(again.searchParams.get("iss")).toBe(origin);
    const { access_token } = JSON.parse((await app.change(back.searchParams.get("code") ?? "")).body);
    expect(claimsOf(access_token).claims).toMatchObject({ iss: origin, aud: resource });
  });

  it("is so at every replica", async () => {
    const url = await database();
    const [one, two] = [
      await Running.start({ DATABASE_URL: url }),
      await Running.start({ DATABASE_URL: url }),
    ];
    const ann = await signedUp(one);
    const app = new App(one);
    await app.register();
    const page = await app.begin(ann);
    const [elsewhere, her] = [
      Object.assign(new App(two, app.redirectUri), { id: app.id }),
      new Person(two, site),
    ];
    for (const [name, value] of ann.cookies) her.cookies.set(name, value);
    const back = new URL(JSON.parse((await elsewhere.answer(her, page)).body).url);
    const tokens = JSON.parse((await app.change(back.searchParams.get("code") ?? "")).body);
    expect((await elsewhere.refresh(tokens.refresh_token)).status).toBe(200);
  });
});
