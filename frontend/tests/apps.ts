/** Apps that people let in, as they speak to the authorization server. */

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Person } from "./people";
import { type Answer, ask, type Running, type Variables } from "./running";

export const resource = "http://localhost:3000/mcp";
const oauth = "/api/auth/oauth2";

export type Tokens = { access_token: string; refresh_token?: string; scope: string; expires_in: number };

export class App {
  id = "";
  secret: string | undefined;
  readonly verifier = randomBytes(32).toString("base64url");

  constructor(
    readonly running: Running,
    readonly redirectUri = "http://localhost:3118/callback",
  ) {}

  async register(body: object = {}, headers: Variables = {}): Promise<Answer> {
    const answer = await ask(this.running, `${oauth}/register`, {
      method: "POST",
      headers,
      body: {
        client_name: "Claude Code",
        redirect_uris: [this.redirectUri],
        token_endpoint_auth_method: "none",
        ...body,
      },
    });
    const { client_id, client_secret } = JSON.parse(answer.body);
    this.id = client_id;
    this.secret = client_secret;
    return answer;
  }

  /** The address that the app opens in the person's browser. */
  address(changes: Record<string, string | undefined> = {}): string {
    const query = {
      response_type: "code",
      client_id: this.id,
      redirect_uri: this.redirectUri,
      code_challenge: createHash("sha256").update(this.verifier).digest("base64url"),
      code_challenge_method: "S256",
      state: "a state",
      scope: "offline_access tasks:read tasks:write",
      resource,
      ...changes,
    };
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return `${oauth}/authorize?${new URLSearchParams(given)}`;
  }

  /** Where the person's browser is sent, relative to this site or whole. */
  async begin(person: Person, changes?: Record<string, string | undefined>): Promise<string> {
    const answer = await person.ask("GET", this.address(changes), undefined, { accept: "text/html" });
    return answer.headers.location ?? `${answer.status} ${answer.body}`;
  }

  /** The person's answer to the consent page at this address. */
  async answer(person: Person, page: string, accept = true, user?: string): Promise<Answer> {
    const session = JSON.parse((await person.ask("GET", "/api/auth/get-session")).body);
    return person.ask("POST", `${oauth}/consent`, {
      accept,
      oauth_query: page.replace("/consent?", ""),
      user: user ?? session?.user.id ?? "nobody",
    });
  }

  /** What the app is sent back, once the person has let it in. */
  async letIn(person: Person, changes?: Record<string, string | undefined>): Promise<URL> {
    const page = await this.begin(person, changes);
    if (!page.startsWith("/consent?")) return new URL(page);
    const answer = await this.answer(person, page);
    if (answer.status !== 200) throw new Error(answer.body);
    return new URL(JSON.parse(answer.body).url);
  }

  token(form: Record<string, string>, headers: Variables = {}): Promise<Answer> {
    return this.send("token", { client_id: this.id, ...form }, headers);
  }

  change(code: string, changes: Record<string, string> = {}): Promise<Answer> {
    return this.token({
      grant_type: "authorization_code",
      code,
      redirect_uri: this.redirectUri,
      code_verifier: this.verifier,
      ...changes,
    });
  }

  async connect(person: Person, changes?: Record<string, string | undefined>): Promise<Tokens> {
    const back = await this.letIn(person, changes);
    const answer = await this.change(back.searchParams.get("code") ?? "");
    if (answer.status !== 200) throw new Error(`${back} ${answer.body}`);
    return JSON.parse(answer.body);
  }

  refresh(token = "", changes: Record<string, string> = {}): Promise<Answer> {
    return this.token({ grant_type: "refresh_token", refresh_token: token, ...changes });
  }

  revoke(token: string): Promise<Answer> {
    return this.send("revoke", { token, client_id: this.id });
  }

  private async send(name: string, form: Record<string, string>, headers: Variables = {}): Promise<Answer> {
    const { running } = this;
    const request = httpRequest({
      host: "127.0.0.1",
      port: running.port,
      path: `${oauth}/${name}`,
      method: "POST",
      agent: false,
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    });
    request.end(new URLSearchParams(form).toString());
    const [response] = (await once(request, "response")) as [IncomingMessage];
    let body = "";
    for await (const chunk of response.setEncoding("utf8")) body += chunk;
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  }
}

export function claimsOf(token: string): { head: Record<string, unknown>; claims: Record<string, unknown> } {
  const [head, claims] = token
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
  return { head, claims };
}
