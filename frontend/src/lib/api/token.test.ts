import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { authorizedFetch, forgetToken, getToken, lifetime, peekToken, SignedOutError } from "./token";

function token(name: string, seconds = 900): string {
  const payload = btoa(JSON.stringify({ sub: name, iat: 1_000, exp: 1_000 + seconds }));
  return `head.${payload}.${name}`;
}

let tokensAsked = 0;
let session = true;
let away = false;
let answers: Response[] = [];
let sent: Request[] = [];

beforeEach(() => {
  tokensAsked = 0;
  session = true;
  away = false;
  answers = [];
  sent = [];
  forgetToken();
  vi.useFakeTimers();
  vi.stubGlobal("fetch", async (input: RequestInfo) => {
    if (input === "/api/auth/token") {
      tokensAsked += 1;
      if (away) return new Response("", { status: 503 });
      return session ? Response.json({ token: token(`t${tokensAsked}`) }) : new Response("", { status: 401 });
    }
    sent.push(input as Request);
    return answers.shift() ?? new Response("ok");
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const url = "http://here.test/api/me/tasks";

describe("getToken", () => {
  it("asks once for requests that come together and keeps the token", async () => {
    const [one, two] = await Promise.all([getToken(), getToken()]);
    expect(one).toBe(two);
    await getToken();
    expect(tokensAsked).toBe(1);
  });

  it("renews shortly before the token expires, and only when a request needs it", async () => {
    await getToken();
    vi.advanceTimersByTime(869_000);
    expect(await getToken()).toBe(token("t1"));
    vi.advanceTimersByTime(2_000);
    expect(tokensAsked).toBe(1);
    expect(peekToken()).toBeUndefined();
    expect(await getToken()).toBe(token("t2"));
  });

  it("takes the lifetime from the token's own claims, so that a wrong clock does no harm", () => {
    expect(lifetime(token("x", 60))).toBe(60_000);
  });
});

describe("authorizedFetch", () => {
  it("sends the token", async () => {
    await authorizedFetch(url);
    expect(sent[0]?.headers.get("authorization")).toBe(`Bearer ${token("t1")}`);
  });

  it("renews the token at a 401 and sends the same request again, body included", async () => {
    answers = [new Response("", { status: 401 })];
    const response = await authorizedFetch(url, { method: "POST", body: "milk" });
    expect(response.status).toBe(200);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.headers.get("authorization")).toBe(`Bearer ${token("t2")}`);
    expect(await sent[1]?.text()).toBe("milk");
  });

  it("gives up after the second 401", async () => {
    answers = [new Response("", { status: 401 }), new Response("", { status: 401 })];
    await expect(authorizedFetch(url)).rejects.toBeInstanceOf(SignedOutError);
    expect(sent).toHaveLength(2);
  });

  it("takes nobody for signed out while the sign-in service is away", async () => {
    const asked = vi.fn();
    vi.stubGlobal("window", { location: { origin: "http://here.test", assign: asked } });
    await getToken();
    answers = [new Response("", { status: 401 })];
    away = true;
    const refused = authorizedFetch(url);
    await expect(refused).rejects.toThrow("did not answer");
    await expect(refused).rejects.not.toBeInstanceOf(SignedOutError);
    away = false;
    expect((await authorizedFetch(url)).status).toBe(200);
    expect(asked).not.toHaveBeenCalled();
  });

  it("sends nothing without a session", async () => {
    session = false;
    await expect(authorizedFetch(url)).rejects.toBeInstanceOf(SignedOutError);
    expect(sent).toHaveLength(0);
  });
});
