import { EnvError, env } from "./lib/env";

/** Runs once when the server starts: a wrong configuration ends it here, with one line that names the variable. */
export function register(): void {
  try {
    env();
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
