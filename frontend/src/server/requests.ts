import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Env } from "../lib/env";
import { originOf, secureAddress } from "../lib/origins";
import { type RequestContext, requestIdHeader, within } from "../lib/request-context";
import { bodyLimit, fits, refuse } from "./bodies";
import type { Log } from "./log";

/** What lies around every answer: its id, its line in the log, and what it must know of the process's end. */

const probe = "/api/health";

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The responses that are under way, of which some may have to be told that the connection is their last. */
export class Open {
  readonly #responses = new Set<ServerResponse>();
  #last = false;

  add(response: ServerResponse): void {
    this.#responses.add(response);
    response.once("close", () => this.#responses.delete(response));
    if (this.#last) response.setHeader("connection", "close");
  }

  /** From now on each answer asks its client, a proxy as a rule, to come back on another connection. */
  letConnectionsGo(): void {
    this.#last = true;
    for (const response of this.#responses) {
      if (!response.headersSent) response.setHeader("connection", "close");
    }
  }
}

type Parts = { handle: Handler; log: Log; open: Open; site: Pick<Env, "publicOrigin" | "trustedOrigins"> };

export function answering({ handle, log, open, site }: Parts): RequestListener {
  return (request, response) => {
    const begun = performance.now();
    const id = acceptedId(request.headers[requestIdHeader]) ?? randomUUID();
    // Pages and routes read it there.
    request.headers[requestIdHeader] = id;
    response.setHeader(requestIdHeader, id);
    open.add(response);

    const path = pathOf(request.url);
    const method = request.method ?? "GET";
    response.once("close", () => {
      // 499: the client left before there was an answer.
      const status = response.headersSent ? response.statusCode : 499;
      // Probes say nothing that anybody would look for.
      log(path === probe ? "debug" : "info", "request finished", {
        "http.method": method,
        "http.route": path,
        "http.status": status,
        duration_ms: Math.round(performance.now() - begun),
        request_id: id,
      });
    });

    const forwardedProto = request.headers["x-forwarded-proto"];
    const origin = originOf(request.headers.host, String(forwardedProto ?? ""), site.publicOrigin);
    const secure = path === probe ? undefined : secureAddress(origin, request.url, site);
    if (secure) {
      response.writeHead(308, { location: secure }).end();
      return;
    }

    // Browsers complain of it where it has no effect.
    if (origin.startsWith("https:")) response.setHeader("cross-origin-opener-policy", "same-origin");

    const context: RequestContext = { id, origin };
    tellOfAbsence(response, context);
    const limit = bodyLimit(path);
    const answer = () => {
      within(context, () => {
        handle(request, response).catch((error: unknown) => {
          log("error", "a request was not answered", {
            error: error instanceof Error ? error.stack : "unknown",
          });
          if (response.headersSent) return response.destroy();
          response.statusCode = 500;
          response.end("Internal Server Error");
        });
      });
    };
    const fit = fits(request, limit);
    if (fit === true) return answer();
    Promise.resolve(fit).then((fit) => (fit ? answer() : refuse(request, response, limit, id)));
  };
}

/** A page that cannot be rendered is 500 to Next.js, whatever the reason. */
function tellOfAbsence(response: ServerResponse, context: RequestContext): void {
  const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse;
  response.writeHead = (status: number, ...head: unknown[]) => {
    if (status !== 500 || !context.databaseAway) return writeHead(status, ...head);
    response.setHeader("retry-after", "2");
    return writeHead(503, ...head);
  };
}

/** The id a client or a proxy sent, if it looks like one: it goes into logs and headers. */
function acceptedId(sent: string | string[] | undefined): string | undefined {
  return typeof sent === "string" && /^[\w.:-]{1,128}$/.test(sent) ? sent : undefined;
}

/** Without the query, which may carry what is nobody's business, and of a bounded length. */
function pathOf(url = "/"): string {
  return url.split(/[?#]/, 1)[0]?.slice(0, 512) || "/";
}
