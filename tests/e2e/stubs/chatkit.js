/**
 * Stands in for the script of OpenAI's chat widget, which cannot be had without a network: it defines the same element,
 * refuses the same options, and makes the same calls in the same order through the `fetch` it is given. What it draws is
 * only what a test needs to press and to read.
 */
(() => {
  const base = new URL(".", document.currentScript.src);
  /** What a test has asked for: `mute` never becomes ready, `refused` is not let in, else all goes well. */
  const mode = () => globalThis.chatkitStub?.mode ?? "well";
  const RESENT = 5;

  const STRING = (value) => typeof value === "string";
  const NUMBER = (value) => typeof value === "number";
  const FLAG = (value) => typeof value === "boolean";
  const CALL = (value) => typeof value === "function";
  const optional = (check) => Object.assign((value) => check(value), { optional: true });
  const listOf = (check) => (value) => Array.isArray(value) && value.every(check);
  const oneOf =
    (...values) =>
    (value) =>
      values.includes(value);
  const exactly = (shape) => (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).every((key) => key in shape) &&
    Object.entries(shape).every(([key, check]) => (key in value ? check(value[key]) : check.optional));

  const OPTIONS = exactly({
    api: exactly({ url: STRING, domainKey: STRING, fetch: optional(CALL) }),
    locale: optional((value) => STRING(value) && /^[a-z]{2}(-[A-Za-z0-9]{2,4})?$/.test(value)),
    theme: optional(
      exactly({
        colorScheme: oneOf("light", "dark"),
        radius: optional(oneOf("pill", "round", "soft", "sharp")),
        density: optional(oneOf("compact", "normal", "spacious")),
        color: optional(exactly({ accent: optional(exactly({ primary: STRING, level: NUMBER })) })),
      }),
    ),
    frameTitle: optional(STRING),
    initialThread: optional((value) => value === null || STRING(value)),
    onClientTool: optional(CALL),
    header: optional(
      exactly({ enabled: optional(FLAG), title: optional(exactly({ enabled: optional(FLAG) })) }),
    ),
    history: optional(
      exactly({ enabled: optional(FLAG), showDelete: optional(FLAG), showRename: optional(FLAG) }),
    ),
    startScreen: optional(
      exactly({
        greeting: optional(STRING),
        prompts: optional(listOf(exactly({ label: STRING, prompt: STRING, icon: optional(STRING) }))),
      }),
    ),
    threadItemActions: optional(exactly({ feedback: optional(FLAG), retry: optional(FLAG) })),
    composer: optional(
      exactly({ placeholder: optional(STRING), attachments: optional(exactly({ enabled: FLAG })) }),
    ),
    disclaimer: optional(exactly({ text: STRING, highContrast: optional(FLAG) })),
    entities: optional(
      exactly({ onTagSearch: optional(CALL), onClick: optional(CALL), showComposerMenu: optional(FLAG) }),
    ),
    thread: optional(exactly({ autoScroll: optional(FLAG) })),
  });

  class OpenAiChatKit extends HTMLElement {
    #options;
    #root = this.attachShadow({ mode: "open" });
    #thread = null;
    #items = [];
    #threads = [];
    #tags = [];
    #running = false;

    setOptions(options) {
      if (!OPTIONS(options)) throw new Error("Invalid frame params");
      const first = !this.#options;
      this.#options = options;
      if (first) this.#open();
      else this.#draw();
    }

    async setThreadId(threadId) {
      if (this.#running) throw new Error("Not while an answer arrives");
      await this.#show(threadId);
    }

    async fetchUpdates() {
      if (this.#running) throw new Error("Not while an answer arrives");
      if (this.#thread) await this.#load(this.#thread);
    }

    async focusComposer() {
      this.#root.querySelector("input")?.focus();
    }

    #open() {
      const frame = document.createElement("iframe");
      frame.src = new URL("frame.html", base).href;
      frame.title = this.#options.frameTitle ?? "Chat";
      frame.allow = "clipboard-write";
      frame.addEventListener("load", () => void this.#begin(frame), { once: true });
      this.#root.append(frame);
    }

    async #begin(frame) {
      if (mode() === "mute") return;
      this.#emit("ready");
      if (mode() === "refused") {
        frame.remove();
        this.#emit("error", {
          error: Object.assign(new Error("Domain verification failed for this page"), {
            name: "DomainVerificationRequestError",
          }),
        });
        return;
      }
      await this.#list();
      await this.#show(this.#options.initialThread ?? null);
    }

    async #list() {
      this.#threads = [];
      for (let after; ; after = this.#threads.at(-1).id) {
        const page = await this.#call("threads.list", {
          limit: 9999,
          order: "desc",
          ...(after ? { after } : {}),
        });
        this.#threads.push(...page.data);
        if (!page.has_more) break;
      }
      this.#draw();
    }

    async #show(threadId) {
      this.#thread = threadId;
      this.#items = [];
      if (threadId) await this.#load(threadId);
      this.#emit("thread.change", { threadId });
      this.#draw();
    }

    async #load(threadId) {
      this.#emit("thread.load.start", { threadId });
      const { items: first } = await this.#call("threads.get_by_id", { thread_id: threadId });
      const items = [...first.data];
      for (let more = first.has_more; more; ) {
        const page = await this.#call("items.list", {
          thread_id: threadId,
          limit: 9999,
          order: "asc",
          after: items.at(-1).id,
        });
        items.push(...page.data);
        more = page.has_more;
      }
      this.#items = items;
      this.#emit("thread.load.end", { threadId });
      this.#draw();
    }

    async #send(text) {
      const content = [...this.#tags, { type: "input_text", text }];
      this.#tags = [];
      const input = { content, attachments: [], quoted_text: "", inference_options: {} };
      await (this.#thread
        ? this.#turn("threads.add_user_message", { thread_id: this.#thread, input })
        : this.#turn("threads.create", { input }));
    }

    async #turn(type, params) {
      this.#running = true;
      this.#emit("response.start");
      this.#draw();
      const response = await this.#post({ type, params }, "text/event-stream");
      let text = "";
      if (response?.ok) {
        for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
          text += chunk;
          const frames = text.split("\n\n");
          text = frames.pop();
          for (const frame of frames) {
            const data = frame.match(/^data: ?(.*)$/m)?.[1];
            if (data) this.#receive(JSON.parse(data));
          }
        }
      }
      this.#running = false;
      this.#emit("response.end");
      this.#draw();
    }

    #receive(event) {
      const at = (id) => this.#items.findIndex((item) => item.id === id);
      switch (event.type) {
        case "thread.created":
          this.#thread = event.thread.id;
          this.#threads.unshift(event.thread);
          this.#emit("thread.change", { threadId: event.thread.id });
          break;
        case "thread.updated":
          this.#threads = this.#threads.map((one) => (one.id === event.thread.id ? event.thread : one));
          break;
        case "thread.item.added":
        case "thread.item.done":
        case "thread.item.replaced":
          if (at(event.item.id) < 0) this.#items.push(event.item);
          else this.#items[at(event.item.id)] = event.item;
          break;
        case "thread.item.removed":
          this.#items = this.#items.filter(({ id }) => id !== event.item_id);
          break;
        case "thread.item.updated":
          this.#update(this.#items[at(event.item_id)], event.update);
          break;
        case "client_effect":
          this.#emit("effect", { name: event.name, data: event.data });
          break;
        case "error":
          this.#items.push({
            id: crypto.randomUUID(),
            type: "error",
            text: event.message ?? "Something went wrong",
          });
          break;
      }
      this.#draw();
    }

    #update(item, update) {
      const content = item?.content;
      const part = content?.[update.content_index];
      if (update.type === "assistant_message.content_part.added")
        content?.push(structuredClone(update.content));
      if (update.type === "assistant_message.content_part.text_delta" && part) part.text += update.delta;
      if (update.type === "assistant_message.content_part.done" && part) part.text = update.content.text;
    }

    async #act(item, { type, payload, handler, streaming }) {
      if (handler === "client") return;
      const params = { thread_id: this.#thread, item_id: item.id, action: { type, payload } };
      if (streaming) return this.#turn("threads.custom_action", params);
      const { updated_item } = await this.#call("threads.sync_custom_action", params);
      if (updated_item) this.#receive({ type: "thread.item.replaced", item: updated_item });
    }

    async #call(type, params) {
      const response = await this.#post({ type, params });
      const body = await response.json();
      if (!response.ok) throw new Error(body.message ?? response.statusText);
      return body;
    }

    async #post(body, accept) {
      const { url, fetch } = this.#options.api;
      const ask = () =>
        fetch(url, {
          method: "POST",
          headers: {
            "Content-Type": "application/json",
            "Accept-Language": this.#options.locale ?? "en",
            "chatkit-frame-instance-id": "00000000-0000-4000-8000-000000000000",
            ...(accept ? { Accept: accept } : {}),
          },
          body: JSON.stringify(body),
        });
      let response = await ask();
      for (let again = 0; accept && response.status >= 500 && again < RESENT; again += 1) {
        await new Promise((done) => setTimeout(done, 50 * 2 ** again));
        response = await ask();
      }
      return response;
    }

    #emit(name, detail) {
      this.dispatchEvent(new CustomEvent(`chatkit.${name}`, { detail }));
    }

    #draw() {
      let view = this.#root.querySelector("main");
      if (!view) {
        view = document.createElement("main");
        this.#root.append(view);
        view.innerHTML =
          '<div role="log" aria-label="Widget"></div><div role="list" aria-label="Widget history"></div><div id="start"></div><div id="tags"></div><form><input aria-label="Widget message"></form>';
        view.querySelector("form").onsubmit = (event) => {
          event.preventDefault();
          const input = view.querySelector("input");
          if (this.#running || !input.value) return;
          void this.#send(input.value);
          input.value = "";
        };
        view.querySelector("input").oninput = ({ target }) => void this.#suggest(target);
      }
      view.querySelector("input").placeholder = this.#options.composer?.placeholder ?? "";
      view.dataset.scheme = this.#options.theme?.colorScheme;
      view.dataset.running = String(this.#running);
      view
        .querySelector("#start")
        .replaceChildren(
          ...(this.#thread ? [] : (this.#options.startScreen?.prompts ?? [])).map(({ label, prompt }) =>
            button(label, () => this.#send(prompt)),
          ),
        );
      view.querySelector("[role=log]").replaceChildren(...this.#items.map((item) => this.#line(item)));
      view.querySelector("[role=list]").replaceChildren(
        ...this.#threads.map((thread) => {
          const row = document.createElement("div");
          row.setAttribute("role", "listitem");
          const name = thread.title ?? "Untitled";
          row.append(
            button(name, () => this.#show(thread.id)),
            button(`Rename ${name}`, async () => {
              await this.#call("threads.update", { thread_id: thread.id, title: `${name}, renamed` });
              await this.#list();
            }),
            button(`Delete ${name}`, async () => {
              await this.#call("threads.delete", { thread_id: thread.id });
              await this.#list();
              if (thread.id === this.#thread) await this.#show(null);
            }),
          );
          return row;
        }),
      );
    }

    #line(item) {
      const line = document.createElement("div");
      line.dataset.type = item.type;
      if (item.type === "workflow") line.textContent = item.workflow.summary?.title ?? "";
      else if (item.type === "task") line.textContent = item.task.title ?? "";
      else if (item.type === "widget") {
        for (const action of actionsIn(item.widget)) {
          line.append(
            button(`${action.type} ${JSON.stringify(action.payload)}`, () => this.#act(item, action)),
          );
        }
        line.append(item.copy_text ?? "");
      } else if (item.type === "structured_input") {
        for (const { id, question, options } of item.inputs) {
          line.append(question);
          for (const { value } of item.status === "pending" ? options : []) {
            line.append(
              button(value, () =>
                this.#turn("threads.add_structured_input", {
                  thread_id: this.#thread,
                  item_id: item.id,
                  input: { status: "answered", answers: { [id]: { values: [value], skipped: false } } },
                }),
              ),
            );
          }
        }
      } else line.textContent = item.text ?? (item.content ?? []).map(({ text }) => text).join("");
      if (item.type === "assistant_message" && !this.#running) {
        const { feedback, retry } = this.#options.threadItemActions ?? {};
        if (feedback) {
          line.append(
            button("Good answer", () =>
              this.#call("items.feedback", {
                thread_id: this.#thread,
                item_ids: [item.id],
                kind: "positive",
              }),
            ),
          );
        }
        const asked = this.#items.findLast(({ type }) => type === "user_message");
        if (retry && asked) {
          line.append(
            button("Answer again", () => {
              this.#items = this.#items.slice(0, this.#items.indexOf(asked) + 1);
              return this.#turn("threads.retry_after_item", { thread_id: this.#thread, item_id: asked.id });
            }),
          );
        }
      }
      return line;
    }

    async #suggest(input) {
      const query = input.value.match(/@(\w*)$/)?.[1];
      const found = query === undefined ? [] : await this.#options.entities.onTagSearch(query);
      this.#root.querySelector("#tags").replaceChildren(
        ...found.map(({ id, title, group, interactive }) =>
          button(`Mention ${title}`, () => {
            this.#tags.push({ type: "input_tag", id, text: title, data: {}, group, interactive });
            input.value = input.value.replace(/@\w*$/, "");
            this.#root
              .querySelector("#tags")
              .replaceChildren(button(`Open ${title}`, () => this.#options.entities.onClick({ id, title })));
          }),
        ),
      );
    }
  }

  function button(label, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.onclick = () => void act();
    return made;
  }

  /** Every action that some part of a widget has. */
  function actionsIn(part) {
    const own = part.onClickAction ? [part.onClickAction] : [];
    return [...own, ...(part.children ?? []).flatMap(actionsIn)];
  }

  customElements.define("openai-chatkit", OpenAiChatKit);
})();
