import { poolOptions } from "./database-url";
import { env } from "./env";

/** A wrong configuration ends the process before it serves anything, with one line that names the variable. */
export function checkConfiguration(): void {
  try {
    const { databaseUrl, rootCertificate } = env();
    poolOptions(databaseUrl, rootCertificate);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
