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

-- Without the owner: a plan for somebody's oldest or newest changes has no index but the right one to take.
create index task_changes_by_batch on task_changes (batch, task_id);

-- What the log holds of a task.
create function logged_fields(t tasks) returns jsonb language sql stable as $$
    select to_jsonb(t) - '{id,user_id}'::text[]
$$;

-- Logs a change. For each row and not for each statement: a session keeps its plans, and one that joins what a statement
-- changed, made for a single row, would be quadratic for many. For the same reason the log is read along its key only: a plan
-- that was made while it was short would read all of it.
create function log_task_change() returns trigger language plpgsql
set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    origin jsonb := coalesce(nullif(current_setting('todo.origin', true), ''), '{}');
    owner text := coalesce(new.user_id, old.user_id);
    before jsonb;
    after jsonb;
    newest bigint;
begin
    if origin ? 'unlogged' then
        return null;
    end if;
    before := logged_fields(old);
    after := logged_fields(new);
    if before - 'updated_at' = after - 'updated_at' then
        return null;
    end if;
    insert into task_changes as c (user_id, number, task_id, batch, means, source, undoes, before, after)
    values (
        owner, coalesce((
            select n.number from task_changes n where n.user_id = owner order by n.number desc limit 1
        ), 0) + 1,
        coalesce(new.id, old.id),
        coalesce(origin->>'batch', 'transaction-' || pg_current_xact_id()),
        origin->>'means', origin->>'source', origin->>'undoes', before, after
    )
    returning c.number into newest;
    -- Every tenth change takes up to twenty with it that are too many (10,000 with the nine to come) or too old, so a write
    -- costs the same however long the log is. One that is being undone stays. Without the lower bound a statement that changes
    -- many tasks would pass all that it has deleted itself, again and again.
    if newest % 10 = 0 then
        delete from task_changes c where c.ctid = any (array(
            select o.ctid
            from (
                select p.ctid, p.number, p.at from task_changes p
                where p.user_id = owner and p.number > newest - 10090
                order by p.number, p.task_id limit 20 for update skip locked
            ) o
            where o.number <= newest - 9990 or o.at < now() - interval '30 days'
        ));
    end if;
    return null;
end $$;

create trigger task_changed after insert or update or delete on tasks
for each row execute function log_task_change();

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
            (array_agg(t.after order by t.number desc))[1] as after, array_agg(distinct t.undoes) as undoes
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
                where t.user_id = owner and t.batch = any (c.undoes) and t.task_id = c.task_id and t.undone_by = which;
                undone_by := undoing;
                update task_changes t set undone_by = undoing
                where t.user_id = owner and t.batch = which and t.task_id = c.task_id and t.undone_by is null
                    and t.undoes is distinct from which;
            end if;
        end if;
        return next;
    end loop;
end $$;
