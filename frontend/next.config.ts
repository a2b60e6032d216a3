import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

const root = dirname(fileURLToPath(import.meta.url));

const config: NextConfig = {
  output: "standalone",
  // Lock files above this folder would otherwise move the standalone output into a sub-folder.
  outputFileTracingRoot: root,
  turbopack: { root },
  // No page has a picture that needs another size; so the server needs no picture library either.
  images: { unoptimized: true },
  outputFileTracingExcludes: {
    "next-server": [
      "node_modules/@img/**",
      "node_modules/sharp/**",
      "node_modules/detect-libc/**",
      "node_modules/semver/**",
      // For fonts at build time.
      "node_modules/next/dist/server/capsize-font-metrics.json",
    ],
  },
  poweredByHeader: false,
  reactStrictMode: true,
  experimental: {
    optimizePackageImports: ["radix-ui"],
  },
  headers: async () => [
    {
      // Browsers ask for it of themselves, with every first view; it has no name of its own that a change would change.
      source: "/favicon.ico",
      headers: [{ key: "Cache-Control", value: "public, max-age=86400" }],
    },
    {
      source: "/:path*",
      headers: [
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
        { key: "X-Frame-Options", value: "DENY" },
        // To ask for a link's host before anybody follows it would tell that host's owner what it is called.
        { key: "X-DNS-Prefetch-Control", value: "off" },
        { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=(self), payment=()" },
      ],
    },
  ],
};

export default config;
