-- How many tasks a person has, kept by trigger: counting 100,000 rows for a page of 20 would cost more than the page.
create table task_counts (
    user_id   text   primary key,
    total     bigint not null default 0,
    completed bigint not null default 0
);

insert into task_counts (user_id, total, completed)
select user_id, count(*), count(*) filter (where completed) from tasks group by user_id;

-- Statement triggers, so that deleting a thousand tasks updates the count once.
-- They also tell whoever listens whose tasks changed; equal payloads of one transaction are sent once.
create function tasks_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into task_counts as c (user_id, total, completed)
        select user_id, count(*), count(*) filter (where completed) from new_rows group by user_id
        order by user_id
        on conflict (user_id) do update
        set total = c.total + excluded.total, completed = c.completed + excluded.completed;
        perform pg_notify('tasks_changed', user_id) from (select distinct user_id from new_rows) r;
    elsif tg_op = 'DELETE' then
        update task_counts c
        set total = c.total - d.total, completed = c.completed - d.completed
        from (
            select user_id, count(*) as total, count(*) filter (where completed) as completed
            from old_rows group by user_id
        ) d
        where c.user_id = d.user_id;
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
        perform pg_notify('tasks_changed', user_id)
        from (select user_id from new_rows union select user_id from old_rows) r;
    end if;
    return null;
end $$;

create trigger tasks_inserted after insert on tasks
referencing new table as new_rows for each statement execute function tasks_changed();
create trigger tasks_updated after update on tasks
referencing old table as old_rows new table as new_rows for each statement execute function tasks_changed();
create trigger tasks_deleted after delete on tasks
referencing old table as old_rows for each statement execute function tasks_changed();
