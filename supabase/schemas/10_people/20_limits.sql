-- The one table of limits: how often a user may do what, and how much there may be of it.

create table private.limits (
  key text primary key,
  at_most bigint not null,
  per_seconds double precision,
  what_for text not null,
  constraint limits_check check (at_most > 0 and per_seconds > 0)
);
comment on table private.limits is
  'Every bounded action of a user. The owner of a project changes the rows by SQL; an action without a row is not bounded.';
comment on column private.limits.at_most is 'How many at once.';
comment on column private.limits.per_seconds is 'In how many seconds as many again; null where the limit is of what there is at one time.';

create table private.rate_limits (
  user_id uuid not null,
  action text not null references private.limits (key) on delete cascade,
  tokens double precision not null,
  refilled_at timestamptz not null,
  burst bigint,
  primary key (user_id, action),
  constraint rate_limits_burst_check check (burst > 0)
);
comment on table private.rate_limits is 'The tokens that each user has left of a limit, in a bucket that refills.';
comment on column private.rate_limits.burst is 'A limit of the person''s own in place of the rule''s, such as a bot''s.';

create index rate_limits_action_idx on private.rate_limits (action);

create function private.at_most(wanted text)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  return (select l.at_most from private.limits l where l.key = wanted);
end
$$;
comment on function private.at_most is 'How many of something there may be at one time; null where the owner of the project took the limit away.';

create function private.try_token(person uuid, wanted text, amount bigint default 1)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  rule private.limits;
begin
  select * into rule from private.limits l where l.key = wanted;
  if rule.per_seconds is null or person is null or coalesce(amount, 0) <= 0 then
    return true;
  end if;
  -- Mostly there is a row, and an update costs less than an insert that finds one. The second time round another transaction has just
  -- made it, or there is too little in it.
  -- What is larger than the limit itself needs all of it. A time that is to come is of a clock that was set back: the limit is full then, for
  -- otherwise it would refuse until that time.
  for attempt in 1 .. 2 loop
    -- The row is locked until the end of the transaction, and is the first lock of any: one person's calls queue here.
    update private.rate_limits l
    set
      tokens = least(
        coalesce(l.burst, rule.at_most),
        l.tokens + (case when l.refilled_at > clock_timestamp() + interval '1 minute' then rule.per_seconds
          else greatest(extract(epoch from clock_timestamp() - l.refilled_at), 0) end) * coalesce(l.burst, rule.at_most) / rule.per_seconds
      ) - least(amount, coalesce(l.burst, rule.at_most)),
      refilled_at = clock_timestamp()
    where l.user_id = person and l.action = wanted
      and l.tokens + (case when l.refilled_at > clock_timestamp() + interval '1 minute' then rule.per_seconds
          else greatest(extract(epoch from clock_timestamp() - l.refilled_at), 0) end) * coalesce(l.burst, rule.at_most) / rule.per_seconds
        >= least(amount, coalesce(l.burst, rule.at_most));
    if found then
      return true;
    end if;
    insert into private.rate_limits (user_id, action, tokens, refilled_at)
    values (person, wanted, rule.at_most - least(amount, rule.at_most), clock_timestamp())
    on conflict (user_id, action) do nothing;
    if found then
      return true;
    end if;
  end loop;
  return false;
end
$$;
comment on function private.try_token is 'Counts one action of a user, or so many; false when there were too many.';

create function private.take_token(person uuid, wanted text, amount bigint default 1)
returns void
language plpgsql
set search_path = ''
as $$
declare
  rule private.limits;
  most double precision;
  wait_ms bigint;
begin
  if private.try_token(person, wanted, amount) then
    return;
  end if;
  select * into rule from private.limits l where l.key = wanted;
  select ceil(1000 * ((least(amount, m.most) - l.tokens) * rule.per_seconds / m.most
    - (case when l.refilled_at > clock_timestamp() + interval '1 minute' then rule.per_seconds
          else greatest(extract(epoch from clock_timestamp() - l.refilled_at), 0) end))), m.most
  into wait_ms, most
  from private.rate_limits l
  cross join lateral (select coalesce(l.burst, rule.at_most)) as m (most)
  where l.user_id = person and l.action = wanted;
  perform private.raise_error('rate_limited', format('unable to continue; %s: at most %s in %s seconds', rule.what_for, most, rule.per_seconds),
    'Wait for retryAfterMs.', jsonb_build_object('retryAfterMs', greatest(wait_ms, 1), 'limit', wanted));
end
$$;
comment on function private.take_token is
  'Counts one action of a user, or so many; raises rate_limited, with the time to wait, when there were too many.';

insert into private.limits (key, at_most, per_seconds, what_for) values
  ('send', 30, 10, 'messages sent'),
  ('change', 60, 10, 'messages edited and pinned, and reactions'),
  ('draft', 120, 60, 'drafts kept'),
  ('open_direct', 20, 3600, 'new direct conversations'),
  ('group', 10, 600, 'groups made'),
  ('group_change', 60, 600, 'changes of groups: subject, metadata, roles, people removed, leaving'),
  ('add_people', 300, 86400, 'people put into groups'),
  ('block', 60, 3600, 'people blocked'),
  ('review', 20, 3600, 'reviews and answers to them written'),
  ('follow', 200, 3600, 'users followed'),
  ('following', 5000, null, 'users whom a user follows at one time'),
  ('report', 10, 600, 'messages reported'),
  -- Marks beyond it are kept, and reach the others by the head check in place of an event.
  ('last_seen', 10, 600, 'changes of whether the last activity is shown'),
  ('receipt', 30, 30, 'read marks that are sent to others at once'),
  ('invite', 60, 3600, 'shares, links and transfers offered'),
  ('open_link', 20, 600, 'links opened'),
  ('group_people', 256, null, 'people in a group; more than 256 is not tested'),
  ('pinned_messages', 50, null, 'pinned messages in a conversation'),
  ('message_reactions', 20, null, 'different emoji on a message'),
  ('song', 5000, 86400, 'songs created and imported'),
  ('song_change', 3000, 86400, 'versions of songs'),
  ('song_bytes', 52428800, 86400, 'bytes of songs created, imported and changed'),
  ('share_links', 50, null, 'open links of a song or setlist'),
  ('setlist', 200, 86400, 'setlists created and copied'),
  ('setlist_change', 3000, 86400, 'changes of setlists'),
  ('setlist_entries', 200, null, 'entries of a setlist'),
  ('song_way', 3000, 86400, 'changes of your own ways of songs'),
  ('song_play', 3000, 86400, 'plays of songs recorded'),
  ('circle', 20, 86400, 'circles created'),
  ('circle_change', 120, 600, 'changes of circles: name, picture, roles, members removed, bans, leaving'),
  ('circle_join', 60, 3600, 'circles created and joined'),
  ('circle_people', 256, null, 'members of a circle; more than 256 is not tested'),
  ('circles_joined', 100, null, 'circles that a user is in at one time'),
  ('circle_invitations', 300, null, 'open invitations of a circle'),
  ('circle_links', 20, null, 'open links of a circle'),
  ('circle_notices', 5000, 86400, 'notices to members about what a user shared with circles'),
  ('access_request', 20, 86400, 'requests for access made'),
  ('access_notices', 200, 86400, 'notices about requests for access to what a user owns'),
  ('comment', 120, 3600, 'comments written, edited and resolved'),
  ('comment_notices', 500, 86400, 'notices about comments that a user gets'),
  ('song_comments', 1000, null, 'comments on a song'),
  ('catalogue_name', 300, 86400, 'new names in the catalogues of software and tags'),
  ('directory', 20000, 3600, 'profiles read in searches and lists of the directory and of followers'),
  ('avatars', 10, null, 'picture files of a user in Storage'),
  ('portfolio', 300, 3600, 'changes of a portfolio'),
  ('portfolio_items', 50, null, 'items of a portfolio'),
  ('portfolio_files', 60, null, 'portfolio files of a user in Storage'),
  ('unsent_files', 50, null, 'files that a user uploaded to a conversation and did not send'),
  -- Each is sent to every user in a conversation with this one.
  ('name', 30, 3600, 'display names and pictures changed'),
  ('handle', 5, 2592000, 'handles changed'),
  ('handle_rest', 1, 2592000, 'how long a former handle is reserved')
on conflict (key) do nothing;

revoke all on private.limits, private.rate_limits from public, anon, authenticated, service_role;
revoke execute on function
  private.at_most(text),
  private.try_token(uuid, text, bigint),
  private.take_token(uuid, text, bigint)
from public, anon, authenticated, service_role;
