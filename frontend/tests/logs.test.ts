import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { backend, freePort, Running, settings, until } from "./running";

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
        message: expect.stringContaining("backend did not answer"),
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

  const fill = async (running: Running, count: number) => {
    for (let number = 0; number < count; number += 100) {
      const answers = Array.from({ length: 100 }, async (_, next) => {
        const headers = { "x-request-id": `unread-${number + next}` };
        const response = await running.fetch(`/${"x".repeat(500)}`, { method: "LOCK", headers });
        await response.text();
        return response.status;
      });
      expect(new Set(await Promise.all(answers))).toEqual(new Set([405]));
    }
  };
  /** Lines of that many requests are more than a pipe and the process's own memory for lines hold. */
  const many = 3_000;
  const lossesOf = (running: Running) =>
    running.lines().filter(({ message }) => message.includes("lines are missing"));

  it("stops no request when nobody reads it, and says how many lines are missing", async () => {
    const running = await Running.start();
    running.stopReading();
    await fill(running, many);
    running.readOn();
    await until(() => lossesOf(running).length > 0);
    await running.fetch("/sign-in", { headers: { "x-request-id": "read-again" } });
    await finished("read-again")(running);
    running.tellToEnd();
    expect(await running.exit).toBe(0);

    const kept = running.lines().filter(({ request_id }) => String(request_id).startsWith("unread-"));
    expect(kept.length).toBeLessThan(many);
    expect(lossesOf(running)).toMatchObject([{ level: "WARN", lines: many - kept.length }]);
    expect(running.lines().at(-1)?.message).toBe("todo-frontend has ended");
    expect(running.errors).toBe("");
  });

  it("does not keep the process from its end when nobody reads it", async () => {
    const running = await Running.start();
    running.stopReading();
    await fill(running, many);
    const ended = once(running.process, "exit");
    running.tellToEnd();
    expect(await ended).toEqual([0, null]);
  });

  it("is lost, and nothing else is, when the disk is full or the reader has gone", async () => {
    const full = await Running.start({ PORT: String(await freePort()) }, "exec > /dev/full;");
    const gone = await Running.start();
    gone.process.stdout?.destroy();
    for (const running of [full, gone]) {
      await fill(running, 100);
      running.tellToEnd();
      expect(await running.exit).toBe(0);
      expect(running.errors).toBe("");
    }
  });
});
