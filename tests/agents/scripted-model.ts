/**
 * A model that follows a script, in the languages of Anthropic, OpenAI (responses) and Google: asked again and again by an
 * assistant, it uses one tool after the other, then says that it is done.
 */

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A tool by the last part of its name; `{id}` stands for the id of the task that was added. */
export type Step = { tool: string; given: Record<string, string> };

type Json = Record<string, unknown>;

export class ScriptedModel {
  /** What the assistant's tools answered, as it told the model. */
  heard = "";
  #next = 0;
  readonly #server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    this.#answer(request.url ?? "", text, response);
  });

  private constructor(readonly script: Step[]) {}

  static async start(script: Step[]): Promise<ScriptedModel> {
    const model = new ScriptedModel(script);
    model.#server.listen(0, "127.0.0.1");
    await once(model.#server, "listening");
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether every step of the script was asked for. */
  get isDone(): boolean {
    return this.#next === this.script.length;
  }

  [Symbol.dispose](): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(url: string, text: string, response: ServerResponse): void {
    const speak = [anthropic, openai, google].find(({ path }) => path.test(url));
    if (!speak || !text) {
      response.writeHead(404).end("{}");
      return;
    }
    const asked = JSON.parse(text) as Json;
    const names = speak.tools(asked);
    const step = this.script[this.#next];
    // Assistants ask for titles and summaries too, without these tools.
    const name = step && names.find((name) => name.endsWith(step.tool));
    if (names.some((name) => name.endsWith("add_task"))) this.heard = text;
    if (!name) {
      speak.say(response, "All done.");
      return;
    }
    this.#next += 1;
    const id = this.#addedId() ?? "0";
    const given = Object.entries(step.given).map(([key, value]) => [
      key,
      value === "{id}" ? Number(id) : value,
    ]);
    speak.use(response, name, Object.fromEntries(given), asked);
  }

  #addedId(): string | undefined {
    return /task_id[\\"]*:\s*(\d+)/.exec(this.heard)?.[1];
  }
}

type Wire = {
  path: RegExp;
  tools(asked: Json): string[];
  say(response: ServerResponse, text: string): void;
  use(response: ServerResponse, tool: string, given: Json, asked: Json): void;
};

function stream(response: ServerResponse, events: (Json & { type?: string })[]): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of events) {
    if (event.type) response.write(`event: ${event.type}\n`);
    response.write(`data: ${JSON.stringify(event)}\n\n`);
  }
  response.end();
}

const named = (tools: unknown) => ((tools ?? []) as { name?: string }[]).map(({ name }) => name ?? "");
let calls = 0;

const anthropic: Wire = {
  path: /\/v1\/messages(?:\?|$)/,
  tools: ({ tools }) => named(tools),
  say: (response, text) => anthropicTurn(response, { type: "text", text: "" }, { type: "text_delta", text }),
  use(response, name, given) {
    const block = { type: "tool_use", id: `toolu_${++calls}`, name, input: {} };
    const delta = { type: "input_json_delta", partial_json: JSON.stringify(given) };
    anthropicTurn(response, block, delta, "tool_use");
  },
};

function anthropicTurn(response: ServerResponse, block: Json, delta: Json, stop_reason = "end_turn"): void {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "scripted", content: [], usage };
  stream(response, [
    { type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null } },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
    { type: "message_stop" },
  ]);
}

const openai: Wire = {
  path: /\/v1\/responses(?:\?|$)/,
  // Tools of one server may come together, as a namespace.
  tools: ({ tools }) =>
    ((tools ?? []) as { name?: string; tools?: unknown }[]).flatMap((tool) =>
      tool.tools ? named(tool.tools) : [tool.name ?? ""],
    ),
  say(response, text) {
    const content = [{ type: "output_text", text, annotations: [] }];
    openaiTurn(response, { type: "message", id: "msg_1", role: "assistant", status: "completed", content });
  },
  use(response, name, given, { tools }) {
    const space = ((tools ?? []) as { name?: string; tools?: unknown }[]).find((tool) =>
      named(tool.tools).includes(name),
    );
    const call_id = `call_${++calls}`;
    const call = {
      type: "function_call",
      id: `fc_${calls}`,
      call_id,
      name,
      arguments: JSON.stringify(given),
    };
    openaiTurn(response, space ? { ...call, namespace: space.name } : call);
  },
};

function openaiTurn(response: ServerResponse, item: Json): void {
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  stream(response, [
    { type: "response.created", response: { id: "resp_1" } },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id: "resp_1", output: [item], usage } },
  ]);
}

const google: Wire = {
  path: /:(?:streamG|g)enerateContent/,
  tools: ({ tools }) =>
    ((tools ?? []) as { functionDeclarations?: unknown }[]).flatMap((tool) =>
      named(tool.functionDeclarations),
    ),
  say: (response, text) => googleTurn(response, { text }),
  use: (response, name, args) => googleTurn(response, { functionCall: { name, args } }),
};

function googleTurn(response: ServerResponse, part: Json): void {
  const content = { role: "model", parts: [part] };
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
  stream(response, [{ candidates: [{ content, finishReason: "STOP", index: 0 }], usageMetadata }]);
}
