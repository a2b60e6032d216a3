"use client";

import { useMutation, useMutationState, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { complain } from "@/components/ui/complain";
import { announce, showToast } from "@/components/ui/toasts";
import {
  createTask,
  deleteTask,
  listTasks,
  type Task,
  type TaskChange,
  type TaskPage,
  updateTask,
} from "@/lib/api/client";
import { followLive } from "@/lib/api/live";
import { randomKey } from "@/lib/random-key";
import { overlay, type PendingCreate, type PendingUpdate, replaced, withTask } from "./arrange";
import { taskKeys } from "./task-keys";
import { useSearch } from "./use-search";
import { useUndo } from "./use-undo";

/**
 * The person's tasks, kept current by live events, and everything that can be done to them. With words: of those tasks in
 * which all of them are.
 */
export function useTasks(initial: TaskPage | undefined, words: string) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: taskKeys.list,
    queryFn: ({ signal }) => listTasks(signal),
    ...(initial ? { initialData: initial } : {}),
  });
  const search = useSearch(words);
  const refresh = useCallback(
    () =>
      Promise.all([
        client.invalidateQueries({ queryKey: taskKeys.list, exact: true }),
        client.invalidateQueries({ queryKey: taskKeys.search }),
      ]),
    [client],
  );

  useEffect(() => followLive({ tasks: refresh }), [refresh]);

  const undo = useUndo();

  /** What the server has done. */
  const store = (
    change: (tasks: readonly Task[]) => Task[],
    changeFound: (tasks: readonly Task[]) => Task[] = change,
  ) => {
    client.setQueryData<TaskPage>(taskKeys.list, (page) => page && changed(page, change));
    client.setQueriesData<TaskPage>(
      { queryKey: taskKeys.search },
      (page) => page && changed(page, changeFound),
    );
    void client.invalidateQueries({ queryKey: taskKeys.undoable });
    // Whether it has the words now is the server's to say.
    void client.invalidateQueries({ queryKey: taskKeys.search });
  };

  const create = useMutation({
    mutationKey: taskKeys.create,
    // One after the other, so that quick changes reach the server in the order they were made.
    scope: { id: "tasks" },
    mutationFn: ({ key, title, description }: PendingCreate) =>
      createTask({ title, description, idempotencyKey: key }),
    onSuccess: (task) => {
      store(
        (tasks) => withTask(tasks, task),
        (found) => replaced(found, task),
      );
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
      store(
        (tasks) => withTask(tasks, task),
        (found) => replaced(found, task),
      );
      if (change.completed !== undefined) announce(change.completed ? "Task completed." : "Task reopened.");
      else announce("Task saved.");
    },
    onError: (error, wanted) => {
      complain("Your change was taken back.", error, () => update.mutate(wanted));
      void refresh();
    },
  });

  const deletion = useMutation({
    mutationKey: taskKeys.remove,
    scope: { id: "tasks" },
    mutationFn: ({ id }: Task) => deleteTask(id),
    onSuccess: (batch, { id, title }) => {
      store((tasks) => tasks.filter((other) => other.id !== id));
      showToast({
        kind: "info",
        message: `Deleted “${title}”.`,
        ...(batch && { action: { label: "Undo", run: () => undo({ batch, kind: "deleted" }) } }),
      });
    },
    onError: (error, task) => {
      complain(`“${task.title}” was not deleted.`, error, () => deletion.mutate(task));
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
  const deleted = useMutationState({
    filters: { mutationKey: taskKeys.remove, status: "pending" },
    select: ({ state }) => (state.variables as Task).id,
  });

  const tasks = query.data?.tasks;
  const rows = useMemo(
    () => (tasks ? overlay(tasks, { creates, updates, deleted }) : undefined),
    [tasks, creates, updates, deleted],
  );
  const found = search.found?.tasks;
  const foundRows = useMemo(
    () => (found ? overlay(found, { creates: [], updates, deleted }) : undefined),
    [found, updates, deleted],
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
  return {
    /** Undefined until the first answer. */
    rows,
    /** How many of the person's tasks exist beyond those in the list. */
    beyond: beyond(query.data),
    /** The same of the tasks that have the words; undefined until the server has answered to them. */
    found: foundRows,
    foundBeyond: beyond(search.found),
    searchError: search.error,
    retrySearch: search.retry,
    error: query.error,
    loading: query.isFetching,
    refresh,
    add,
    change,
    remove: deletion.mutate,
  };
}

function changed(page: TaskPage, change: (tasks: readonly Task[]) => Task[]): TaskPage {
  const tasks = change(page.tasks);
  return { tasks, total: page.total + tasks.length - page.tasks.length };
}

function beyond(page: TaskPage | undefined): number {
  return Math.max(0, (page?.total ?? 0) - (page?.tasks.length ?? 0));
}
