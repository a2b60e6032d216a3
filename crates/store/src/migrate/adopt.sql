-- Brings the tables of a Python predecessor to the shape of migration 0001, in place: no row is copied or lost,
-- times without a zone are UTC, what a predecessor had in addition stays but no longer stands in our way.
-- Runs in the migration's transaction, after adopt.rs has refused what cannot be taken over.
do $$
declare
    pair   record;
    wanted record;
    found  record;
    it     record;
begin
    for pair in select * from (values
        ('task', 'tasks'), ('conversation', 'conversations'), ('message', 'messages')
    ) as p (singular, plural) loop
        if to_regclass(quote_ident(pair.singular)) is not null
            and to_regclass(quote_ident(pair.plural)) is null then
            execute format('alter table %I rename to %I', pair.singular, pair.plural);
        end if;
    end loop;

    for it in select t.name from unnest(array['tasks', 'conversations', 'messages']) as t (name)
        where to_regclass(t.name) is not null loop

        -- Checks and enumerations of a predecessor know fewer values than we store; its foreign keys point to a table
        -- of people that Better Auth has replaced. Ours are made again below.
        for found in select conname, conrelid::regclass as of_table from pg_constraint
            where (conrelid = it.name::regclass and contype in ('c', 'f'))
                or (confrelid = it.name::regclass and contype = 'f') loop
            execute format('alter table %s drop constraint if exists %I', found.of_table, found.conname);
        end loop;

        -- A column that we never fill must not be required.
        for found in select a.attname from pg_attribute a
            where a.attrelid = it.name::regclass and a.attnum > 0 and not a.attisdropped
                and a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attname not in (
                    'id', 'user_id', 'title', 'description', 'completed', 'created_at', 'updated_at',
                    'conversation_id', 'role', 'content', 'tool_calls'
                ) loop
            execute format('alter table %I alter column %I drop not null', it.name, found.attname);
        end loop;
    end loop;

    for wanted in select w.* from (values
        ('tasks',         'id',              'bigint',      null,    null),
        ('tasks',         'user_id',         'text',        null,    ''''''),
        ('tasks',         'title',           'text',        null,    ''''''),
        ('tasks',         'description',     'text',        null,    null),
        ('tasks',         'completed',       'boolean',     'false', 'false'),
        ('tasks',         'created_at',      'timestamptz', 'now()', 'now()'),
        ('tasks',         'updated_at',      'timestamptz', 'now()', 'created_at'),
        ('conversations', 'id',              'bigint',      null,    null),
        ('conversations', 'user_id',         'text',        null,    ''''''),
        ('conversations', 'title',           'text',        null,    null),
        ('conversations', 'created_at',      'timestamptz', 'now()', 'now()'),
        ('conversations', 'updated_at',      'timestamptz', 'now()', 'created_at'),
        ('conversations', 'turn',            'text',        null,    null),
        ('conversations', 'turn_expires_at', 'timestamptz', null,    null),
        ('messages',      'id',              'bigint',      null,    null),
        ('messages',      'conversation_id', 'bigint',      null,    null),
        ('messages',      'user_id',         'text',        null,
            'coalesce((select c.user_id from conversations c where c.id = messages.conversation_id), '''')'),
        ('messages',      'role',            'text',        null,    '''user'''),
        ('messages',      'content',         'text',        '''''',  ''''''),
        ('messages',      'tool_calls',      'jsonb',       null,    null),
        ('messages',      'feedback',        'text',        null,    null),
        ('messages',      'created_at',      'timestamptz', 'now()', 'now()')
    ) as w (in_table, name, type, standard, fill) where to_regclass(w.in_table) is not null loop

        select a.atttypid::regtype::text as type, a.atttypmod as typmod into found from pg_attribute a
        where a.attrelid = wanted.in_table::regclass and a.attname = wanted.name and not a.attisdropped;

        if not found then
            execute format('alter table %I add column %I %s', wanted.in_table, wanted.name, wanted.type);
        elsif found.type <> wanted.type::regtype::text or found.typmod <> -1 then
            -- The key's default is its sequence, which stays.
            if wanted.name <> 'id' then
                execute format('alter table %I alter column %I drop default', wanted.in_table, wanted.name);
            end if;
            execute format('alter table %I alter column %I type %s using %s',
                wanted.in_table, wanted.name, wanted.type,
                case
                    when wanted.type = 'timestamptz' and found.type in ('timestamp without time zone', 'date')
                        then format('%I::timestamp at time zone ''UTC''', wanted.name)
                    when wanted.type = 'boolean' and found.type in ('smallint', 'integer', 'bigint')
                        then format('%I <> 0', wanted.name)
                    when wanted.type = 'jsonb' and found.type not in ('json', 'jsonb')
                        then format('to_jsonb(%I)', wanted.name)
                    else format('%I::%s', wanted.name, wanted.type)
                end);
        end if;
        if wanted.standard is not null then
            execute format('alter table %I alter column %I set default %s',
                wanted.in_table, wanted.name, wanted.standard);
        end if;
        if wanted.fill is not null then
            execute format('update %1$I set %2$I = %3$s where %2$I is null',
                wanted.in_table, wanted.name, wanted.fill);
            execute format('alter table %I alter column %I set not null', wanted.in_table, wanted.name);
        end if;
    end loop;

    for it in select t.name from unnest(array['tasks', 'conversations', 'messages']) as t (name)
        where to_regclass(t.name) is not null loop
        if not exists (select from pg_constraint where conrelid = it.name::regclass and contype = 'p') then
            execute format('alter table %I add primary key (id)', it.name);
        end if;
        if pg_get_serial_sequence(it.name, 'id') is null then
            execute format('alter table %I alter column id drop default', it.name);
            execute format('alter table %I alter column id add generated by default as identity', it.name);
        elsif not exists (select from pg_attribute where attrelid = it.name::regclass and attname = 'id' and attidentity <> '') then
            execute format('alter sequence %s as bigint', pg_get_serial_sequence(it.name, 'id'));
        end if;
        execute format('select setval(pg_get_serial_sequence(%L, ''id''), greatest((select max(id) from %I), 1))',
            it.name, it.name);
    end loop;

    if to_regclass('messages') is not null then
        update messages set role = lower(role) where role <> lower(role);
        update messages set tool_calls = null where tool_calls = 'null'::jsonb;
        if to_regclass('conversations') is null then
            create table conversations (
                id              bigint generated by default as identity primary key,
                user_id         text        not null,
                title           text,
                created_at      timestamptz not null default now(),
                updated_at      timestamptz not null default now(),
                turn            text,
                turn_expires_at timestamptz
            );
        end if;
        -- A message whose conversation is gone gets one, so that it is not lost and the key below holds.
        insert into conversations (id, user_id, created_at, updated_at)
        select m.conversation_id, min(m.user_id), min(m.created_at), max(m.created_at) from messages m
        where m.conversation_id is not null
            and not exists (select from conversations c where c.id = m.conversation_id)
        group by m.conversation_id;
        perform setval(pg_get_serial_sequence('conversations', 'id'),
            greatest((select max(id) from conversations), 1));
        alter table messages add constraint messages_conversation_id_fkey
            foreign key (conversation_id) references conversations (id) on delete cascade;
    end if;
end $$;
