-- What several statements say, said once. The release before this one uses none of it and goes on beside.

-- Until when a lease lasts that is given or renewed now: a runner renews it every 5 s, and one that crashed frees its
-- conversation after 15.
create function lease_until() returns timestamptz language sql stable as $$
    select now() + interval '15 seconds'
$$;

-- Whether somebody works on a turn or waits for it.
create function is_alive(t turns) returns boolean language sql stable as $$
    select t.state in ('queued', 'running') and coalesce(t.alive_until > now(), false)
$$;

-- Whether people see messages of this role. Others are notes to the model.
create function is_visible(role text) returns boolean language sql immutable as $$
    select role in ('user', 'assistant', 'tool', 'widget', 'input')
$$;

-- Whether a conversation has so many messages.
create function is_full(conversation bigint, messages_max bigint) returns boolean language sql stable as $$
    select exists (
        select from messages m where m.conversation_id = conversation order by m.id offset messages_max - 1 limit 1
    )
$$;

-- A budget as it is now: a window that has ended begins anew.
create function current_budget(b chat_budgets) returns chat_budgets language sql stable as $$
    select b.user_id,
        case when in_minute then b.minute_from else now() end,
        case when in_minute then b.minute_requests else 0 end,
        case when in_minute then b.minute_tokens else 0 end,
        case when in_day then b.day_from else now() end,
        case when in_day then b.day_requests else 0 end,
        case when in_day then b.day_tokens else 0 end
    from (select b.minute_from > now() - interval '1 minute' as in_minute,
                 b.day_from > now() - interval '1 day' as in_day) w
$$;

-- Adds to a person's budget, and tells how it is then. The row stays locked until the transaction ends.
create function add_to_budget(owner text, requests bigint, tokens bigint) returns chat_budgets language sql as $$
    insert into chat_budgets as b
        (user_id, minute_from, minute_requests, minute_tokens, day_from, day_requests, day_tokens)
    values (owner, now(), requests, tokens, now(), requests, tokens)
    on conflict (user_id) do update set
        (minute_from, minute_requests, minute_tokens, day_from, day_requests, day_tokens) = (
            select c.minute_from, c.minute_requests + excluded.minute_requests, c.minute_tokens + excluded.minute_tokens,
                c.day_from, c.day_requests + excluded.day_requests, c.day_tokens + excluded.day_tokens
            from current_budget(b) c
        )
    returning b.*
$$;

-- Ends a turn and gives its conversation free, whose id is the answer; null when the turn is not the runner's any more.
create function end_turn(
    owner text, turn_id bigint, runner_name text, new_state text, new_outcome text, by_model text,
    input bigint, output bigint
) returns bigint language plpgsql as $$
declare
    conversation bigint;
begin
    update turns t set
        state = new_state, outcome = new_outcome, model = by_model, ended_at = now(), alive_until = null, question = null,
        input_tokens = t.input_tokens + input, output_tokens = t.output_tokens + output
    where t.user_id = owner and t.id = turn_id and t.runner = runner_name
    returning t.conversation_id into conversation;
    if not found then
        return null;
    end if;
    perform add_to_budget(owner, 0, input + output);
    -- Turns are kept for a month, for what they cost. No timer, so nothing wakes a sleeping database.
    delete from turns t where t.user_id = owner and t.created_at < now() - interval '31 days' and t.id <> turn_id
        and t.state not in ('queued', 'running');
    update conversations c set turn = null, turn_expires_at = null where c.id = conversation and c.turn = runner_name
    returning c.id into conversation;
    return conversation;
end $$;

-- For deleting what is stored of one person.
create index messages_by_user on messages (user_id);
