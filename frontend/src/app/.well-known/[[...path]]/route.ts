import { nothingHere } from "@/lib/problem";

/** Programs that look for what this site does not have must not take a page for it. */
export {
  nothingHere as DELETE,
  nothingHere as GET,
  nothingHere as HEAD,
  nothingHere as OPTIONS,
  nothingHere as PATCH,
  nothingHere as POST,
  nothingHere as PUT,
};

export const dynamic = "force-dynamic";
