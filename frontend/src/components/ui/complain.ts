import { ApiError } from "@/lib/api/client";
import { SignedOutError } from "@/lib/api/token";
import { showToast } from "./toasts";

export function sentence(error: unknown): string {
  return error instanceof ApiError || error instanceof SignedOutError
    ? error.message
    : "Something unexpected went wrong. Please try again.";
}

/** Says what was not done and why, and offers to do it again where that may help. A reason may say both: then `what` is empty. */
export function complain(what: string, error: unknown, again?: () => void): void {
  // A refusal stays a refusal; a server or a network that was away may be back.
  const passing = error instanceof ApiError && (error.status === 0 || error.status >= 500);
  showToast({
    kind: "error",
    message: `${what} ${sentence(error)}`.trimStart(),
    ...(again && passing ? { action: { label: "Try again", run: again } } : {}),
  });
}
