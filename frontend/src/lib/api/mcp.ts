import { env } from "../env";
import { nothingHere } from "../problem";
import { mcpServer, pipe } from "./pipe";

/** Hands a request on to the MCP server, where this server is told of it. */
export function pipeToMcp(request: Request): Response | Promise<Response> {
  const { mcpServerUrl } = env();
  return mcpServerUrl ? pipe(request, mcpServer(mcpServerUrl)) : nothingHere();
}
