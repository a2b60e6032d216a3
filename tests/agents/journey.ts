/** What every client has to be able to do: find the tools, add, complete, look, undo. */

import { randomUUID } from "node:crypto";
import { expect } from "@playwright/test";

export type Task = { id: number; title: string; completed: boolean };
type Arguments = Record<string, string | number>;

export type Client = {
  tools(): Promise<string[]>;
  /** What the tool answers, as an object. */
  call(tool: string, given: Arguments): Promise<Record<string, unknown>>;
};

const needed = ["add_task", "list_tasks", "complete_task", "undo"];

export async function journey(client: Client): Promise<void> {
  expect(await client.tools()).toEqual(expect.arrayContaining(needed));
  const title = `Buy milk ${randomUUID()}`;
  const { task_id } = await client.call("add_task", { title });
  const task = async () => {
    const { tasks } = (await client.call("list_tasks", { status: "all" })) as { tasks: Task[] };
    return tasks.find((one) => one.id === task_id);
  };
  expect(await task()).toMatchObject({ title, completed: false });
  await client.call("complete_task", { task_id: Number(task_id) });
  expect(await task()).toMatchObject({ title, completed: true });
  await client.call("undo", {});
  expect(await task()).toMatchObject({ title, completed: false });
}

type ToolAnswer = { structuredContent?: unknown; content?: unknown; isError?: unknown };

/** The object that a tool answered with. */
export function answered(tool: string, { structuredContent, content, isError }: ToolAnswer) {
  expect(isError ?? false, `${tool}: ${JSON.stringify(content)}`).toBe(false);
  return structuredContent as Record<string, unknown>;
}
