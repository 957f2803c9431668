-- The log of events: append-only, each event counted once per viewer and day.
--
-- A day is a day in UTC. A viewer is a pseudonym: of an account, which only private.analytics_viewers ties to the user, or of a
-- visitor, a hash whose salt is destroyed with the day. No address is stored.

create table private.analytics_events (
  entity_id uuid not null,
  kind text collate "C" not null,
  viewer uuid not null,
  slot smallint not null default 0,
  day date not null,
  at timestamptz not null,
  duration_seconds integer,
  country text,
  source text,
  device text,
  properties jsonb,
  primary key (entity_id, kind, viewer, slot, day),
  constraint analytics_events_kind_check check (
    kind in ('song_view', 'song_session', 'song_share', 'profile_view', 'contact_click', 'conversation', 'conversion')
      or kind ~ '^app:[a-z][a-z0-9_]{0,39}$'
  ),
  constraint analytics_events_day_check check (day = (at at time zone 'utc')::date)
) partition by range (day);
comment on table private.analytics_events is
  'Every event that counts, once per viewer and day; a partition a day in UTC. Only appended to; not readable through the API.';
comment on column private.analytics_events.entity_id is 'The song or the profile of the event.';
comment on column private.analytics_events.slot is 'The hour in UTC of a session, of which an hour counts one; else 0.';
comment on column private.analytics_events.country is 'ISO 3166-1, from the header of the platform, if it sends one.';
comment on column private.analytics_events.source is 'A name of private.analytics_sources, or "other"; no host, path or query of a referrer.';
comment on column private.analytics_events.device is 'What private.device_class says; no user agent.';
comment on column private.analytics_events.properties is 'Of an event of the app''s own: values that its declaration lists.';

create index analytics_events_viewer_idx on private.analytics_events (viewer);
-- One viewer in 64: unique viewers of long periods are estimated from them.
create index analytics_events_sample_idx on private.analytics_events (entity_id, kind, at, viewer) where (uuid_hash(viewer) & 63) = 0;

create table private.analytics_viewers (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  viewer uuid not null default gen_random_uuid()
);
comment on table private.analytics_viewers is
  'The pseudonym under which a user''s events are kept. It is deleted with the account, and then nothing connects the events to the user.';

create table private.analytics_marks (
  id bigint primary key generated always as identity (cache 50),
  entity_id uuid not null,
  day date
);
comment on table private.analytics_marks is
  'What has to be counted again: a row for each song or profile and day that a transaction touched, in that transaction. Not unique, so '
  'no transaction waits for another, and the roll-up removes only marks whose events it sees.';
comment on column private.analytics_marks.day is 'Null where no event came but something that a song''s counters are made of changed.';

create function private.add_event_partition(day date)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  name text := 'analytics_events_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass('private.' || name) is not null then
    return;
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.partition', 0));
  -- By a query: waiting for this lock does not renew what to_regclass remembers.
  if exists (select from pg_catalog.pg_class c where c.relnamespace = 'private'::regnamespace and c.relname = name) then
    return;
  end if;
  -- Created first and then attached, because creating it as a partition would lock the whole log.
  execute format('create table private.%I (like private.analytics_events including all)', name);
  execute format('alter table private.analytics_events attach partition private.%I for values from (%L) to (%L)', name,
    to_char(day, 'YYYY-MM-DD'), to_char(day + 1, 'YYYY-MM-DD'));
  execute format('revoke all on private.%I from public, anon, authenticated, service_role', name);
end
$$;
comment on function private.add_event_partition is 'Makes the log''s partition of a day unless it is there; any number of callers at once.';

create function private.event_subject(kind text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- plpgsql on the way of an event, here and below: a sql function with a search path is planned in each call.
  return case
    when kind in ('song_view', 'song_session', 'song_share') then 'song'
    when kind in ('profile_view', 'contact_click', 'conversation', 'conversion') then 'profile'
  end;
end
$$;
comment on function private.event_subject is
  'What an event is about: song or profile; null for a kind that is not in the vocabulary. Clients send all but conversation and conversion.';

-- Unlogged, so it is in no log, replica or file-level backup. After a crash the day continues with a new salt.
create unlogged table private.analytics_salt (
  day date primary key,
  salt bytea not null
);
comment on table private.analytics_salt is
  'The salt of today''s hashes of visitors; deleted when the day is over, and the file with it at the next roll-up.';

-- Also unlogged: after a crash every viewer has the whole daily allowance again.
create unlogged table private.analytics_allowances (
  viewer uuid primary key,
  day date not null,
  events integer not null
)
with (fillfactor = 70);
comment on table private.analytics_allowances is
  'How many events of a viewer have counted today. The log is not asked: a kept plan of a query of it locks the partitions of all days.';

create view private.own_events as
select v.user_id, e.day, e.kind, e.entity_id, e.at, e.duration_seconds, e.country, e.source, e.device,
  e.properties
from private.analytics_viewers v
join private.analytics_events e on e.viewer = v.viewer;
comment on view private.own_events is 'The events of the log that a user''s own export has.';

create function private.drop_event_partitions(keep interval)
returns bigint
language plpgsql
security definer
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  -- Late events may still come for the last days.
  oldest date := (clock_timestamp() at time zone 'utc' - greatest(keep, interval '7 days'))::date;
  name text;
  dropped bigint := 0;
begin
  for name in
    select c.relname
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'private.analytics_events'::regclass
      and c.relname ~ '^analytics_events_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < oldest
      and not exists (select from private.analytics_marks m where m.day = to_date(right(c.relname, 8), 'YYYYMMDD'))
    order by c.relname
  loop
    execute format('drop table private.%I', name);
    dropped := dropped + 1;
  end loop;
  return dropped;
end
$$;
comment on function private.drop_event_partitions is
  'Upkeep: drops the log''s days that are older and rolled up, a week at least is kept; answers how many. Figures stay.';

create function private.begin_day(today date)
returns private.analytics_salt
language plpgsql
set search_path = ''
as $$
declare
  salt private.analytics_salt;
begin
  -- What was kept offline may be three days old.
  for n in -3..0 loop
    perform private.add_event_partition(today + n);
  end loop;
  delete from private.analytics_salt s where s.day < today;
  insert into private.analytics_salt (day, salt)
  values (today, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
  on conflict do nothing;
  select * into salt from private.analytics_salt s where s.day = today;
  return salt;
end
$$;
comment on function private.begin_day is
  'The first event of a day creates the salt and the partitions that its events may need, and deletes the salt of another day.';

create function private.viewer_of(person uuid)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  pseudonym uuid;
begin
  select v.viewer into pseudonym from private.analytics_viewers v where v.user_id = person;
  if not found then
    insert into private.analytics_viewers (user_id)
    -- Held, so that no pseudonym outlives the account.
    select p.id from public.profiles p where p.id = person and p.user_id is not null for share
    on conflict do nothing;
    select v.viewer into pseudonym from private.analytics_viewers v where v.user_id = person;
  end if;
  return pseudonym;
end
$$;
comment on function private.viewer_of is 'The pseudonym of a user with an account; null for a visitor.';

create function private.visitor_id(salted bytea)
returns uuid
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- Version 8, and a user's pseudonym has version 4: so retention can leave visitors out.
  return overlay(encode(substring(salted for 16), 'hex') placing '8' from 13 for 1)::uuid;
end
$$;
comment on function private.visitor_id is 'The pseudonym of a visitor, from a salted hash. It differs from every pseudonym of a user.';

create function private.record_event(kind text, entity_id uuid, person uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  arrived timestamptz := clock_timestamp();
  today date := (arrived at time zone 'utc')::date;
begin
  perform private.add_event_partition(today);
  with added as (
    insert into private.analytics_events (entity_id, kind, viewer, day, at)
    select record_event.entity_id, record_event.kind, v.viewer, today, arrived
    from private.viewer_of(person) as v (viewer)
    where v.viewer is not null
    on conflict do nothing
    returning analytics_events.entity_id, day
  )
  insert into private.analytics_marks (entity_id, day) select a.entity_id, a.day from added a;
end
$$;
comment on function private.record_event is 'Logs an event that the database itself saw, once a day for each user and each song or profile.';

revoke all on
  private.analytics_events, private.analytics_viewers, private.analytics_salt, private.analytics_allowances,
  private.analytics_marks, private.own_events
from public, anon, authenticated, service_role;
revoke execute on function
  private.event_subject(text),
  private.add_event_partition(date),
  private.drop_event_partitions(interval),
  private.begin_day(date),
  private.viewer_of(uuid),
  private.visitor_id(bytea),
  private.record_event(text, uuid, uuid)
from public, anon, authenticated, service_role;
