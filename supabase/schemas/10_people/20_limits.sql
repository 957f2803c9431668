-- How often a user may do what.

create table private.rate_limit_rules (
  action text primary key,
  burst bigint not null,
  per_seconds double precision not null,
  constraint rate_limit_rules_check check (burst > 0 and per_seconds > 0)
);
comment on table private.rate_limit_rules is 'How many at once, and in how many seconds as many again. An app changes the rows by SQL.';

create table private.rate_limits (
  user_id uuid not null,
  action text not null references private.rate_limit_rules (action),
  tokens double precision not null,
  refilled_at timestamptz not null,
  burst bigint,
  primary key (user_id, action),
  constraint rate_limits_burst_check check (burst > 0)
);
comment on table private.rate_limits is 'What each person has left of a limit: a bucket of tokens that refills.';
comment on column private.rate_limits.burst is 'A limit of the person''s own in place of the rule''s, such as a bot''s.';

create index rate_limits_action_idx on private.rate_limits (action);

create function private.try_token(person uuid, wanted text)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  rule private.rate_limit_rules;
begin
  select * into rule from private.rate_limit_rules r where r.action = wanted;
  if not found then
    return true;
  end if;
  -- Mostly there is a row, and an update costs less than an insert that finds one. The second time round somebody else has just
  -- made it, or there is too little in it.
  for attempt in 1 .. 2 loop
    -- The row is locked until the end of the transaction, and is the first lock of any: one person's calls queue here.
    update private.rate_limits l
    set
      tokens = least(
        coalesce(l.burst, rule.burst),
        l.tokens + extract(epoch from clock_timestamp() - l.refilled_at) * coalesce(l.burst, rule.burst) / rule.per_seconds
      ) - 1,
      refilled_at = clock_timestamp()
    where l.user_id = person and l.action = wanted
      and l.tokens + extract(epoch from clock_timestamp() - l.refilled_at) * coalesce(l.burst, rule.burst) / rule.per_seconds >= 1;
    if found then
      return true;
    end if;
    insert into private.rate_limits (user_id, action, tokens, refilled_at)
    values (person, wanted, rule.burst - 1, clock_timestamp())
    on conflict (user_id, action) do nothing;
    if found then
      return true;
    end if;
  end loop;
  return false;
end
$$;
comment on function private.try_token is 'Counts one action of a user; false when there were too many.';

create function private.take_token(person uuid, wanted text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  rule private.rate_limit_rules;
  wait_ms bigint;
begin
  if private.try_token(person, wanted) then
    return;
  end if;
  select * into rule from private.rate_limit_rules r where r.action = wanted;
  select ceil(1000 * ((1 - l.tokens) * rule.per_seconds / coalesce(l.burst, rule.burst)
    - extract(epoch from clock_timestamp() - l.refilled_at)))
  into wait_ms
  from private.rate_limits l
  where l.user_id = person and l.action = wanted;
  perform private.raise_error('rate_limited', 'unable to go on; too much at once', 'Wait for retryAfterMs.',
    jsonb_build_object('retryAfterMs', greatest(wait_ms, 1)));
end
$$;
comment on function private.take_token is 'Counts one action of a person; raises rate_limited, with the time to wait, when there were too many.';

insert into private.rate_limit_rules (action, burst, per_seconds)
values ('send', 30, 10), ('change', 60, 10), ('group', 10, 600), ('report', 10, 600)
on conflict (action) do nothing;

-- Read marks beyond it are kept, and reach the others by the head check in place of an event.
insert into private.rate_limit_rules (action, burst, per_seconds)
values ('receipt', 30, 30)
on conflict (action) do nothing;

insert into private.rate_limit_rules (action, burst, per_seconds)
values ('invite', 60, 3600), ('open_link', 20, 600)
on conflict (action) do nothing;

revoke all on private.rate_limit_rules, private.rate_limits from public, anon, authenticated, service_role;
revoke execute on function private.try_token(uuid, text), private.take_token(uuid, text) from public, anon, authenticated, service_role;
