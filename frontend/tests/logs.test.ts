import { describe, expect, it } from "vitest";
import { backend, Running, settings, until } from "./running";

const finished = (id: string) => (running: Running) =>
  until(() => running.linesOf(id).some(({ message }) => message === "request finished"));

describe("the log", () => {
  it("has one line for each request, without what the request carried", async () => {
    const running = await Running.start();
    for (const [path, id] of [
      ["/?token=hidden", "page-1"],
      ["/sign-in?next=hidden", "page-2"],
      ["/nothing-here", "page-3"],
      ["/icon.svg", "page-4"],
    ] as const) {
      const response = await running.fetch(path, { headers: { "x-request-id": id, cookie: "a=hidden" } });
      expect(response.headers.get("x-request-id")).toBe(id);
      await response.text();
      await finished(id)(running);
      expect(running.linesOf(id)).toEqual([
        {
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
          level: "INFO",
          message: "request finished",
          target: "todo-frontend",
          request_id: id,
          "http.method": "GET",
          "http.route": path.split("?")[0],
          "http.status": response.status,
          duration_ms: expect.any(Number),
        },
      ]);
    }
    expect(running.output.join("\n")).not.toContain("hidden");
    expect(running.errors).toBe("");
  });

  it("gives a request without an id, or with one that looks like none, an id of its own", async () => {
    const running = await Running.start();
    for (const sent of [undefined, "a b", "<script>", "x".repeat(200)]) {
      const response = await running.fetch("/sign-in", { headers: sent ? { "x-request-id": sent } : {} });
      expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it("passes the id on to the backend, and its answer comes back under that id, once", async () => {
    const url = await backend((request, response) => {
      response.writeHead(200, { "x-request-id": String(request.headers["x-request-id"]) });
      response.end(request.headers["x-request-id"]);
    });
    const running = await Running.start({ BACKEND_URL: url });
    const given = await running.fetch("/api/me/tasks", { headers: { "x-request-id": "piped-1" } });
    expect(await given.text()).toBe("piped-1");
    expect(given.headers.get("x-request-id")).toBe("piped-1");
    const made = await running.fetch("/api/chatkit", { method: "POST", body: "{}" });
    expect(await made.text()).toBe(made.headers.get("x-request-id"));
  });

  it("keeps errors, whoever writes them, to lines of their own", async () => {
    const running = await Running.start();
    // For want of a database.
    await running.fetch("/api/auth/jwks", { headers: { "x-request-id": "broken-1" } });
    await running.fetch("/api/me/tasks", { headers: { "x-request-id": "broken-2" } });
    await finished("broken-2")(running);
    expect(running.linesOf("broken-1").filter(({ level }) => level === "ERROR")).not.toEqual([]);
    expect(running.linesOf("broken-2")).toContainEqual(
      expect.objectContaining({
        level: "WARN",
        message: expect.stringContaining("the backend did not answer"),
      }),
    );
    expect(running.lines().every(({ message, level }) => message !== "" && level !== undefined)).toBe(true);
    expect(running.errors).toBe("");
  });

  it("says nothing of probes and less when told so, and speaks text to people", async () => {
    const quiet = await Running.start({ LOG_FORMAT: "text" });
    await quiet.fetch("/api/health");
    await quiet.fetch("/sign-in");
    await until(() => quiet.output.some((line) => line.includes("/sign-in")));
    expect(quiet.output.join("\n")).not.toContain("/api/health");
    expect(quiet.output.at(-1)).toMatch(/^\S+ {2}INFO request finished .*http\.status=200/);
  });

  it("begins with one sentence that names the variable when the configuration is wrong", async () => {
    const attempt = Running.start({ BETTER_AUTH_SECRET: "short" });
    await expect(attempt).rejects.toThrow(
      /ended with 1: .*BETTER_AUTH_SECRET must have at least 32 characters/,
    );
    await expect(attempt).rejects.not.toThrow(settings.BETTER_AUTH_SECRET);
  });
});
