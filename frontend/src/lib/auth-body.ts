import type * as z from "zod";
import { authBodyLimit, readWithin, tooLarge } from "./body-limit";
import { type Problem, problem } from "./problem";

/** The body of a request to `/api/auth` as its schema reads it, or the refusal of it. */
export async function readBody(
  request: Request,
  schema: z.ZodType<object>,
): Promise<{ body: Record<string, unknown> } | { refusal: Response }> {
  const blob = request.body && (await readWithin(request.body, authBodyLimit));
  if (request.body && !blob) return { refusal: problem(tooLarge(authBodyLimit), { connection: "close" }) };
  const text = (await blob?.text()) ?? "";
  // A page of another site can send no JSON without asking first, but text that looks like it.
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (text && type !== "application/json") return refuse(notJson);
  const value = parse(text || "{}");
  if (value === undefined) return refuse(malformed);
  const result = schema.safeParse(value);
  return result.success ? { body: result.data as Record<string, unknown> } : refuse(broken(result.error));
}

const refuse = (what: Problem) => ({ refusal: problem(what) });

const notJson: Problem = {
  status: 415,
  code: "unsupported_media_type",
  detail: "Send application/json.",
};

const malformed: Problem = { status: 400, code: "bad_request", detail: "The body is not JSON." };

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One sentence for each field, the first of them for the whole. */
function broken({ issues }: z.ZodError): Problem {
  const errors = issues.slice(0, 10).map((issue) => {
    const [unknown] = issue.code === "unrecognized_keys" ? issue.keys : [];
    if (unknown !== undefined) {
      const field = unknown.slice(0, 50);
      return { field, code: "unknown_field", message: `${JSON.stringify(field)} cannot be set here.` };
    }
    const field = issue.path.join(".");
    return { field, code: issue.code, message: field ? issue.message : "The body has to be an object." };
  });
  return { status: 422, code: "invalid", detail: errors[0]?.message ?? "The body cannot be read.", errors };
}
