import { expect, type Locator, type Page } from "@playwright/test";
import { TasksPage } from "./tasks-page";

/** The chat page: the conversation, the list of conversations, and the tasks beside it on wide screens. */
export class ChatPage {
  readonly message: Locator;
  readonly log: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly title: Locator;
  readonly conversations: Locator;
  readonly suggestions: Locator;
  readonly tasks: TasksPage;

  constructor(readonly page: Page) {
    this.message = page.getByRole("textbox", { name: "Message" });
    this.log = page.getByRole("log", { name: "Conversation" });
    this.send = page.getByRole("button", { name: "Send", exact: true });
    this.stop = page.getByRole("button", { name: "Stop", exact: true });
    this.title = page.getByRole("region", { name: "Chat" }).getByRole("heading", { level: 1 });
    this.conversations = page.getByRole("navigation", { name: "Conversations" });
    this.suggestions = page.getByRole("list", { name: "Suggestions" });
    this.tasks = new TasksPage(page);
  }

  async open(path = "/chat"): Promise<void> {
    await this.page.goto(path);
    await expect(this.message).toBeEditable();
  }

  /** What the assistant did and said last. */
  get answer(): Locator {
    return this.log.locator("[aria-busy]").filter({ has: this.#assistant }).last();
  }

  /** The tasks that the last answer shows, each with its buttons. */
  get rows(): Locator {
    return this.answer.locator("[data-row]");
  }

  /** A button of the last answer. */
  button(name: string): Locator {
    return this.answer.getByRole("button", { name, exact: true });
  }

  /** Everything of the person's own. */
  get said(): Locator {
    return this.log.getByRole("heading", { name: "You", exact: true }).locator("xpath=..");
  }

  /** Sends a message without waiting for the answer. */
  async begin(text: string): Promise<void> {
    const before = await this.said.count();
    await this.message.fill(text);
    await this.message.press("Enter");
    await expect(this.said).toHaveCount(before + 1);
    await expect(this.said.last()).toContainText(text);
    await expect(this.message).toHaveValue("");
  }

  /** Sends a message and waits until it is answered. */
  async say(text: string): Promise<void> {
    await this.begin(text);
    await this.answered();
  }

  /** Waits until the answer is there, or until the assistant asks something instead. */
  async answered(): Promise<void> {
    await expect(this.send).toBeVisible({ timeout: 20_000 });
    await expect(this.page.getByText(/^(The answer is complete\.|The assistant asks: )/)).toBeAttached();
    await expect(this.answer).toHaveAttribute("aria-busy", "false");
  }

  conversation(title: string): Locator {
    return this.conversations.getByRole("link", { name: title, exact: true });
  }

  async newConversation(): Promise<void> {
    await this.conversations.getByRole("link", { name: "New conversation" }).click();
    await expect(this.page).toHaveURL("/chat");
    await expect(this.suggestions).toBeVisible();
  }

  async act(title: string, action: "Rename" | "Delete"): Promise<void> {
    await this.conversation(title).hover();
    await this.conversations.getByRole("button", { name: `Actions for ${title}`, exact: true }).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  get #assistant(): Locator {
    return this.page.getByRole("heading", { name: "Assistant", exact: true });
  }
}
