-- A NOTIFY takes one lock for the whole database and keeps it until its transaction is on disk: by trigger, the writes of all
-- people would stand in one line. Whoever announces its changes itself, after the commit, says so in its `application_name`;
-- for everybody else the triggers notify: other programs, the release before this one, a pooler that gives no name.
create function announces_itself() returns boolean language sql stable as $$
    select position('(announces)' in current_setting('application_name')) > 0
$$;

create or replace function tasks_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into task_counts as c (user_id, total, completed)
        select user_id, count(*), count(*) filter (where completed) from new_rows group by user_id
        order by user_id
        on conflict (user_id) do update
        set total = c.total + excluded.total, completed = c.completed + excluded.completed;
        if not announces_itself() then
            perform pg_notify('tasks_changed', user_id) from (select distinct user_id from new_rows) r;
        end if;
    elsif tg_op = 'DELETE' then
        update task_counts c
        set total = c.total - d.total, completed = c.completed - d.completed
        from (
            select user_id, count(*) as total, count(*) filter (where completed) as completed
            from old_rows group by user_id
        ) d
        where c.user_id = d.user_id;
        if not announces_itself() then
            perform pg_notify('tasks_changed', user_id) from (select distinct user_id from old_rows) r;
        end if;
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
        if not announces_itself() then
            perform pg_notify('tasks_changed', user_id)
            from (select user_id from new_rows union select user_id from old_rows) r;
        end if;
    end if;
    return null;
end $$;

create or replace function messages_changed() returns trigger language plpgsql as $$
begin
    if not announces_itself() then
        perform pg_notify('conversations_changed', r.conversation_id || ' ' || r.user_id)
        from (select distinct conversation_id, user_id from changed_rows) r
        where r.conversation_id is not null;
    end if;
    return null;
end $$;

create or replace function conversation_changed() returns trigger language plpgsql as $$
begin
    if announces_itself() then
        return null;
    end if;
    if tg_table_name = 'turns' then
        if new.conversation_id is not null then
            perform pg_notify('conversations_changed', new.conversation_id || ' ' || new.user_id);
        end if;
    elsif tg_op = 'DELETE' then
        perform pg_notify('conversations_changed', old.id || ' ' || old.user_id);
    else
        perform pg_notify('conversations_changed', new.id || ' ' || new.user_id);
    end if;
    return null;
end $$;

create or replace function delete_account(owner text) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(account_lock(owner));
    insert into deleted_accounts (account) values (account_hash(owner)) on conflict do nothing;
    if not announces_itself() then
        perform pg_notify('accounts_deleted', owner);
    end if;
end $$;
