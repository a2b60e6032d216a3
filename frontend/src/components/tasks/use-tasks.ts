"use client";

import { useMutation, useMutationState, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import { announce, showToast } from "@/components/ui/toasts";
import {
  ApiError,
  createTask,
  listTasks,
  type Task,
  type TaskChange,
  type TaskPage,
  updateTask,
} from "@/lib/api/client";
import { followLive } from "@/lib/api/live";
import { SignedOutError } from "@/lib/api/token";
import { randomKey } from "@/lib/random-key";
import { overlay, type PendingCreate, type PendingUpdate, withTask } from "./arrange";
import { deletions } from "./deletions";
import { taskKeys } from "./task-keys";

/** The person's tasks, kept current by live events, and everything that can be done to them. */
export function useTasks(initial?: TaskPage) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: taskKeys.list,
    queryFn: ({ signal }) => listTasks(signal),
    ...(initial ? { initialData: initial } : {}),
  });
  const refresh = useCallback(
    () => client.invalidateQueries({ queryKey: taskKeys.list, exact: true }),
    [client],
  );

  useEffect(() => followLive({ tasks: refresh }), [refresh]);

  const store = useCallback(
    (task: Task) =>
      client.setQueryData<TaskPage>(taskKeys.list, (page) => {
        if (!page) return page;
        const tasks = withTask(page.tasks, task);
        return { tasks, total: page.total + tasks.length - page.tasks.length };
      }),
    [client],
  );

  const create = useMutation({
    mutationKey: taskKeys.create,
    // One after the other, so that quick changes reach the server in the order they were made.
    scope: { id: "tasks" },
    mutationFn: ({ key, title, description }: PendingCreate) =>
      createTask({ title, description, idempotencyKey: key }),
    onSuccess: (task) => {
      store(task);
      announce("Task added.");
    },
    onError: (error, wanted) => {
      complain(`“${wanted.title}” was not added.`, error, () => create.mutate(wanted));
      void refresh();
    },
  });

  const update = useMutation({
    mutationKey: taskKeys.update,
    scope: { id: "tasks" },
    mutationFn: ({ id, change }: PendingUpdate) => updateTask(id, change),
    onSuccess: (task, { change }) => {
      store(task);
      if (change.completed !== undefined) announce(change.completed ? "Task completed." : "Task reopened.");
      else announce("Task saved.");
    },
    onError: (error, wanted) => {
      complain("Your change was taken back.", error, () => update.mutate(wanted));
      void refresh();
    },
  });

  const creates = useMutationState({
    filters: { mutationKey: taskKeys.create, status: "pending" },
    select: ({ state }) => state.variables as PendingCreate,
  });
  const updates = useMutationState({
    filters: { mutationKey: taskKeys.update, status: "pending" },
    select: ({ state }) => state.variables as PendingUpdate,
  });
  const deleted = useSyncExternalStore(deletions.subscribe, deletions.hidden, deletions.noneHidden);

  useEffect(() => {
    const send = () => document.visibilityState === "hidden" && deletions.sendAll();
    document.addEventListener("visibilitychange", send);
    window.addEventListener("pagehide", deletions.sendAll);
    return () => {
      document.removeEventListener("visibilitychange", send);
      window.removeEventListener("pagehide", deletions.sendAll);
    };
  }, []);

  const tasks = query.data?.tasks;
  const rows = useMemo(
    () => (tasks ? overlay(tasks, { creates, updates, deleted }) : undefined),
    [tasks, creates, updates, deleted],
  );

  const createMutate = create.mutate;
  const add = useCallback(
    (title: string) => createMutate({ key: randomKey(), title, description: null }),
    [createMutate],
  );
  const updateMutate = update.mutate;
  const change = useCallback(
    (id: number, fields: TaskChange) => updateMutate({ id, change: fields }),
    [updateMutate],
  );
  const remove = useCallback(
    (task: Task) => {
      const closeNotice = showToast({
        kind: "info",
        message: `Deleted “${task.title}”.`,
        action: {
          label: "Undo",
          run: () => {
            if (deletions.undo(task.id)) announce("Task restored.");
          },
        },
        onEnd: () => void deletions.send(task.id),
      });
      deletions.hide(task, {
        sending: closeNotice,
        deleted: (id) =>
          client.setQueryData<TaskPage>(taskKeys.list, (page) => {
            if (!page) return page;
            const rest = page.tasks.filter((other) => other.id !== id);
            return { tasks: rest, total: page.total + rest.length - page.tasks.length };
          }),
        failed: (_, error) => {
          complain(`“${task.title}” was not deleted.`, error);
          void refresh();
        },
      });
    },
    [client, refresh],
  );

  return {
    /** Undefined until the first answer. */
    rows,
    /** How many of the person's tasks exist beyond those in the list. */
    beyond: Math.max(0, (query.data?.total ?? 0) - (tasks?.length ?? 0)),
    error: query.error,
    loading: query.isFetching,
    refresh,
    add,
    change,
    remove,
  };
}

export function sentence(error: unknown): string {
  return error instanceof ApiError || error instanceof SignedOutError
    ? error.message
    : "Something unexpected went wrong. Please try again.";
}

function complain(what: string, error: unknown, again?: () => void): void {
  // A refusal stays a refusal; a server or a network that was away may be back.
  const passing = error instanceof ApiError && (error.status === 0 || error.status >= 500);
  showToast({
    kind: "error",
    message: `${what} ${sentence(error)}`,
    ...(again && passing ? { action: { label: "Try again", run: again } } : {}),
  });
}
