import { TextMessagePartProvider } from "@assistant-ui/react";
import { Markdown } from "./markdown";

/** Markdown that is no part of a message, with the same limits to what it may show. */
export function PlainMarkdown({ text }: { text: string }) {
  return (
    <TextMessagePartProvider text={text}>
      <Markdown />
    </TextMessagePartProvider>
  );
}
