import { backend, pipe } from "@/lib/api/pipe";
import { env } from "@/lib/env";

const handle = (request: Request) => pipe(request, backend(env().backendUrl));

export {
  handle as DELETE,
  handle as GET,
  handle as HEAD,
  handle as OPTIONS,
  handle as PATCH,
  handle as POST,
  handle as PUT,
};

export const dynamic = "force-dynamic";
