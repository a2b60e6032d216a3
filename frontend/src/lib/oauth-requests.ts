import * as z from "zod";
import { oauthScopes } from "./oauth-options";

/**
 * What apps send to the authorization server, as Better Auth's plugin is to see it: what it would misread is said in
 * another way, and what is not listed here does not reach it.
 */

/** Apps for which the operating system has links of this kind. The plugin takes only schemes that are names of domains. */
const appSchemes = new Set(["cursor:", "vscode:", "vscode-insiders:", "windsurf:"]);

const longestName = 60;

/** The name that an app gives itself: one line of bounded length, without characters that nobody sees or that turn others around. */
export function appName(name: unknown): string {
  const visible = String(name ?? "")
    .normalize("NFC")
    .replace(/[\p{Z}\s]+/gu, " ")
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, "")
    // More marks on one letter than any language has would cover the lines around.
    .replace(/(\p{M}{3})\p{M}+/gu, "$1")
    .trim();
  const short = Array.from(visible).slice(0, longestName).join("");
  return short || "An app without a name";
}

const webPage = z
  .url({ protocol: /^https?$/ })
  .max(200)
  .optional()
  .catch(undefined);

const registration = z.object({
  redirect_uris: z
    .array(z.string().max(1000, "A redirect URI can have at most 1000 characters."))
    .min(1)
    .max(20, "There can be at most 20 redirect URIs."),
  client_name: z.unknown().optional().transform(appName),
  client_uri: webPage,
  token_endpoint_auth_method: z.enum(["none", "client_secret_basic", "client_secret_post"]).optional(),
});

export type Registration = {
  /** For the plugin. */
  body: Record<string, unknown>;
  /** What it is to be told of the redirect URIs afterwards, where it would not have taken them. */
  redirectUris: string[] | undefined;
};

export function registrationOf(sent: unknown): Registration | { error: string; error_description: string } {
  const { success, data, error } = registration.safeParse(sent);
  if (!success) {
    const [issue] = error.issues;
    const wrongUri = issue?.path[0] === "redirect_uris";
    return {
      error: wrongUri ? "invalid_redirect_uri" : "invalid_client_metadata",
      error_description: `${issue?.path.join(".") || "The body"}: ${issue?.message ?? "cannot be read"}`,
    };
  }
  const redirectUris = data.redirect_uris.map((uri, n) => (isAppLink(uri) ? `app.todo.known:/${n}` : uri));
  return {
    body: {
      ...data,
      redirect_uris: redirectUris,
      // Apps on a person's own machine rarely say that they are; without it they may not be called back there.
      application_type: data.redirect_uris.every((uri) => /^https:/i.test(uri)) ? "web" : "native",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    },
    redirectUris: redirectUris.some((uri, n) => uri !== data.redirect_uris[n])
      ? data.redirect_uris
      : undefined,
  };
}

function isAppLink(uri: string): boolean {
  if (!URL.canParse(uri) || /[#\s\\]|\p{C}/u.test(uri)) return false;
  const { protocol, host, username, password } = new URL(uri);
  return appSchemes.has(protocol) && /^[a-z0-9.-]+$/i.test(host) && !username && !password;
}

const authorization = [
  "response_type",
  "client_id",
  "redirect_uri",
  "state",
  "code_challenge",
  "code_challenge_method",
];

/** Only these prompts mean something here: whoever is signed in is asked, and whoever is not signs in. */
const prompts = ["consent", "none"];

export function authorizationOf(sent: URLSearchParams, mcpUrl: string): URLSearchParams {
  const query = only(sent, authorization);
  query.set("scope", scopeOf(sent.get("scope")));
  const prompt = (sent.get("prompt") ?? "").split(" ").find((word) => prompts.includes(word));
  if (prompt) query.set("prompt", prompt);
  addResource(query, sent, mcpUrl);
  return query;
}

/** What is asked for of what there is; access to the tasks if nothing of it is named. Refused by the plugin if nothing is known. */
function scopeOf(sent: string | null): string {
  const asked = (sent ?? "").split(/\s+/).filter(Boolean);
  const known = oauthScopes.filter((scope) => asked.includes(scope));
  if (asked.length > 0 && known.length === 0) return asked.join(" ");
  const tasks = oauthScopes.filter((scope) => scope.startsWith("tasks:"));
  return (known.some((scope) => tasks.includes(scope)) ? known : [...known, ...tasks]).join(" ");
}

const token = [
  "grant_type",
  "client_id",
  "client_secret",
  "code",
  "code_verifier",
  "redirect_uri",
  "refresh_token",
];

export function tokenFormOf(sent: URLSearchParams, mcpUrl: string): URLSearchParams {
  const form = only(sent, token);
  const scope = sent.get("scope");
  if (scope && form.get("grant_type") === "refresh_token") form.set("scope", scope);
  addResource(form, sent, mcpUrl);
  return form;
}

export function revocationFormOf(sent: URLSearchParams): URLSearchParams {
  return only(sent, ["token", "token_type_hint", "client_id", "client_secret"]);
}

/** A parameter that is there twice says nothing. */
function only(sent: URLSearchParams, names: string[]): URLSearchParams {
  const kept = names.filter((name) => sent.getAll(name).length === 1);
  return new URLSearchParams(kept.map((name) => [name, sent.get(name) ?? ""]));
}

/** Without a resource the plugin makes tokens that only it can read. Others than ours it refuses. */
function addResource(to: URLSearchParams, sent: URLSearchParams, mcpUrl: string): void {
  const other = sent.getAll("resource").find((resource) => resource && !isSame(resource, mcpUrl));
  to.set("resource", other ?? mcpUrl);
}

function isSame(resource: string, mcpUrl: string): boolean {
  const plain = (url: string) => new URL(url).href.replace(/\/$/, "");
  return URL.canParse(resource) && plain(resource) === plain(mcpUrl);
}
