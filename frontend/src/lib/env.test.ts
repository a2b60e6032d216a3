import { describe, expect, it } from "vitest";
import { EnvError, parseEnv } from "./env";

const good = {
  BETTER_AUTH_URL: "https://todo.example/",
  BETTER_AUTH_SECRET: "s".repeat(32),
  DATABASE_URL: "postgres://db/all",
};

describe("parseEnv", () => {
  it("takes the origin of the address and the default backend", () => {
    expect(parseEnv(good)).toMatchObject({
      publicOrigin: "https://todo.example",
      backendUrl: "http://localhost:8000",
      databaseUrl: "postgres://db/all",
    });
  });

  it("takes the origin of the MCP server's address, and hands nothing on without one", () => {
    expect(parseEnv({ ...good, MCP_SERVER_URL: "" }).mcpServerUrl).toBeUndefined();
    for (const MCP_SERVER_URL of ["http://todo-mcp:8001", "http://todo-mcp:8001/mcp"])
      expect(parseEnv({ ...good, MCP_SERVER_URL }).mcpServerUrl).toBe("http://todo-mcp:8001");
    expect(() => parseEnv({ ...good, MCP_SERVER_URL: "todo-mcp:8001" })).toThrow("MCP_SERVER_URL must");
  });

  it("prefers the frontend's own database, and the direct address for migrations", () => {
    const both = parseEnv({ ...good, FRONTEND_DATABASE_URL: "postgres://db/auth" });
    expect(both).toMatchObject({
      databaseUrl: "postgres://db/auth",
      migrationDatabaseUrl: "postgres://db/auth",
    });
    const direct = parseEnv({ ...good, DATABASE_URL_DIRECT: "postgres://direct/all" });
    expect(direct).toMatchObject({
      databaseUrl: "postgres://db/all",
      migrationDatabaseUrl: "postgres://direct/all",
    });
  });

  it("names every variable that is missing, empty counting as missing", () => {
    const attempt = () => parseEnv({ DATABASE_URL: "", BETTER_AUTH_URL: "" });
    expect(attempt).toThrow(EnvError);
    expect(attempt).toThrow(/BETTER_AUTH_URL is missing.*BETTER_AUTH_SECRET is missing/);
    expect(() => parseEnv({ ...good, DATABASE_URL: "" })).toThrow("DATABASE_URL is missing");
  });

  it("finds the MCP server at the public origin, unless people type another address", () => {
    expect(parseEnv(good).mcpUrl).toBe("https://todo.example/mcp");
    expect(parseEnv({ ...good, MCP_PUBLIC_URL: "https://mcp.example/mcp/" }).mcpUrl).toBe(
      "https://mcp.example/mcp",
    );
    expect(() => parseEnv({ ...good, MCP_PUBLIC_URL: "todo.example/mcp" })).toThrow("MCP_PUBLIC_URL");
    const MCP_ALLOWED_ORIGINS = "https://tools.example/, http://tools.example:*,";
    expect(parseEnv({ ...good, MCP_ALLOWED_ORIGINS }).mcpAllowedOrigins).toEqual([
      "https://tools.example",
      "http://tools.example:*",
    ]);
    for (const wrong of ["*", "tools.example", "https://*.example", "https://tools.example/mcp"])
      expect(() => parseEnv({ ...good, MCP_ALLOWED_ORIGINS: wrong })).toThrow("MCP_ALLOWED_ORIGINS");
  });

  it("offers OpenAI's chat only with a key for this domain, from OpenAI's own address unless told another", () => {
    expect(parseEnv(good).widget).toBeNull();
    expect(parseEnv({ ...good, CHATKIT_SCRIPT_URL: "https://proxy.example/chatkit.js" }).widget).toBeNull();
    expect(parseEnv({ ...good, CHATKIT_DOMAIN_KEY: "domain_pk_1" }).widget).toEqual({
      domainKey: "domain_pk_1",
      scriptUrl: "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js",
    });
    const proxied = {
      ...good,
      CHATKIT_DOMAIN_KEY: "domain_pk_1",
      CHATKIT_SCRIPT_URL: "https://proxy.example/c.js",
    };
    expect(parseEnv(proxied).widget?.scriptUrl).toBe("https://proxy.example/c.js");
    expect(() => parseEnv({ ...good, CHATKIT_DOMAIN_KEY: "a; script-src *" })).toThrow(
      "CHATKIT_DOMAIN_KEY must",
    );
    expect(() => parseEnv({ ...proxied, CHATKIT_SCRIPT_URL: "data:text/javascript,1" })).toThrow(
      "CHATKIT_SCRIPT_URL must",
    );
  });

  it("reads how to log and how to end, as the other processes do", () => {
    expect(parseEnv(good)).toMatchObject({ logLevel: "info", logFormat: "json", drainDelay: 0, port: 3000 });
    const given = { LOG_LEVEL: "warn,sqlx=debug", LOG_FORMAT: "text", DRAIN_DELAY: "5", PORT: "8080" };
    expect(parseEnv({ ...good, ...given })).toMatchObject({
      logLevel: "warn",
      logFormat: "text",
      drainDelay: 5,
      port: 8080,
    });
  });

  it("listens everywhere unless told where, brackets or not", () => {
    expect(parseEnv(good).host).toBeUndefined();
    for (const [HOST, host] of [
      ["[::]", "::"],
      ["::1", "::1"],
      ["0.0.0.0", "0.0.0.0"],
      ["localhost", "localhost"],
    ])
      expect(parseEnv({ ...good, HOST }).host).toBe(host);
    // What a container runtime sets to the container's name.
    expect(parseEnv({ ...good, HOSTNAME: "5f2a" }).host).toBeUndefined();
  });

  it.each([
    ["LOG_LEVEL", "loud"],
    ["LOG_FORMAT", "xml"],
    ["DRAIN_DELAY", "-1"],
    ["DRAIN_DELAY", "soon"],
    ["PORT", "70000"],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "proxy.local"],
    ["HOST", "[::"],
    ["HOST", "a b"],
  ])("refuses %s=%s", (name, value) => {
    expect(() => parseEnv({ ...good, [name]: value })).toThrow(`${name} must`);
  });

  it("never tells a value", () => {
    const attempt = () => parseEnv({ ...good, BETTER_AUTH_SECRET: "hunter2", BETTER_AUTH_URL: "nonsense" });
    expect(attempt).toThrow("BETTER_AUTH_SECRET must have at least 32 characters");
    expect(attempt).not.toThrow(/hunter2|nonsense/);
  });
});
