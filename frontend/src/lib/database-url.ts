import type { PoolConfig } from "pg";

/**
 * Turns a PostgreSQL address as people paste it (SQLAlchemy drivers, Neon's `sslmode` and
 * `channel_binding`) into options for `pg`, which reads `sslmode` differently from libpq and ignores
 * `channel_binding`. `require` encrypts without looking at the certificate, as in libpq; `verify-ca` and
 * `verify-full` check it.
 */
export function poolOptions(address: string): PoolConfig {
  const url = parse(address);
  const mode = url.searchParams.get("sslmode") ?? url.searchParams.get("ssl") ?? defaultMode(url.hostname);
  const binding = url.searchParams.get("channel_binding");
  for (const name of ["sslmode", "ssl", "channel_binding", "sslnegotiation"]) url.searchParams.delete(name);

  return {
    connectionString: url.toString(),
    ssl: tls(mode),
    ...(binding === "require" || binding === "prefer" ? { enableChannelBinding: true } : {}),
  };
}

function parse(address: string): URL {
  const trimmed = address.trim();
  const scheme = /^(?:postgres|postgresql)(?:\+[a-z0-9_]+)?:\/\//i;
  if (!scheme.test(trimmed)) throw new Error("DATABASE_URL must begin with postgres:// or postgresql://.");
  try {
    return new URL(trimmed.replace(scheme, "postgresql://"));
  } catch {
    throw new Error(
      "DATABASE_URL is not a valid address; special characters in the password must be percent-encoded.",
    );
  }
}

/** Neon refuses connections without TLS; everywhere else plain is what an address without `sslmode` meant. */
function defaultMode(hostname: string): string {
  return hostname.endsWith(".neon.tech") ? "verify-full" : "disable";
}

function tls(mode: string): PoolConfig["ssl"] {
  switch (mode) {
    case "disable":
    case "allow":
    case "prefer":
    case "false":
      return false;
    case "verify-ca":
    case "verify-full":
      return { rejectUnauthorized: true };
    default:
      return { rejectUnauthorized: false };
  }
}
