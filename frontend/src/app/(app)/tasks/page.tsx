import type { Metadata } from "next";
import { TaskList } from "@/components/tasks/task-list";
import { initialTasks } from "@/lib/initial-tasks";
import { requireSession } from "@/lib/session";

export const metadata: Metadata = { title: "Tasks" };

export default async function TasksPage() {
  const { user } = await requireSession("/tasks");
  const initial = await initialTasks(user.id);
  return (
    <div className="mx-auto max-w-3xl px-4 py-8 sm:px-6 sm:py-10">
      <h1 className="mb-6 font-semibold text-2xl">Tasks</h1>
      <TaskList initial={initial} />
    </div>
  );
}
