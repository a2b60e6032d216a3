/** One event of a `text/event-stream`; a comment, such as a keep-alive, has the type `comment`. */
export type StreamEvent = { type: string; data: string };

/**
 * Reads server-sent events from a response body. `EventSource` cannot send an Authorization header, hence
 * this. An event that the connection cut off before its blank line is dropped, as the standard says.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let type = "message";
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // A carriage return at the very end may be half of a line end.
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { type, data: data.join("\n") };
          type = "message";
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "data") data.push(text);
        else if (field === "event") type = text;
        else if (field === "") yield { type: "comment", data: text };
      }
    }
  } finally {
    // The consumer may leave early; without this the connection would stay open.
    await reader.cancel().catch(() => {});
  }
}
