import { describe, expect, it } from "vitest";
import { App, claimsOf, resource } from "./apps";
import { run } from "./databases";
import { errorOf, refused, site, start } from "./oauth-start";
import { ask, Running } from "./running";

describe("the metadata", () => {
  it("is at every address where clients look for it, never a page, and asks no database", async () => {
    const running = await Running.start();
    for (const name of ["oauth-authorization-server", "openid-configuration"])
      for (const behind of ["", "/mcp"]) {
        const answer = await ask(running, `/.well-known/${name}${behind}`);
        expect(answer.headers["content-type"]).toContain("application/json");
        expect(JSON.parse(answer.body)).toMatchObject({
          issuer: site,
          authorization_endpoint: `${site}/api/auth/oauth2/authorize`,
          token_endpoint: `${site}/api/auth/oauth2/token`,
          registration_endpoint: `${site}/api/auth/oauth2/register`,
          revocation_endpoint: `${site}/api/auth/oauth2/revoke`,
          jwks_uri: `${site}/api/auth/jwks`,
          scopes_supported: ["offline_access", "tasks:read", "tasks:write"],
          grant_types_supported: ["authorization_code", "refresh_token"],
          code_challenge_methods_supported: ["S256"],
        });
      }
    const elsewhere = await ask(running, "/.well-known/oauth-authorization-server/other");
    expect([elsewhere.status, elsewhere.headers["content-type"]]).toEqual([404, "application/problem+json"]);
    const posted = await ask(running, "/.well-known/openid-configuration", { method: "POST", body: {} });
    expect([posted.status, posted.headers.allow]).toEqual([405, "GET"]);
  });

  it("names nothing that is not let through", async () => {
    const { running } = await start();
    for (const path of [
      "introspect",
      "userinfo",
      "end-session",
      "create-client",
      "get-clients",
      "update-consent",
    ])
      for (const method of ["GET", "POST"]) {
        const { status } = await ask(running, `/api/auth/oauth2/${path}`, {
          method,
          ...(method === "POST" ? { body: {} } : {}),
        });
        expect([path, method, status]).toEqual([path, method, 404]);
      }
    for (const path of [
      "/api/auth/api-key/create",
      "/api/auth/api-key/list",
      "/api/auth/admin/oauth2/resources",
    ])
      expect((await ask(running, path)).status).toBe(404);
  });
});

describe("an app", () => {
  it("gets a token for the MCP server alone, of ten minutes, and a refresh token", async () => {
    const { person, app, running } = await start();
    const ann = await person();
    const one = await app();
    const back = await one.letIn(ann);
    expect([
      back.origin + back.pathname,
      back.searchParams.get("state"),
      back.searchParams.get("iss"),
    ]).toEqual([one.redirectUri, "a state", site]);
    const answer = await one.change(back.searchParams.get("code") ?? "");
    expect([answer.status, answer.headers["cache-control"]]).toEqual([200, "no-store"]);
    const tokens = JSON.parse(answer.body);
    expect(tokens).toMatchObject({ token_type: "Bearer", scope: "offline_access tasks:read tasks:write" });
    const { head, claims } = claimsOf(tokens.access_token);
    expect(head).toMatchObject({ typ: "at+jwt", alg: "EdDSA" });
    const { keys } = JSON.parse((await ask(running, "/api/auth/jwks")).body);
    expect(keys.map(({ kid }: { kid: string }) => kid)).toContain(head.kid);
    expect(claims).toMatchObject({
      iss: site,
      aud: resource,
      client_id: one.id,
      scope: "offline_access tasks:read tasks:write",
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(600);
    expect((await one.refresh(tokens.refresh_token)).status).toBe(200);
    // A person who has let it in once is not asked again.
    expect(await one.begin(ann)).toContain("code=");
  });

  it("that says nothing of itself may be called back on the person's machine", async () => {
    const { person, running } = await start();
    const ann = await person();
    for (const redirectUri of [
      "http://localhost:3118/callback",
      "http://127.0.0.1:5598/callback",
      "http://[::1]:9/cb",
    ]) {
      const one = new App(running, redirectUri);
      const answer = await one.register({ scope: "openid profile email" });
      expect([answer.status, JSON.parse(answer.body).application_type]).toEqual([201, "native"]);
      // Such an app listens where there is room.
      const other = redirectUri.replace(/:\d+\//, ":41234/");
      expect((await one.letIn(ann, { redirect_uri: other })).href).toContain(other);
    }
    const web = new App(running, "https://chatgpt.example/callback");
    expect(JSON.parse((await web.register({ grant_types: ["authorization_code"] })).body)).toMatchObject({
      application_type: "web",
      grant_types: ["authorization_code", "refresh_token"],
    });
    expect((await web.connect(ann)).refresh_token).toBeTruthy();
  });

  it("with the three addresses of Cursor is registered with them and called back at each", async () => {
    const { person, running } = await start();
    const ann = await person();
    const uris = [
      "cursor://anysphere.cursor-mcp/oauth/callback",
      "https://www.cursor.com/agents/mcp/oauth/callback",
      "http://localhost:8787/callback",
    ];
    for (const uri of uris) {
      const one = new App(running, uri);
      const answer = await one.register({ redirect_uris: uris });
      expect(answer.status, answer.body).toBe(201);
      expect(JSON.parse(answer.body).redirect_uris).toEqual(uris);
      expect((await one.letIn(ann)).href).toContain(uri);
      expect((await one.connect(ann)).scope).toBe("offline_access tasks:read tasks:write");
      expect(refused(await one.begin(ann, { redirect_uri: `${uri}x` }))).toBe("invalid_redirect");
      expect(refused(await one.begin(ann, { redirect_uri: "app.todo.known:/0" }))).toBe("invalid_redirect");
    }
  });

  it("with a secret sends it as it was registered, and cannot do without the verifier", async () => {
    const { person, running } = await start();
    const ann = await person();
    const one = new App(running);
    await one.register({ token_endpoint_auth_method: undefined });
    expect(one.secret).toBeTruthy();
    const basic = `Basic ${Buffer.from(`${one.id}:${one.secret}`).toString("base64")}`;
    const code = async () => (await one.letIn(ann)).searchParams.get("code") ?? "";
    const form = { grant_type: "authorization_code", redirect_uri: one.redirectUri };
    const complete = { ...form, code: await code(), code_verifier: one.verifier };
    expect((await one.token(complete, { authorization: basic })).status).toBe(200);
    const without = await one.token({ ...form, code: await code() }, { authorization: basic });
    expect(errorOf(without)).toEqual([400, "invalid_request"]);
    expect(errorOf(await one.change(await code()))).toEqual([400, "invalid_client"]);
    expect(refused(await one.begin(ann, { code_challenge: undefined }))).toBe("invalid_request");
    expect(refused(await one.begin(ann, { code_challenge_method: "plain" }))).toBe("invalid_request");
  });

  it("that names no resource, or names it with a slash, gets a token for the one there is", async () => {
    const { person, app } = await start();
    const ann = await person();
    for (const changes of [{ resource: undefined }, { resource: `${resource}/` }]) {
      const one = await app();
      const back = await one.letIn(ann, changes);
      const code = back.searchParams.get("code") ?? "";
      const answer = await one.change(code, changes.resource ? { resource: changes.resource } : {});
      expect(answer.status, answer.body).toBe(200);
      const tokens = JSON.parse(answer.body);
      expect(claimsOf(tokens.access_token).claims.aud).toBe(resource);
      const again = JSON.parse((await one.refresh(tokens.refresh_token)).body);
      expect(claimsOf(again.access_token).claims.aud).toBe(resource);
      const third = JSON.parse((await one.refresh(again.refresh_token, { resource: `${resource}/` })).body);
      expect(claimsOf(third.access_token).claims.aud).toBe(resource);
    }
  });

  it("that asks for nothing may read and write tasks, and nothing is to be had but that", async () => {
    const { person, app } = await start();
    const ann = await person();
    const scopes = async (scope: string | undefined) => {
      const one = await app();
      const back = await one.letIn(ann, { scope });
      const code = back.searchParams.get("code");
      return code ? JSON.parse((await one.change(code)).body).scope : back.searchParams.get("error");
    };
    expect(await scopes(undefined)).toBe("tasks:read tasks:write");
    expect(await scopes("offline_access")).toBe("offline_access tasks:read tasks:write");
    expect(await scopes("tasks:read openid email")).toBe("tasks:read");
    expect(await scopes("openid profile")).toBe("invalid_scope");
  });
});

describe("what an app may not", () => {
  it("is to change a code twice, for another address, with another verifier, or for another server", async () => {
    const { person, app, url } = await start();
    const ann = await person();
    const one = await app();
    const code = async () => (await one.letIn(ann)).searchParams.get("code") ?? "";
    const first = await code();
    const tokens = JSON.parse((await one.change(first)).body);
    expect(errorOf(await one.change(first))).toEqual([400, "invalid_grant"]);
    // Somebody else has the code: what it was changed for ends too.
    expect(errorOf(await one.refresh(tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    const wrong = { code_verifier: `${one.verifier.slice(0, -1)}~` };
    expect(errorOf(await one.change(await code(), wrong))).toEqual([400, "invalid_grant"]);
    const near = { redirect_uri: `${one.redirectUri}/` };
    expect(errorOf(await one.change(await code(), near))).toEqual([400, "invalid_grant"]);
    const elsewhere = { resource: "https://other.example/mcp" };
    expect(errorOf(await one.change(await code(), elsewhere))).toEqual([400, "invalid_target"]);
    const other = await app();
    expect(errorOf(await other.change(await code()))).toEqual([400, "invalid_grant"]);
    expect(refused(await one.begin(ann, elsewhere))).toBe("invalid_target");
    expect(refused(await one.begin(ann, { redirect_uri: "http://localhost:3118/callbac" }))).toBe(
      "invalid_redirect",
    );
    expect(refused(await one.begin(ann, { client_id: "made-up" }))).toBe("invalid_client");
    expect(await one.begin(ann, { response_type: "token" })).toContain("#error=unsupported_response_type");
    expect(
      await run(url, "select resources from \"oauthConsent\" where resources::text like '%other%'"),
    ).toEqual([]);
    expect(errorOf(await one.token({ grant_type: "client_credentials" }))).toEqual([
      400,
      "unsupported_grant_type",
    ]);
  });

  it("is to be called back where anybody could listen", async () => {
    const { running } = await start();
    for (const uri of [
      "javascript:alert(1)",
      "data:text/html,hi",
      "file:///etc/passwd",
      "ftp://files.example/",
      "http://evil.example/callback",
      "http://localhost.evil.example/",
      "https://user:pw@evil.example/",
      "https://evil.example/#fragment",
      "cursor://user@host/",
      "cursor://host/#fragment",
      "cursor:alert(1)",
      "intent://x",
      "evil://x",
      "//evil.example",
      "",
      `https://long.example/${"x".repeat(1000)}`,
    ]) {
      const answer = await new App(running).register({ redirect_uris: [uri] });
      expect([uri, ...errorOf(answer)]).toEqual([uri, 400, "invalid_redirect_uri"]);
    }
    for (const redirect_uris of [
      undefined,
      [],
      "https://a.example",
      [5],
      Array(21).fill("https://a.example"),
    ])
      expect(errorOf(await new App(running).register({ redirect_uris }))).toEqual([
        400,
        "invalid_redirect_uri",
      ]);
    for (const token_endpoint_auth_method of ["private_key_jwt", "tls_client_auth", 5])
      expect(errorOf(await new App(running).register({ token_endpoint_auth_method }))).toEqual([
        400,
        "invalid_client_metadata",
      ]);
  });

  it("is to decide how it is shown beyond one short line", async () => {
    const { running, url } = await start();
    for (const [sent, kept] of [
      ["  Claude\n\tCode\u0000 ", "Claude Code"],
      ["\u202eedoc\u202c \u2066x\u2069\u200b\u00ad", "edoc x"],
      [`<script>alert("x")</script>`, `<script>alert("x")</script>`],
      ["x".repeat(5000), "x".repeat(60)],
      [`Z${"\u0310".repeat(50)}`, `Z${"\u0310".repeat(3)}`],
      ["\u200b\u2060", "An app without a name"],
      [undefined, "An app without a name"],
      [{ a: 1 }, "[object Object]"],
    ] as const) {
      const one = new App(running);
      const answer = await one.register({ client_name: sent, logo_uri: "https://x.example/y.png" });
      expect(JSON.parse(answer.body)).toMatchObject({ client_name: kept });
      expect(await run(url, `select name, icon from "oauthClient" where "clientId" = '${one.id}'`)).toEqual([
        { name: kept, icon: null },
      ]);
    }
  });
});

describe("a refresh token", () => {
  it("is changed at each use, and good for two windows that use it at once", async () => {
    const { person, app, url } = await start();
    const ann = await person();
    const one = await app();
    const tokens = await one.connect(ann);
    const answers = await Promise.all([1, 2, 3].map(() => one.refresh(tokens.refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const late = JSON.parse((await one.refresh(tokens.refresh_token)).body);
    expect(late.refresh_token).not.toBe(tokens.refresh_token);
    expect((await one.refresh(late.refresh_token)).status).toBe(200);
    // Half a minute later it is somebody else who has it.
    await run(url, `update "oauthRefreshToken" set "rotationReplayExpiresAt" = now() - interval '1 second'`);
    expect(errorOf(await one.refresh(tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect(await run(url, 'select id from "oauthRefreshToken"')).toEqual([]);
  });

  it("is of no use to another app, for more than was agreed, or for another server", async () => {
    const { person, app } = await start();
    const ann = await person();
    const [one, other] = [await app(), await app()];
    const { refresh_token = "" } = await one.connect(ann, { scope: "offline_access tasks:read" });
    expect(errorOf(await other.refresh(refresh_token))).toEqual([400, "invalid_grant"]);
    expect(errorOf(await one.refresh(refresh_token, { scope: "tasks:write" }))).toEqual([
      400,
      "invalid_scope",
    ]);
    expect(errorOf(await one.refresh(refresh_token, { resource: "https://other.example/mcp" }))).toEqual([
      400,
      "invalid_target",
    ]);
    expect(JSON.parse((await one.refresh(refresh_token)).body).scope).toBe("offline_access tasks:read");
  });
});
