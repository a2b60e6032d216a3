-- Where an answer did not come to its end, a row says so. The release before this one shows its words as the assistant's.
create or replace function is_visible(role text) returns boolean language sql immutable as $$
    select role in ('user', 'assistant', 'tool', 'widget', 'input', 'unfinished')
$$;
