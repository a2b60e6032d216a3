/** What a page throws that cannot be shown because the database is away; Next.js gives `digest` to the error page. */
export class DatabaseAway extends Error {
  readonly digest = digest;

  constructor() {
    super("The database cannot be reached.");
  }
}

const digest = "DATABASE_AWAY";

export function isDatabaseAway(error: unknown): boolean {
  return error instanceof Error && "digest" in error && error.digest === digest;
}
