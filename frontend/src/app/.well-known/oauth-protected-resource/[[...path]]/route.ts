import { pipeToMcp } from "@/lib/api/mcp";

export {
  pipeToMcp as DELETE,
  pipeToMcp as GET,
  pipeToMcp as HEAD,
  pipeToMcp as OPTIONS,
  pipeToMcp as PATCH,
  pipeToMcp as POST,
  pipeToMcp as PUT,
};

export const dynamic = "force-dynamic";
