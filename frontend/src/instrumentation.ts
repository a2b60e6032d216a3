/** Runs once when the server starts. */
export async function register(): Promise<void> {
  // Next.js compiles this file for its edge runtime too, where there is no process to end.
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { checkConfiguration } = await import("./lib/check-configuration");
    checkConfiguration();
  }
}
