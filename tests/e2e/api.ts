import { type APIRequestContext, type APIResponse, expect } from "@playwright/test";

export type Task = { id: number; title: string; description: string | null; completed: boolean };

/** The backend, asked directly: to prepare what a test needs and to look behind the page. */
export class Api {
  #token: Promise<string> | undefined;

  constructor(private readonly request: APIRequestContext) {}

  async addTask(title: string, fields: { description?: string; completed?: boolean } = {}): Promise<Task> {
    const { completed, ...rest } = fields;
    const added = await this.#json<Task>(
      await this.request.post("/api/me/tasks", { headers: await this.#headers(), data: { title, ...rest } }),
    );
    return completed ? this.changeTask(added.id, { completed }) : added;
  }

  /** One after the other, so that the last one is the newest. */
  async addTasks(...titles: string[]): Promise<Task[]> {
    const added: Task[] = [];
    for (const title of titles) added.push(await this.addTask(title));
    return added;
  }

  async changeTask(id: number, change: Partial<Omit<Task, "id">>): Promise<Task> {
    const url = `/api/me/tasks/${id}`;
    return this.#json(await this.request.patch(url, { headers: await this.#headers(), data: change }));
  }

  async tasks(): Promise<Task[]> {
    return this.#json(await this.request.get("/api/me/tasks", { headers: await this.#headers() }));
  }

  async deleteEverything(): Promise<void> {
    const answer = await this.request.delete("/api/me/data", { headers: await this.#headers() });
    expect(answer.status()).toBe(204);
  }

  async #headers(): Promise<{ authorization: string }> {
    this.#token ??= this.request
      .get("/api/auth/token")
      .then((answer) => this.#json<{ token: string }>(answer))
      .then(({ token }) => token);
    return { authorization: `Bearer ${await this.#token}` };
  }

  async #json<T>(answer: APIResponse): Promise<T> {
    expect(answer.ok(), `${answer.url()}: ${answer.status()} ${await answer.text()}`).toBe(true);
    return answer.json();
  }
}
