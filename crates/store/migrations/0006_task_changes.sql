-- Every change of a task is a row, written in the change's own transaction by trigger, whichever program makes it: ours
-- says by what means (`todo.origin`, set in the statement that makes the change), of others only the change is known.
create table task_changes (
    user_id   text        not null,
    -- Counts the owner's changes, so that the oldest are found without counting. Changes of different tasks that were made
    -- at once may have the same number.
    number    bigint      not null,
    task_id   bigint      not null,
    -- Changes that are undone together.
    batch     text        not null,
    -- page, rest, chat or mcp; null when another program made it.
    means     text,
    -- The chat's turn.
    source    text,
    -- The task's fields; null where it did not exist.
    before    jsonb,
    after     jsonb,
    -- The batch that this change takes back, and the one that took this change back.
    undoes    text,
    undone_by text,
    at        timestamptz not null default now(),
    primary key (user_id, number, task_id)
);

create index task_changes_by_batch on task_changes (user_id, batch, number);

-- What the log holds of a task.
create function logged_fields(t tasks) returns jsonb language sql stable as $$
    select to_jsonb(t) - 'id' - 'user_id'
$$;

-- Logs what a statement changed: the arrays have an element for each task.
create function log_task_changes(owners text[], tasks bigint[], olds jsonb[], news jsonb[])
returns void language plpgsql as $$
declare
    origin jsonb := coalesce(nullif(current_setting('todo.origin', true), ''), '{}');
    newest jsonb;
begin
    if origin ? 'unlogged' then
        return;
    end if;
    -- Before the rows come, which a search for the newest would have to pass, one after the other.
    select jsonb_object_agg(o.owner, (select max(t.number) from task_changes t where t.user_id = o.owner))
    from (select distinct unnest(owners)) o (owner) into newest;
    insert into task_changes (user_id, number, task_id, batch, means, source, undoes, before, after)
    select c.owner,
        coalesce((newest->>c.owner)::bigint, 0) + row_number() over (partition by c.owner order by c.task),
        c.task, coalesce(origin->>'batch', 'transaction-' || pg_current_xact_id()),
        origin->>'means', origin->>'source', origin->>'undoes', c.old, c.new
    from unnest(owners, tasks, olds, news) c (owner, task, old, new)
    where c.old - 'updated_at' is distinct from c.new - 'updated_at';
    -- Two at most for each that comes, so a write costs the same however long the log is. One that is being undone stays.
    delete from task_changes c where c.ctid = any (array(
        select o.ctid
        from (
            select o.owner, count(*) as changes,
                (select max(t.number) from task_changes t where t.user_id = o.owner) as newest
            from unnest(owners) o (owner) group by o.owner
        ) l cross join lateral (
            select o.ctid, o.number, o.at from task_changes o where o.user_id = l.owner
            order by o.number, o.task_id limit 2 * l.changes for update skip locked
        ) o
        where o.number <= l.newest - 10000 or o.at < now() - interval '30 days'
    ));
end $$;

create or replace function tasks_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into task_counts as c (user_id, total, completed)
        select user_id, count(*), count(*) filter (where completed) from new_rows group by user_id
        order by user_id
        on conflict (user_id) do update
        set total = c.total + excluded.total, completed = c.completed + excluded.completed;
        perform log_task_changes(array_agg(n.user_id), array_agg(n.id), array_agg(null::jsonb), array_agg(logged_fields(n)))
        from new_rows n;
        perform pg_notify('tasks_changed', user_id) from (select distinct user_id from new_rows) r;
    elsif tg_op = 'DELETE' then
        update task_counts c
        set total = c.total - d.total, completed = c.completed - d.completed
        from (
            select user_id, count(*) as total, count(*) filter (where completed) as completed
            from old_rows group by user_id
        ) d
        where c.user_id = d.user_id;
        perform log_task_changes(array_agg(o.user_id), array_agg(o.id), array_agg(logged_fields(o)), array_agg(null::jsonb))
        from old_rows o;
        perform pg_notify('tasks_changed', user_id) from (select distinct user_id from old_rows) r;
    else
        insert into task_counts as c (user_id, total, completed)
        select user_id, sum(total), sum(completed)
        from (
            select user_id, 1 as total, completed::int as completed from new_rows
            union all
            select user_id, -1, -(completed::int) from old_rows
        ) d
        group by user_id
        having sum(total) <> 0 or sum(completed) <> 0
        order by user_id
        on conflict (user_id) do update
        set total = c.total + excluded.total, completed = c.completed + excluded.completed;
        perform log_task_changes(
            array_agg(n.user_id), array_agg(n.id), array_agg(logged_fields(o)), array_agg(logged_fields(n))
        ) from new_rows n join old_rows o using (id);
        perform pg_notify('tasks_changed', user_id)
        from (select user_id from new_rows union select user_id from old_rows) r;
    end if;
    return null;
end $$;

-- The newest batch of a person that can be undone, but for one: of any means, or of these.
create function last_batch(owner text, by_means text, but text) returns text language sql stable as $$
    select c.batch from task_changes c
    where c.user_id = owner and c.undone_by is null and c.undoes is null and c.at > now() - interval '30 days'
        and c.batch <> but and (by_means is null or c.means = by_means)
    order by c.number desc limit 1
$$;

-- Takes a batch back, a task at a time, and tells what became of each: `refused` is null for what is as it was before the
-- batch, `changed` for a task that somebody changed since and `gone` for one that somebody deleted since; these two are
-- left alone, as is what this release cannot read. No row: there is no such batch. What was taken back before is told again,
-- with the batch that did it.
create function undo_batch(owner text, which text, origin jsonb)
returns table (task_id bigint, title text, refused text, undone_by text) language plpgsql as $$
#variable_conflict use_column
declare
    c record;
    present jsonb;
    undoing text := origin->>'batch';
begin
    perform set_config('todo.origin', (origin || jsonb_build_object('undoes', which))::text, true);
    -- Whoever undoes the same meanwhile waits here, and then finds it done.
    perform from task_changes t
    where t.user_id = owner and t.batch = which order by t.number, t.task_id for update;
    for c in
        select t.task_id, t.undone_by,
            (array_agg(t.before order by t.number))[1] as before,
            (array_agg(t.after order by t.number desc))[1] as after
        from task_changes t
        where t.user_id = owner and t.batch = which and t.undoes is distinct from which
            and t.at > now() - interval '30 days'
        group by t.task_id, t.undone_by order by t.task_id
    loop
        task_id := c.task_id;
        title := coalesce(c.before->>'title', c.after->>'title', '');
        refused := null;
        undone_by := c.undone_by;
        if c.undone_by is null then
            select logged_fields(t) from tasks t where t.user_id = owner and t.id = c.task_id for update into present;
            if c.before is null and c.after is null then
                -- Made and deleted in one batch: there is nothing to take back.
                null;
            elsif present is null and c.after is not null then
                refused := 'gone';
            elsif present is not null and (c.after is null or not present @> (c.after - 'updated_at')) then
                refused := 'changed';
            else
                begin
                    if c.before is null then
                        delete from tasks t where t.user_id = owner and t.id = c.task_id;
                    elsif c.after is null then
                        insert into tasks (id, user_id, title, description, completed, created_at)
                        select c.task_id, owner, b.title, b.description, b.completed, b.created_at
                        from jsonb_populate_record(null::tasks, c.before) b;
                    else
                        update tasks t set
                            title = b.title, description = b.description, completed = b.completed, updated_at = now()
                        from jsonb_populate_record(null::tasks, c.before) b
                        where t.user_id = owner and t.id = c.task_id;
                    end if;
                exception when data_exception or integrity_constraint_violation then
                    refused := 'unreadable';
                end;
            end if;
            if refused is null then
                -- What the batch had taken back stands again.
                update task_changes t set undone_by = null
                where t.user_id = owner and t.task_id = c.task_id and t.undone_by = which;
                undone_by := undoing;
                update task_changes t set undone_by = undoing
                where t.user_id = owner and t.batch = which and t.task_id = c.task_id and t.undone_by is null
                    and t.undoes is distinct from which;
            end if;
        end if;
        return next;
    end loop;
end $$;
