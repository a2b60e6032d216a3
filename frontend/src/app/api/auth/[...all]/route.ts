import { answerAuth } from "@/lib/auth-answer";

export {
  answerAuth as DELETE,
  answerAuth as GET,
  answerAuth as OPTIONS,
  answerAuth as PATCH,
  answerAuth as POST,
  answerAuth as PUT,
};
