import { answerMetadata } from "@/lib/oauth-metadata";

export {
  answerMetadata as DELETE,
  answerMetadata as GET,
  answerMetadata as HEAD,
  answerMetadata as OPTIONS,
  answerMetadata as PATCH,
  answerMetadata as POST,
  answerMetadata as PUT,
};

export const dynamic = "force-dynamic";
