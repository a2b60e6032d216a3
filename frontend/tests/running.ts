/** The process that is deployed, started as a container starts it, and what one sees of it from outside. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const standalone = fileURLToPath(new URL("../.next/standalone/", import.meta.url));

export const settings = {
  BETTER_AUTH_URL: "http://localhost:3000",
  BETTER_AUTH_SECRET: "q7PzJ4n0bXvT2mRk9sLwYcE5hGdUaFi8",
  DATABASE_URL: "postgres://nobody@127.0.0.1:9/nothing",
  BACKEND_URL: "http://127.0.0.1:1",
};

export type Variables = Record<string, string>;

export type Line = Record<string, unknown> & { level: string; message: string };

export class Running {
  /** What it wrote to standard output, line by line. */
  readonly output: string[] = [];
  errors = "";
  /** One that the system chose: a free one that was found before might be taken meanwhile. */
  port = 0;
  readonly exit: Promise<number | null>;
  private readonly reader: Interface | undefined;

  private constructor(readonly process: ChildProcess) {
    this.exit = once(process, "close").then(([code]) => code as number | null);
    this.reader = process.stdout ? createInterface(process.stdout) : undefined;
    this.reader?.on("line", (line) => this.output.push(line));
    process.stderr?.on("data", (data) => {
      this.errors += data;
    });
  }

  /** `before` is said to the shell that becomes the process. */
  static async start(variables: Variables = {}, before = ""): Promise<Running> {
    if (!existsSync(`${standalone}server.js`)) throw new Error("There is no build yet: run `npm run build`.");
    const child = spawn("sh", ["-c", `${before} exec "$0" server.js`, process.execPath], {
      cwd: standalone,
      env: { NODE_ENV: "production", ...settings, HOST: "127.0.0.1", PORT: "0", ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const running = new Running(child);
    const ended = running.exit.then((code) => {
      throw new Error(`it ended with ${code}: ${running.errors}${running.output.join("\n")}`);
    });
    // Its log tells its port, unless the log goes elsewhere: then the port was given.
    const answers = until(() => {
      const line = running.output.find((line) => line.includes("todo-frontend answers"));
      running.port = Number(line?.match(/ port (\d+)/)?.[1] ?? variables.PORT ?? 0);
      return (
        line !== undefined ||
        ask(running, "/api/health").then(
          ({ status }) => status === 200,
          () => false,
        )
      );
    });
    await Promise.race([answers, ended]);
    ended.catch(() => {});
    return running;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  lines(): Line[] {
    return this.output.map((line) => JSON.parse(line) as Line);
  }

  /** The lines of one request. */
  linesOf(requestId: string): Line[] {
    return this.lines().filter((line) => line.request_id === requestId);
  }

  fetch(path: string, options: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { redirect: "manual", ...options });
  }

  /** Leaves what it writes in the pipe. */
  stopReading(): void {
    this.reader?.pause();
  }

  readOn(): void {
    this.reader?.resume();
  }

  tellToEnd(): void {
    this.process.kill("SIGTERM");
  }
}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string };

/** A request whose `Host` can be chosen, which fetch does not let one do. */
export async function ask(
  running: Running,
  path: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: Variables; body?: object } = {},
): Promise<Answer> {
  const request = httpRequest({
    host: "127.0.0.1",
    port: running.port,
    path,
    method,
    agent: false,
    headers: { ...(body ? { "content-type": "application/json" } : {}), ...headers },
  });
  request.end(body ? JSON.stringify(body) : undefined);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

/** Something in the backend's place. */
export async function backend(handle: RequestListener): Promise<string> {
  const server: Server = createServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Waits for something to become true; the test's own time limit ends it otherwise. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A port that nothing listens at, which does not keep others from taking it. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
