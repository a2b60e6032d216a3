import * as z from "zod";
import type { Rate } from "./rate-limit";
import { returnPath } from "./return-to";

/**
 * What `/api/auth` offers. Nothing else of Better Auth's can be reached: a path that is not here costs the database
 * nothing, and a body holds what is written here when Better Auth sees it.
 */

export type Route = {
  method: "GET" | "POST" | "DELETE";
  body?: z.ZodType<object>;
  /** For each address; without a limit where an answer costs less than counting it. */
  address?: Rate;
  /** For each account, whose e-mail address the body has: attempts that fail. */
  account?: Rate;
  /** For each session: attempts to guess the password of somebody who stayed signed in. */
  session?: Rate;
};

const perMinute = (burst: number): Rate => ({ burst, every: 60 / burst });

const nothingToSee = /[\p{Default_Ignorable_Code_Point}\p{Z}\p{C}\u2800]/gu;

const nameWithin = (most: number) =>
  z
    .string("The name has to be a text.")
    .trim()
    .max(most, `The name can have at most ${most} characters.`)
    .refine((value) => !/\p{Cc}/u.test(value), "The name has a character that cannot be shown.")
    .refine((value) => value.replace(nothingToSee, "") !== "", "The name is empty.");

const name = nameWithin(100);

const email = z
  .string("The e-mail address has to be a text.")
  .trim()
  .max(254, "The e-mail address can have at most 254 characters.")
  .pipe(z.email("That does not look like an e-mail address."))
  .transform((value) => value.toLowerCase());

const password = z
  .string("The password has to be a text.")
  .max(128, "The password can have at most 128 characters.");

const newPassword = password.min(8, "The password needs at least 8 characters.");

const yesOrNo = (field: string) => z.boolean(`"${field}" has to be true or false.`).optional();

/** Sent by Better Auth's own client; its answer tells the page to go there. */
const callbackURL = z
  .unknown()
  .transform((value) => returnPath(value))
  .optional();

const lifetime =
  "The lifetime has to be a number of days from 1 to 365, or null for a key that does not expire.";
const scopes = "The scopes have to be a list of tasks:read, tasks:write or both.";

/** Whoever may write may read. */
export const newKey = z.strictObject({
  name: nameWithin(60),
  scopes: z
    .array(z.enum(["tasks:read", "tasks:write"], scopes), scopes)
    .min(1, scopes)
    .transform((list) =>
      list.includes("tasks:write")
        ? ["tasks:read" as const, "tasks:write" as const]
        : ["tasks:read" as const],
    ),
  expires_in_days: z.int(lifetime).min(1, lifetime).max(365, lifetime).nullable().default(90),
});

const nothing = z.strictObject({});
const changes = perMinute(100);

const routes: Record<string, Route | Route[]> = {
  "sign-up/email": {
    method: "POST",
    body: z.strictObject({
      name,
      email,
      password: newPassword,
      rememberMe: yesOrNo("rememberMe"),
      callbackURL,
    }),
    address: perMinute(30),
  },
  "sign-in/email": {
    method: "POST",
    body: z.strictObject({ email, password, rememberMe: yesOrNo("rememberMe"), callbackURL }),
    address: perMinute(15),
    account: { burst: 10, every: 20 },
  },
  "sign-out": { method: "POST", body: nothing, address: changes },
  "update-user": { method: "POST", body: z.strictObject({ name }), address: changes },
  "change-password": {
    method: "POST",
    body: z.strictObject({
      currentPassword: password,
      newPassword,
      revokeOtherSessions: yesOrNo("revokeOtherSessions"),
    }),
    address: perMinute(15),
    session: perMinute(5),
  },
  "delete-user": {
    method: "POST",
    body: z.strictObject({ password }),
    address: perMinute(5),
    session: perMinute(5),
  },
  "list-sessions": { method: "GET", address: changes },
  "revoke-session": {
    method: "POST",
    body: z.strictObject({
      token: z.string("The token has to be a text.").max(128).regex(/^\w+$/, "There is no such session."),
    }),
    address: changes,
  },
  "revoke-sessions": { method: "POST", body: nothing, address: changes },
  "revoke-other-sessions": { method: "POST", body: nothing, address: changes },
  keys: [
    { method: "GET", address: changes },
    { method: "POST", body: newKey, address: changes },
  ],
  "keys/:id": { method: "DELETE", address: changes },
  apps: { method: "GET", address: changes },
  "apps/:id": { method: "DELETE", address: changes },
  "get-session": { method: "GET" },
  token: { method: "GET" },
  jwks: { method: "GET" },
};

/** What is at this path, for each method. */
export function routesAt(pathname: string): { name: string; routes: Route[] } | undefined {
  const path = /^\/api\/auth\/(.*)$/.exec(pathname)?.[1] ?? "";
  const name = path.replace(/^(keys|apps)\/[\w-]{1,64}$/, "$1/:id");
  const found = Object.hasOwn(routes, name) ? routes[name] : undefined;
  return found && { name, routes: [found].flat() };
}
