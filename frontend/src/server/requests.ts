import { randomUUID } from "node:crypto";
import { type IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import { pageBodyLimit, tooLarge } from "../lib/body-limit";
import { clientAddress } from "../lib/client-address";
import type { Env } from "../lib/env";
import { isStrict, originOf, secureAddress } from "../lib/origins";
import { type Problem, problemHeaders, problemText } from "../lib/problem";
import { clientAddressHeader, type RequestContext, requestIdHeader, within } from "../lib/request-context";
import { isDraining } from "../lib/shutdown";
import type { Log } from "./log";

/** What lies around every answer: its request id, its line in the log, and the limits on what is answered at all. */

const probe = "/api/health";

/** Whose bodies are handed on as they come, or limited where they are read. */
const piped = /^\/(?:api\/|mcp(?:\/|$))/;

/** The response class of this server: what depends on the moment in which the head is written is decided there. */
export class Answer<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
  context: RequestContext | undefined;

  override writeHead(status: number, ...head: unknown[]): this {
    // A client that keeps its connection would send its next request to a process that is about to end.
    if (isDraining()) this.setHeader("connection", "close");
    // Next.js answers 500 for a page that cannot be rendered, whatever the reason.
    const unavailable = status === 500 && this.context?.databaseAway;
    if (unavailable) this.setHeader("retry-after", "2");
    return super.writeHead(unavailable ? 503 : status, ...(head as []));
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
type Parts = {
  handle: Handler;
  log: Log;
  site: Pick<Env, "publicOrigin" | "trustedOrigins" | "trustedProxies">;
};

export function requestListener({
  handle,
  log,
  site,
}: Parts): RequestListener<typeof IncomingMessage, typeof Answer> {
  let told = false;
  return (request, response) => {
    const begun = performance.now();
    const id = acceptedId(request.headers[requestIdHeader]) ?? randomUUID();
    // Pages and routes read it there.
    request.headers[requestIdHeader] = id;
    response.setHeader(requestIdHeader, id);

    const path = pathOf(request.url);
    response.once("close", () => {
      // Probes say nothing that anybody would look for.
      log(path === probe ? "debug" : "info", "request finished", {
        "http.method": request.method,
        "http.route": path,
        // 499: the client left before there was an answer.
        "http.status": response.headersSent ? response.statusCode : 499,
        duration_ms: Math.round(performance.now() - begun),
        request_id: id,
      });
    });

    request.url = withoutSlash(withoutOrigin(request.url));
    const misfit = misfitOf(request);
    if (misfit) {
      if (misfit.status === 405) response.setHeader("allow", methods.join(", "));
      return refuse(response, misfit, id);
    }

    const forwardedProto = request.headers["x-forwarded-proto"];
    const origin = originOf(request.headers.host, String(forwardedProto ?? ""), site.publicOrigin);
    const secure = path === probe ? undefined : secureAddress(origin, request.url, site);
    if (secure) return response.writeHead(308, { location: secure }).end();
    if (!piped.test(path) && !isSmall(request)) {
      return refuse(response, tooLarge(pageBodyLimit), id);
    }

    if (isStrict(origin, site)) response.setHeader("strict-transport-security", "max-age=31536000");
    // Browsers complain of it where it has no effect.
    if (origin.startsWith("https:")) response.setHeader("cross-origin-opener-policy", "same-origin");
    const address = clientAddress(request.socket.remoteAddress, request.headers, site.trustedProxies);
    request.headers[clientAddressHeader] = address;
    const connected = request.socket.remoteAddress ?? "";
    if (!told && request.headers["x-forwarded-for"] && !site.trustedProxies.has(connected)) {
      told = true;
      log(
        "warn",
        `X-Forwarded-For of ${connected} is not believed; TRUSTED_PROXIES has to name proxies in front`,
      );
    }
    const context: RequestContext = { id, origin, address };
    response.context = context;
    within(context, () => handle(request, response)).catch((error: unknown) => {
      log("error", "a request was not answered", {
        error: error instanceof Error ? error.stack : "unknown",
        request_id: id,
      });
      if (response.headersSent) return response.destroy();
      refuse(response, { status: 500, code: "internal", detail: "Something went wrong on the server." }, id);
    });
  };
}

function refuse(response: ServerResponse, what: Problem, id: string): void {
  response.writeHead(what.status, problemHeaders).end(problemText(what, id));
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Clients that take this server for a proxy name its origin too. */
function withoutOrigin(url = "/"): string {
  return url.replace(/^https?:\/\/[^/?#]+(?=\/)/i, "");
}

/** Next.js would redirect these, and not every MCP client follows with its body and its token. */
function withoutSlash(url: string): string {
  return url.replace(/^(\/(?:mcp|\.well-known)(?:\/[^?]*)?)\/(?=\?|$)/, "$1");
}

/** Why a request cannot be for anything here. Next.js answers 500 for a path that nothing can be decoded from. */
function misfitOf({ method = "", url = "", headers, httpVersion }: IncomingMessage): Problem | undefined {
  if (!methods.includes(method))
    return { status: 405, code: "method_not_allowed", detail: `${method} is not answered here.` };
  const detail = "The address of this request cannot be read.";
  const unreadable = { status: 400, code: "bad_request", detail };
  if (!url.startsWith("/") || (httpVersion === "1.1" && !headers.host)) return unreadable;
  try {
    return decodeURIComponent(pathOf(url, url.length)).includes("\0") ? unreadable : undefined;
  } catch {
    return unreadable;
  }
}

/** A page makes no use of a body, but Next.js keeps what comes. Node.js reads and drops the rest of one that is refused. */
function isSmall({ headers }: IncomingMessage): boolean {
  const length = headers["transfer-encoding"] ? Number.POSITIVE_INFINITY : (headers["content-length"] ?? 0);
  return Number(length) <= pageBodyLimit;
}

/** The id a client or a proxy sent, if it looks like one: it goes into logs and headers. */
function acceptedId(sent: string | string[] | undefined): string | undefined {
  return typeof sent === "string" && /^[\w.:-]{1,128}$/.test(sent) ? sent : undefined;
}

/** Without the query, which may carry what is nobody's business, and of a bounded length. */
function pathOf(url = "/", most = 512): string {
  return url.split(/[?#]/, 1)[0]?.slice(0, most) || "/";
}
