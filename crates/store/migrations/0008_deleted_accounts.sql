-- Accounts that were deleted, by the hash of their id: whoever still holds a token of one writes nothing any more.
create table deleted_accounts (
    account    bytea       primary key,
    deleted_at timestamptz not null default now()
);

create function account_hash(owner text) returns bytea language sql immutable as $$
    select sha256(convert_to(owner, 'UTF8'))
$$;

-- Writers hold this lock together until their commit, and a deletion alone: no row is written at the same moment.
create function account_lock(owner text) returns bigint language sql immutable as $$
    select hashtextextended(owner, 8)
$$;

create function refuse_deleted_account() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(account_lock(new.user_id));
    -- A statement of its own, which sees what was committed while the lock was awaited.
    if exists (select from deleted_accounts d where d.account = account_hash(new.user_id)) then
        raise exception 'the account is deleted' using errcode = 'TD001';
    end if;
    return new;
end $$;

-- Every table that names a person, but for the log and the counts, which only follow the tasks.
create trigger refuse_deleted_account before insert on tasks
for each row execute function refuse_deleted_account();
create trigger refuse_deleted_account before insert on conversations
for each row execute function refuse_deleted_account();
create trigger refuse_deleted_account before insert on messages
for each row execute function refuse_deleted_account();
create trigger refuse_deleted_account before insert on turns
for each row execute function refuse_deleted_account();
create trigger refuse_deleted_account before insert on chat_budgets
for each row execute function refuse_deleted_account();
create trigger refuse_deleted_account before insert on idempotency_keys
for each row execute function refuse_deleted_account();

-- Deletes an account: from the commit on nothing of it can be written. What is there is deleted next.
create function delete_account(owner text) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(account_lock(owner));
    insert into deleted_accounts (account) values (account_hash(owner)) on conflict do nothing;
    perform pg_notify('accounts_deleted', owner);
end $$;
