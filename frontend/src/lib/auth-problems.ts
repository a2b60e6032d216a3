import { type Problem, problem } from "./problem";

/** The sentences for what Better Auth refuses. */
const sentences: Record<string, string> = {
  INVALID_EMAIL_OR_PASSWORD: "That e-mail address and password do not go together.",
  INVALID_PASSWORD: "That is not your current password.",
  USER_ALREADY_EXISTS: "There is already an account with that e-mail address.",
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: "There is already an account with that e-mail address.",
  USER_DATA_NOT_DELETED:
    "Your tasks and conversations could not be deleted just now, so your account was kept. Please try again in a moment.",
  KEY_NOT_FOUND: "There is no such key.",
  APP_NOT_FOUND: "There is no such app.",
  INVALID_ORIGIN: "This address is not the one the server was set up for, so it refused to sign you in.",
};

const general: Record<number, Omit<Problem, "status">> = {
  401: { code: "unauthorized", detail: "You are signed out. Please sign in." },
  403: { code: "forbidden", detail: "This is not allowed from here." },
  404: { code: "not_found", detail: "There is nothing at this address." },
  503: { code: "unavailable", detail: "This cannot be done just now. Please try again in a moment." },
};

const failed = {
  code: "internal",
  detail: "Something went wrong on the server. Please try again in a moment.",
};

/** A refusal of Better Auth's as a problem, under Better Auth's code where it has one. */
export async function explained(response: Response): Promise<Response> {
  const { status } = response;
  const said = (await response.json().catch(() => null)) as { code?: string; message?: string } | null;
  const { code, detail } = general[status] ?? (status < 500 ? refused(said?.message) : failed);
  const headers = new Headers(status === 503 ? { "retry-after": "2" } : {});
  // A session that is over takes its cookies with it.
  for (const cookie of response.headers.getSetCookie()) headers.append("set-cookie", cookie);
  return problem(
    { status, code: said?.code ?? code, detail: sentences[said?.code ?? ""] ?? detail },
    headers,
  );
}

function refused(message = "That did not work"): Omit<Problem, "status"> {
  return { code: "refused", detail: `${message.replace(/\.$/, "")}.` };
}

export function tooMany(seconds: number): Response {
  const time =
    seconds === 1 ? "a second" : seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  return problem(
    { status: 429, code: "too_many_requests", detail: `Too many attempts. Please try again in ${time}.` },
    { "retry-after": String(seconds) },
  );
}
