import { expect, type Locator, type Page } from "@playwright/test";

/** The task list, on its own page or beside the chat. */
export class TasksPage {
  readonly newTask: Locator;
  readonly list: Locator;
  readonly search: Locator;
  readonly sort: Locator;
  readonly undo: Locator;
  readonly notifications: Locator;

  constructor(readonly page: Page) {
    this.newTask = page.getByLabel("New task");
    this.list = page.getByRole("list", { name: "Tasks", exact: true });
    this.search = page.getByRole("searchbox", { name: "Search tasks" });
    this.sort = page.getByRole("combobox", { name: "Sort tasks" });
    this.undo = page.getByRole("button", { name: /^Undo: / });
    this.notifications = page.getByRole("region", { name: "Notifications" });
  }

  async open(): Promise<void> {
    await this.page.goto("/tasks");
    await expect(this.newTask).toBeEditable();
  }

  row(title: string): Locator {
    return this.list.getByRole("listitem").filter({ has: this.done(title) });
  }

  done(title: string): Locator {
    return this.page.getByRole("checkbox", { name: `Done: ${title}`, exact: true });
  }

  editButton(title: string): Locator {
    return this.page.getByRole("button", { name: `Edit: ${title}`, exact: true });
  }

  deleteButton(title: string): Locator {
    return this.page.getByRole("button", { name: `Delete: ${title}`, exact: true });
  }

  /** The radio button of a filter; its label carries the count. */
  filter(name: "All" | "Open" | "Done"): Locator {
    return this.page.getByRole("radio", { name: new RegExp(`^${name}`) });
  }

  async show(name: "All" | "Open" | "Done"): Promise<void> {
    // The label carries the count and covers the radio button itself.
    await this.page
      .getByRole("group", { name: "Which tasks" })
      .getByText(new RegExp(`^${name}`))
      .click();
    await expect(this.filter(name)).toBeChecked();
  }

  /** Adds at the quick-add line and waits until the server has it. */
  async add(title: string): Promise<void> {
    await this.newTask.fill(title);
    // Until the page's code has arrived, there is nobody who would hear the key.
    await expect(this.page.getByRole("button", { name: "Add", exact: true })).toBeEnabled();
    await this.newTask.press("Enter");
    await expect(this.newTask).toHaveValue("");
    await expect(this.done(title)).toBeEnabled();
  }

  /** Opens the editor of a row, changes fields and saves. */
  async edit(title: string, change: { title?: string; description?: string }): Promise<void> {
    await this.editButton(title).click();
    if (change.title !== undefined) await this.page.getByLabel("Title").fill(change.title);
    if (change.description !== undefined) await this.page.getByLabel("Description").fill(change.description);
    await this.page.getByRole("button", { name: "Save" }).click();
    await expect(this.page.getByLabel("Title")).toBeHidden();
  }

  async expectTitles(...titles: string[]): Promise<void> {
    if (titles.length === 0) await expect(this.list).toBeHidden();
    const names = titles.map((title) => `Done: ${title}`);
    await expect
      .poll(async () => this.list.getByRole("checkbox").evaluateAll((all) => all.map((one) => one.ariaLabel)))
      .toEqual(names);
  }

  async expectCounts(counts: { all: number; open: number; done: number }): Promise<void> {
    const group = this.page.getByRole("group", { name: "Which tasks" });
    await expect(group.locator("label")).toHaveText([
      `All${counts.all}`,
      `Open${counts.open}`,
      `Done${counts.done}`,
    ]);
  }
}
