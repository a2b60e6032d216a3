import { fileURLToPath } from "node:url";
import { expect, type Locator, type Page } from "@playwright/test";

export const SCRIPT = "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js";

const stub = fileURLToPath(new URL("../stubs/chatkit.js", import.meta.url));

/** The chat page with what stands in for OpenAI's chat. */
export class WidgetPage {
  readonly element: Locator;
  readonly message: Locator;
  readonly log: Locator;
  readonly history: Locator;
  readonly toOwn: Locator;
  readonly toOpenAi: Locator;

  constructor(
    readonly page: Page,
    private readonly base: string,
  ) {
    this.element = page.locator("openai-chatkit");
    this.message = page.getByLabel("Widget message");
    this.log = page.getByRole("log", { name: "Widget" });
    this.history = page.getByRole("list", { name: "Widget history" });
    this.toOwn = page.getByRole("button", { name: "Use the built-in chat" });
    this.toOpenAi = page.getByRole("button", { name: "Use OpenAI’s chat" });
  }

  /** Answers for OpenAI's servers: with a widget that works, that is never ready, or that is not let in. */
  async stub(mode: "well" | "mute" | "refused" = "well"): Promise<void> {
    await this.page.addInitScript((wanted) => {
      Object.assign(globalThis, { chatkitStub: { mode: wanted } });
    }, mode);
    await this.page.route(`${new URL(SCRIPT).origin}/**`, (route) =>
      route.request().url() === SCRIPT
        ? route.fulfill({ path: stub, contentType: "text/javascript" })
        : route.fulfill({ body: "<!doctype html><title>frame</title>", contentType: "text/html" }),
    );
  }

  async goto(path = "/chat") {
    return this.page.goto(new URL(path, this.base).href);
  }

  async open(path = "/chat"): Promise<void> {
    await this.goto(path);
    await expect(this.message).toBeVisible();
    await expect(this.page.getByText("Opening OpenAI’s chat…")).toBeHidden();
  }

  /** Sends a message and waits until it is answered. */
  async say(text: string): Promise<void> {
    await this.message.fill(text);
    await this.message.press("Enter");
    await this.answered(text);
  }

  async answered(text: string): Promise<void> {
    await expect(this.said.last()).toHaveText(text);
    await expect(this.page.locator("openai-chatkit main")).toHaveAttribute("data-running", "false");
    await expect(this.answers.last()).not.toBeEmpty();
    // The page learns of a new conversation from an event, and changes its address when it next renders.
    await expect(this.page).toHaveURL(/\/chat\/[^/]+$/);
  }

  get said(): Locator {
    return this.log.locator("[data-type=user_message]");
  }

  get answers(): Locator {
    return this.log.locator("[data-type=assistant_message]");
  }
}
