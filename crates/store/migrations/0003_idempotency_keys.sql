-- The first answer to a create, kept 24 hours, so that a repeated request is answered and not repeated.
create table idempotency_keys (
    user_id      text        not null,
    key          text        not null,
    request_hash bytea       not null,
    response     jsonb,
    created_at   timestamptz not null default now(),
    primary key (user_id, key)
);

create index idempotency_keys_by_age on idempotency_keys (user_id, created_at);
