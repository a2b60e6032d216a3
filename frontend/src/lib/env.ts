import { isIP } from "node:net";
import * as z from "zod";
import { proxiesOf } from "./client-address";
import { isOriginPattern } from "./origins";

/** The only module that reads the environment. Values are checked once, at the first use. */

const origin = z
  .url({ protocol: /^https?$/, error: "must be an http(s) address such as http://localhost:3000" })
  .transform((value) => new URL(value).origin);

const address = z.url({ protocol: /^https?$/, error: "must be an http(s) address" });

const levels = ["off", "error", "warn", "info", "debug", "trace"] as const;

/** As the other processes read it: one level, perhaps with exceptions for parts of them, such as `info,sqlx=debug`. */
const logLevel = z
  .string()
  .default("info")
  .transform((value) => value.split(",").find((part) => !part.includes("=")))
  .pipe(z.enum(levels, { error: `must be one of ${levels.join(", ")}` }));

const wholeNumber = (most: number) =>
  z.coerce
    .number({ error: "must be a whole number" })
    .int({ error: "must be a whole number" })
    .min(0, "must not be negative")
    .max(most, `must be at most ${most}`);

const listed = (value: string) =>
  value
    .split(",")
    .map((part) => part.trim().replace(/\/$/, ""))
    .filter(Boolean);

const origins = z
  .string()
  .default("")
  .transform(listed)
  .refine((list) => list.every(isOriginPattern), {
    error: "must be origins such as https://todo.example or http://*:30080, separated by commas",
  });

const host = z
  .string()
  .transform((value) => value.replace(/^\[(.*)\]$/, "$1"))
  .refine((value) => isIP(value) !== 0 || /^[a-z0-9.-]+$/i.test(value), {
    error: "must be an address to listen at, such as 127.0.0.1 or [::]",
  });

const trustedProxies = z
  .string()
  .default("")
  .transform((value, context) => {
    const proxies = proxiesOf(value);
    if (proxies) return proxies;
    context.addIssue({
      code: "custom",
      message: "must be addresses or networks such as 10.0.0.0/8, separated by commas",
    });
    return z.NEVER;
  });

/** Where OpenAI publishes the loader of its chat widget. There is no other, and it has no versions. */
const widgetScript = "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js";

const schema = z
  .object({
    BETTER_AUTH_URL: origin,
    MCP_PUBLIC_URL: z.url({ protocol: /^https?$/, error: "must be an http(s) address" }).optional(),
    MCP_ALLOWED_ORIGINS: z
      .string()
      .default("")
      .transform(listed)
      .refine((list) => list.every((part) => /^https?:\/\/[^/\s*]+(?::\*)?$/i.test(part)), {
        error: "must be origins such as https://tools.example or http://tools.example:*, separated by commas",
      }),
    TRUSTED_ORIGINS: origins,
    TRUSTED_PROXIES: trustedProxies,
    BETTER_AUTH_SECRET: z.string("is missing").min(32, "must have at least 32 characters"),
    BACKEND_URL: address.default("http://localhost:8000").transform((value) => value.replace(/\/+$/, "")),
    MCP_SERVER_URL: address.transform((value) => new URL(value).origin).optional(),
    DATABASE_URL: z.string().optional(),
    FRONTEND_DATABASE_URL: z.string().optional(),
    DATABASE_URL_DIRECT: z.string().optional(),
    PGSSLROOTCERT: z.string().optional(),
    HOST: host.optional(),
    PORT: wholeNumber(65_535).default(3000),
    DRAIN_DELAY: wholeNumber(3600).default(0),
    CHATKIT_DOMAIN_KEY: z
      .string()
      .regex(/^[\w.-]{1,512}$/, "must be a key as OpenAI gives it out, such as domain_pk_…")
      .optional(),
    CHATKIT_SCRIPT_URL: address.default(widgetScript),
    LOG_LEVEL: logLevel,
    LOG_FORMAT: z.enum(["json", "text"], { error: "must be json or text" }).default("json"),
  })
  .transform((value, context) => {
    const databaseUrl = value.FRONTEND_DATABASE_URL ?? value.DATABASE_URL;
    if (databaseUrl === undefined) {
      context.addIssue({ code: "custom", path: ["DATABASE_URL"], message: "is missing" });
      return z.NEVER;
    }
    return {
      /** Public origin of the product, without a trailing slash. */
      publicOrigin: value.BETTER_AUTH_URL,
      /** Where agents reach the MCP server, as people type it: the resource that apps get tokens for. */
      mcpUrl: (value.MCP_PUBLIC_URL ?? `${value.BETTER_AUTH_URL}/mcp`).replace(/\/+$/, ""),
      /** Pages of which sites besides this machine's may use the MCP server, and so get tokens for it; `*` is any port. */
      mcpAllowedOrigins: value.MCP_ALLOWED_ORIGINS,
      /** Where else people open it; `*` stands for a host that no stranger can have. */
      trustedOrigins: [...value.TRUSTED_ORIGINS, ...sameMachine(value.BETTER_AUTH_URL)],
      /** Which proxies may tell where a request comes from. */
      trustedProxies: value.TRUSTED_PROXIES,
      authSecret: value.BETTER_AUTH_SECRET,
      backendUrl: value.BACKEND_URL,
      /** Origin of the MCP server, where this server is to hand requests on to it. */
      mcpServerUrl: value.MCP_SERVER_URL,
      databaseUrl,
      /** Where migrations go: the direct address when the usual one is a transaction pooler. */
      migrationDatabaseUrl: value.FRONTEND_DATABASE_URL ?? value.DATABASE_URL_DIRECT ?? databaseUrl,
      /** A file with the authorities that the database's certificate may come from. */
      rootCertificate: value.PGSSLROOTCERT,
      /** Where to listen; everywhere without it. */
      host: value.HOST,
      port: value.PORT,
      /** Seconds to go on accepting requests after the signal to stop. */
      drainDelay: value.DRAIN_DELAY,
      /** OpenAI's chat widget; null where only our own chat is offered. */
      widget: value.CHATKIT_DOMAIN_KEY
        ? { domainKey: value.CHATKIT_DOMAIN_KEY, scriptUrl: value.CHATKIT_SCRIPT_URL }
        : null,
      logLevel: value.LOG_LEVEL,
      logFormat: value.LOG_FORMAT,
    };
  });

/** A browser on the same machine may say `localhost` or `127.0.0.1`; both mean the configured origin. */
function sameMachine(publicOrigin: string): string[] {
  const { protocol, hostname, port } = new URL(publicOrigin);
  if (hostname !== "localhost" && hostname !== "127.0.0.1") return [];
  return ["localhost", "127.0.0.1"].map((host) => `${protocol}//${host}${port ? `:${port}` : ""}`);
}

export type Env = z.infer<typeof schema>;
export type WidgetConfig = NonNullable<Env["widget"]>;

/** Names every variable that is missing or malformed, and never a value: values may be secret. */
export class EnvError extends Error {
  override name = "EnvError";
}

export function parseEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const name = issue.path.join(".");
    return name in given ? `${name} ${issue.message}` : `${name} is missing`;
  });
  throw new EnvError(`Configuration: ${faults.join("; ")}.`);
}

let cached: Env | undefined;

/** Throws {@link EnvError} when the environment does not allow the server to run. */
export function env(): Env {
  cached ??= parseEnv(process.env);
  return cached;
}

export const isDevelopment = process.env.NODE_ENV === "development";
