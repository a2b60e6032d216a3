import { readFileSync } from "node:fs";
import tls from "node:tls";
import type { PoolConfig } from "pg";

/**
 * Turns a PostgreSQL address as people paste it (SQLAlchemy drivers, Neon's `sslmode` and
 * `channel_binding`) into options for `pg`, which reads `sslmode` differently from libpq and ignores
 * `channel_binding`. `require` encrypts without looking at the certificate, as in libpq; `verify-ca` and
 * `verify-full` check it against the certificates in `sslrootcert`, else in `rootCertificate`, else the system's.
 */
export function poolOptions(address: string, rootCertificate?: string): PoolConfig {
  const url = parse(address);
  const mode = url.searchParams.get("sslmode") ?? url.searchParams.get("ssl") ?? defaultMode(url.hostname);
  const binding = url.searchParams.get("channel_binding");
  const file = url.searchParams.get("sslrootcert") ?? rootCertificate;
  for (const name of ["sslmode", "ssl", "sslrootcert", "channel_binding", "sslnegotiation"])
    url.searchParams.delete(name);

  return {
    connectionString: url.toString(),
    ssl: security(mode, file),
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

function security(mode: string, file: string | undefined): PoolConfig["ssl"] {
  switch (mode) {
    case "disable":
    case "allow":
    case "prefer":
    case "false":
      return false;
    case "verify-ca":
      // Whoever has a certificate of that authority is taken for the database, as libpq does.
      return { rejectUnauthorized: true, ca: authorities(file), checkServerIdentity: () => undefined };
    case "verify-full":
      return { rejectUnauthorized: true, ca: authorities(file) };
    default:
      return { rejectUnauthorized: false };
  }
}

/** The certificates in a file, or those that Node.js brings and, where it can read them, the system's. */
function authorities(file: string | undefined): string[] | undefined {
  if (file && file !== "system") {
    try {
      return [readFileSync(file, "utf8")];
    } catch {
      throw new Error(`sslrootcert or PGSSLROOTCERT names ${file}, which cannot be read.`);
    }
  }
  const { getCACertificates } = tls as { getCACertificates?: (kind: "default" | "system") => string[] };
  return getCACertificates && [...getCACertificates("default"), ...getCACertificates("system")];
}
