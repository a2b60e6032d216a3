import { nothingHere, problem } from "../problem";
import { clientAddressHeader, currentRequest, requestIdHeader } from "../request-context";
import { registerStream } from "../shutdown";

/**
 * Carries requests to the servers behind this one where no ingress does. Bodies go through as streams in both directions,
 * so a chat answer or an event reaches the browser when it is sent and not when it is complete.
 */

/** A server behind this one. */
type Upstream = {
  url: string;
  /** What of it is public: nothing else is handed on. */
  paths: RegExp;
  /** How the log and the codes of problems name it. */
  code: string;
  /** How people are told of it. */
  name: string;
};

export function backend(url: string): Upstream {
  return { url, paths: /^\/api\//, code: "backend", name: "task service" };
}

export function mcpServer(url: string): Upstream {
  const paths = /^\/(?:mcp|\.well-known\/oauth-protected-resource)(?:\/|$)/;
  return { url, paths, code: "mcp", name: "MCP server" };
}

const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

// The cookie stays here: the servers behind know people by their bearer token only. `Host` becomes the name in the
// server's address, which is one that the MCP server answers to.
const notForUpstream = [
  ...hopByHop,
  "host",
  "content-length",
  "expect",
  "accept-encoding",
  "cookie",
  clientAddressHeader,
];
// fetch() has already decoded the body these would describe.
const notForBrowser = [...hopByHop, "content-encoding", "content-length"];

export function requestHeaders(incoming: Headers): Headers {
  const headers = without(incoming, notForUpstream);
  headers.set("accept-encoding", "identity");
  const id = currentRequest()?.id;
  if (id) headers.set(requestIdHeader, id);
  return headers;
}

export function responseHeaders(upstream: Headers): Headers {
  const headers = without(upstream, notForBrowser);
  // The server has set it already, and it would be there twice.
  if (currentRequest()) headers.delete(requestIdHeader);
  // What a person has is theirs.
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (isEventStream(upstream)) {
    // Keeps this server's and any proxy's compression and buffering away from the stream.
    headers.set("cache-control", "no-cache, no-transform");
    headers.set("x-accel-buffering", "no");
  }
  return headers;
}

function isEventStream(headers: Headers): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") ?? false;
}

/** A stream that never ends by itself is closed when the process ends. */
function closedOnShutdown(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const over = registerStream(() => void reader.cancel().catch(() => {}));
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      over();
    },
    cancel(reason) {
      over();
      return reader.cancel(reason);
    },
  });
}

function without(source: Headers, names: string[]): Headers {
  const headers = new Headers(source);
  const listed = (source.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase());
  for (const name of [...names, ...listed]) if (name) headers.delete(name);
  return headers;
}

export async function pipe(request: Request, to: Upstream): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  // Dot segments, written with percent signs, would lead out of the interface.
  if (!to.paths.test(pathname)) return nothingHere();
  const readsOnly = request.method === "GET" || request.method === "HEAD";
  const hasBody = !readsOnly && request.body !== null;
  try {
    const ask = () =>
      fetch(`${to.url}${pathname}${search}`, {
        method: request.method,
        headers: requestHeaders(request.headers),
        redirect: "manual",
        cache: "no-store",
        // A person who leaves stops the work done for them.
        signal: request.signal,
        ...(hasBody ? { body: request.body, duplex: "half" } : {}),
      } as RequestInit);
    const upstream = await ask().catch((error: unknown) => {
      // A replica that went away in the middle of it; another one answers.
      if (!readsOnly || request.signal.aborted) throw error;
      return ask();
    });
    const live = request.method === "GET" && upstream.body !== null && isEventStream(upstream.headers);
    return new Response(live && upstream.body ? closedOnShutdown(upstream.body) : upstream.body, {
      status: upstream.status,
      statusText: upstream.statusText,
      headers: responseHeaders(upstream.headers),
    });
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    return unreachable(to, error);
  }
}

function unreachable({ code, name }: Upstream, error: unknown): Response {
  const refused = causeCodes(error).some((code) => notThere.has(code));
  console.warn(`${code} did not answer: ${causeCodes(error).join(", ") || String(error)}`);
  return refused
    ? problem(
        {
          status: 503,
          code: `${code}_unreachable`,
          detail: `The ${name} cannot be reached just now. Please try again in a moment.`,
        },
        { "retry-after": "2" },
      )
    : problem({
        status: 502,
        code: `${code}_failed`,
        detail: `The ${name} broke off its answer. Please try again.`,
      });
}

const notThere = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The codes of an error, its causes and, for a host with several addresses, of each attempt. */
function causeCodes(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const code = (error as NodeJS.ErrnoException).code;
  const attempts = error instanceof AggregateError ? error.errors.flatMap(causeCodes) : [];
  return [...(code ? [code] : []), ...attempts, ...causeCodes(error.cause)];
}
