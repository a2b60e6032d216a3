/** The person between an app and the authorization server: who lets it in, and takes that back. */

import { describe, expect, it } from "vitest";
import { App } from "./apps";
import { run } from "./databases";
import { errorOf, refused, site, start } from "./oauth-start";
import { Person } from "./people";
import { ask, backend } from "./running";

describe("consent", () => {
  it("is asked of whoever signs in in the middle, on a page that says who asks for what", async () => {
    const { running, person, app } = await start();
    const ann = await person();
    const stranger = new Person(running, site);
    const one = await app();
    const page = await one.begin(stranger);
    expect(page).toMatch(/^\/consent\?/);
    const sent = await stranger.ask("GET", page, undefined, { accept: "text/html" });
    expect(sent.status).toBe(307);
    const next = new URL(sent.headers.location ?? "", site).searchParams.get("next") ?? "";
    expect(next).toMatch(/^\/consent\?/);
    await stranger.signIn(ann);
    const shown = await stranger.ask("GET", next, undefined, { accept: "text/html" });
    expect(shown.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(shown.headers["x-frame-options"]).toBe("DENY");
    const text = shown.body.replace(/<script.*?<\/script>|<[^>]*>/gs, "");
    expect(text).toContain("Let Claude Code use your tasks?");
    expect(text).toContain("not verified");
    expect(text).toContain("localhost:3118");
    expect(text).toContain("delete tasks");
    const answer = await one.answer(stranger, next);
    expect(JSON.parse(answer.body).url).toContain("http://localhost:3118/callback?code=");
  });

  it("shows a hostile name as text", async () => {
    const { running, person } = await start();
    const ann = await person();
    const one = new App(running);
    await one.register({ client_name: `<img src=x onerror="alert(1)">\u202e` });
    const { body } = await ann.ask("GET", await one.begin(ann), undefined, { accept: "text/html" });
    expect(body).toContain("&lt;img src=x onerror=");
    expect(body).not.toContain("<img src=x");
    expect(body).not.toContain("\u202e");
  });

  it("is nobody's but that of the person whom the page asked, by a page of this site", async () => {
    const { person, app, url } = await start();
    const ann = await person();
    const bob = await person();
    const one = await app();
    const page = await one.begin(ann);
    const { user } = JSON.parse((await ann.ask("GET", "/api/auth/get-session")).body);
    const byBob = await one.answer(bob, page, true, user.id);
    expect([byBob.status, JSON.parse(byBob.body).code]).toEqual([409, "other_person"]);
    const body = { accept: true, oauth_query: page.replace("/consent?", ""), user: user.id };
    const evil = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await ann.ask("POST", "/api/auth/oauth2/consent", body, evil)).status).toBe(403);
    const form = { "content-type": "text/plain" };
    expect((await ann.ask("POST", "/api/auth/oauth2/consent", body, form)).status).toBe(415);
    const stranger = new Person(ann.running, site);
    expect((await stranger.ask("POST", "/api/auth/oauth2/consent", body)).status).toBe(401);
    const changed = { ...body, oauth_query: body.oauth_query.replace("tasks%3Aread", "tasks%3Awrite") };
    expect((await ann.ask("POST", "/api/auth/oauth2/consent", changed)).status).toBe(400);
    expect(await run(url, 'select id from "oauthConsent"')).toEqual([]);
    const denied = JSON.parse((await one.answer(ann, page, false)).body).url;
    expect([refused(denied), new URL(denied).searchParams.get("state")]).toEqual([
      "access_denied",
      "a state",
    ]);
  });

  it("is asked again where an app wants that or more, and never of one who is not there", async () => {
    const { running, person, app } = await start();
    const ann = await person();
    const one = await app();
    await one.connect(ann, { scope: "tasks:read" });
    expect(await one.begin(ann, { scope: "tasks:read" })).toContain("code=");
    expect(await one.begin(ann, { scope: "tasks:read", prompt: "login consent" })).toMatch(/^\/consent\?/);
    expect(await one.begin(ann, { scope: "tasks:write" })).toMatch(/^\/consent\?/);
    expect(await one.begin(ann, { prompt: "select_account", scope: "tasks:read" })).toContain("code=");
    expect(refused(await one.begin(ann, { prompt: "none", scope: "tasks:write" }))).toBe("consent_required");
    expect(refused(await one.begin(new Person(running, site), { prompt: "none" }))).toBe("login_required");
    const page = await one.begin(ann, { prompt: "consent" });
    expect(JSON.parse((await one.answer(ann, page)).body).url).toContain("code=");
  });

  it("page says in a sentence why an app cannot be connected, without the app's own words", async () => {
    const { running, person, app } = await start();
    const ann = await person();
    const one = await app();
    const page = await one.begin(ann);
    for (const [path, sentence] of [
      ["/consent?error=invalid_client&error_description=Call+0900+123", "not known here any more"],
      ["/consent?error=constructor", "not understood here"],
      ["/consent", "not understood here"],
      [page.replace(/exp=\d+/, "exp=1"), "asked too long ago"],
      [page.replace(one.id, "made-up"), "not known here any more"],
      [page.replace("3118%2Fcallback", "3118%2Fother"), "did not register"],
    ] as const) {
      const { body } = await ann.ask("GET", path, undefined, { accept: "text/html" });
      expect(body).toContain(sentence);
      expect(body).not.toContain("0900 123");
    }
    const sent = await ask(running, one.address({ client_id: "made-up" }));
    expect(sent.headers.location).toContain(`${site}/consent?error=invalid_client`);
  });
});

describe("what a person takes back", () => {
  it("is an app with its tokens and codes, of that person alone", async () => {
    const { person, app, url } = await start();
    const [ann, bob] = [await person(), await person()];
    const one = await app();
    const [annsTokens, bobsTokens] = [await one.connect(ann), await one.connect(bob)];
    const pending = (await one.letIn(ann)).searchParams.get("code") ?? "";
    const listed = JSON.parse((await ann.ask("GET", "/api/auth/apps")).body);
    expect(listed).toEqual({
      apps: [
        {
          client_id: one.id,
          name: "Claude Code",
          uri: null,
          scopes: ["offline_access", "tasks:read", "tasks:write"],
          created_at: expect.stringMatching(/^\d{4}-/),
          last_used_at: expect.stringMatching(/^\d{4}-/),
        },
      ],
    });
    expect((await ann.ask("DELETE", `/api/auth/apps/${one.id}`)).status).toBe(204);
    expect(JSON.parse((await ann.ask("GET", "/api/auth/apps")).body)).toEqual({ apps: [] });
    expect((await ann.ask("DELETE", `/api/auth/apps/${one.id}`)).status).toBe(404);
    expect(errorOf(await one.refresh(annsTokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect(errorOf(await one.change(pending))).toEqual([400, "invalid_grant"]);
    expect((await one.refresh(bobsTokens.refresh_token)).status).toBe(200);
    expect(await run(url, 'select count(*)::int as n from "oauthConsent"')).toEqual([{ n: 1 }]);
    expect(await one.begin(ann)).toMatch(/^\/consent\?/);
  });

  it("is nothing of anybody else's, and not without a session or from another site", async () => {
    const { running, person, app } = await start();
    const [ann, bob] = [await person(), await person()];
    const one = await app();
    const tokens = await one.connect(ann);
    const path = `/api/auth/apps/${one.id}`;
    expect((await bob.ask("DELETE", path)).status).toBe(404);
    expect((await new Person(running, site).ask("DELETE", path)).status).toBe(401);
    expect((await ask(running, "/api/auth/apps")).status).toBe(401);
    const bearer = { authorization: `Bearer ${tokens.access_token}` };
    expect((await ask(running, "/api/auth/apps", { headers: bearer })).status).toBe(401);
    expect((await ann.ask("DELETE", path, undefined, { origin: "https://evil.example" })).status).toBe(403);
    expect((await one.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it("are all refresh tokens, by another password or by signing out everywhere", async () => {
    const { person, app } = await start();
    const ann = await person();
    for (const [path, body] of [
      ["revoke-sessions", {}],
      ["revoke-other-sessions", {}],
      ["change-password", { currentPassword: ann.password, newPassword: "another password" }],
    ] as const) {
      const one = await app();
      const tokens = await one.connect(ann);
      const pending = (await one.letIn(ann)).searchParams.get("code") ?? "";
      if (path === "change-password") {
        const wrong = { ...body, currentPassword: "not the password" };
        expect((await ann.ask("POST", `/api/auth/${path}`, wrong)).status).toBe(400);
        const { refresh_token } = JSON.parse((await one.refresh(tokens.refresh_token)).body);
        tokens.refresh_token = refresh_token;
      }
      expect([path, (await ann.ask("POST", `/api/auth/${path}`, body)).status]).toEqual([path, 200]);
      expect([path, ...errorOf(await one.refresh(tokens.refresh_token))]).toEqual([
        path,
        400,
        "invalid_grant",
      ]);
      expect([path, ...errorOf(await one.change(pending))]).toEqual([path, 400, "invalid_grant"]);
      if (path === "revoke-sessions") await ann.signIn();
    }
  });

  it("is a refresh token by the app itself", async () => {
    const { person, app } = await start();
    const ann = await person();
    const one = await app();
    const tokens = await one.connect(ann);
    expect((await one.revoke(tokens.refresh_token ?? "")).status).toBe(200);
    expect(errorOf(await one.refresh(tokens.refresh_token))).toEqual([400, "invalid_grant"]);
    expect((await one.revoke("made-up")).status).toBe(200);
  });

  it("is everything with the account, and apps that nobody else has let in", async () => {
    const api = await backend((_, response) => response.writeHead(204).end());
    const { url, person, app } = await start({ BACKEND_URL: api });
    const [ann, bob] = [await person(), await person()];
    const [hers, both] = [await app(), await app()];
    const tokens = await hers.connect(ann);
    await both.connect(ann);
    await both.connect(bob);
    await hers.letIn(ann);
    expect((await ann.ask("POST", "/api/auth/delete-user", { password: ann.password })).status).toBe(200);
    expect(errorOf(await hers.refresh(tokens.refresh_token))[1]).toMatch(/^invalid_(client|grant)$/);
    expect(await run(url, 'select "clientId" from "oauthClient"')).toEqual([{ clientId: both.id }]);
    for (const table of ["oauthConsent", "oauthRefreshToken"])
      expect([table, ...(await run(url, `select count(*)::int as n from "${table}"`))]).toEqual([
        table,
        { n: 1 },
      ]);
    expect(await run(url, "select id from verification")).toEqual([]);
  });
});
