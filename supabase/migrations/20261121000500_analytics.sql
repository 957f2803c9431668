-- Analytics: a listed vocabulary of events in an append-only log, each counted once per viewer and day.
--
-- A day is a day in UTC. A viewer is a pseudonym: of an account, which only private.analytics_viewers ties to the person, or of a
-- visitor, a hash whose salt is destroyed with the day. No address is stored.
-- Roll back: drop trigger conversations_count_for_profile on public.conversations, songs_mark_edit on public.songs,
-- song_favorites_mark_insert, song_favorites_mark_delete on public.song_favorites, song_shares_mark on public.song_shares, songs_forget_figures on public.songs,
-- profiles_forget_analytics on public.profiles; drop view private.own_events; drop the tables and functions below.

-- Hours, durations and sizes of batches are small numbers.
-- squawk-ignore-file prefer-bigint-over-int, prefer-bigint-over-smallint

begin;
set local lock_timeout = '10s';

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

create table private.analytics_events (
  entity_id uuid not null,
  kind text collate "C" not null,
  viewer uuid not null,
  slot smallint not null default 0,
  day date not null,
  at timestamptz not null,
  duration_seconds integer,
  country text,
  primary key (entity_id, kind, viewer, slot, day),
  constraint analytics_events_kind_check check (
    kind in ('song_view', 'song_session', 'song_share', 'profile_view', 'contact_click', 'conversation', 'conversion')
  ),
  constraint analytics_events_day_check check (day = (at at time zone 'utc')::date)
) partition by range (day);
comment on table private.analytics_events is
  'Every event that counts, once per viewer and day; a partition a day in UTC. Only appended to; nobody reads it through the API.';
comment on column private.analytics_events.entity_id is 'The song or the profile that it is about.';
comment on column private.analytics_events.slot is 'The hour in UTC of a session, of which an hour counts one; else 0.';
comment on column private.analytics_events.country is 'ISO 3166-1, where the platform''s header told it.';

create index analytics_events_viewer_idx on private.analytics_events (viewer);
-- One viewer in 64: unique viewers of long periods are estimated from them.
create index analytics_events_sample_idx on private.analytics_events (entity_id, kind, at, viewer) where (uuid_hash(viewer) & 63) = 0;

create table private.analytics_viewers (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  viewer uuid not null default gen_random_uuid()
);
comment on table private.analytics_viewers is
  'The pseudonym under which a person''s events are kept. It goes with the account, and nothing ties the events to anybody then.';

-- Not logged: so it enters no log, replica or file-level backup. After a crash the day simply goes on with a new salt.
create unlogged table private.analytics_salt (
  day date primary key,
  salt bytea not null
);
comment on table private.analytics_salt is
  'The salt of today''s hashes of visitors; deleted when the day is over, and the file with it at the next roll-up.';

-- Not logged either: after a crash everybody has the whole day's allowance again.
create unlogged table private.analytics_allowances (
  viewer uuid primary key,
  day date not null,
  events integer not null
)
with (fillfactor = 70);
comment on table private.analytics_allowances is
  'How many events of a viewer have counted today. The log is not asked: a kept plan of a query of it locks the partitions of all days.';

create table private.analytics_marks (
  id bigint primary key generated always as identity (cache 50),
  entity_id uuid not null,
  day date
);
comment on table private.analytics_marks is
  'What has to be counted again: a row for each song or profile and day that a transaction touched, in that transaction. Not unique, so '
  'nobody waits for anybody, and the roll-up takes away no mark but those whose events it sees.';
comment on column private.analytics_marks.day is 'Null where no event came but something that a song''s counters are made of changed.';

create table private.conversions (
  conversation_id uuid primary key references public.conversations (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp()
);
comment on table private.conversions is 'Conversations that led to what they were for, each once.';

create view private.own_events as
select v.user_id, e.day, e.kind, e.entity_id, e.at, e.duration_seconds, e.country
from private.analytics_viewers v
join private.analytics_events e on e.viewer = v.viewer;
comment on view private.own_events is 'What a person''s own export holds of the log.';

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
  -- Made first and attached then: creating it as a partition would lock the whole log against everybody.
  execute format('create table private.%I (like private.analytics_events including all)', name);
  execute format('alter table private.analytics_events attach partition private.%I for values from (%L) to (%L)', name, day, day + 1);
  execute format('revoke all on private.%I from public, anon, authenticated, service_role', name);
end
$$;
comment on function private.add_event_partition is 'Makes the log''s partition of a day unless it is there; any number of callers at once.';

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
  'Whoever comes first on a day makes the salt and the partitions that its events may need, and deletes the salt of another day.';

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
    select p.id from public.profiles p where p.id = person and p.user_id is not null
    on conflict do nothing;
    select v.viewer into pseudonym from private.analytics_viewers v where v.user_id = person;
  end if;
  return pseudonym;
end
$$;
comment on function private.viewer_of is 'The pseudonym of a person who has an account; null for nobody.';

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
comment on function private.record_event is 'Logs what the database itself saw a person do, once a day for each song or profile.';

create function private.is_bot(user_agent text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return coalesce(user_agent ~* (
    '(bot|crawl|spider|slurp|archiver|scrap|fetcher|headless|lighthouse|pingdom|uptime|monitor|facebookexternalhit|embedly|preview'
    '|curl/|wget/|python-requests|python-urllib|go-http-client|java/|libwww|httpclient|phantomjs)'), false);
end
$$;
comment on function private.is_bot is 'Whether a user agent says that no person is looking. One that lies is told by nothing here.';

create function private.track_events(batch jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  -- Few expressions and statements: each is set up anew in every transaction, which takes longer than to run it.
  arrived timestamptz := clock_timestamp();
  now_ms bigint := extract(epoch from arrived) * 1000;
  headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
  is_signed_in boolean := auth.jwt() ->> 'sub' is not null;
  caller uuid;
  pseudonym uuid;
  salt private.analytics_salt;
  answer jsonb;
begin
  if jsonb_typeof(batch) is distinct from 'array' or jsonb_array_length(batch) > 500
    -- Text has at most six bytes for each of jsonb.
    or (pg_column_size(batch) > 20000 and octet_length(batch::text) > 131072)
  then
    perform private.raise_error('invalid_input', 'unable to track events; a batch is a list of at most 500, of at most 128 KiB',
      'Send several batches.', '{"field": "batch", "limit": 500}');
  end if;
  select * into salt from private.analytics_salt s where s.day = (arrived at time zone 'utc')::date;
  if not found then
    salt := private.begin_day((arrived at time zone 'utc')::date);
  end if;
  if is_signed_in then
    caller := private.require_user();
    pseudonym := private.viewer_of(caller);
    if pseudonym is null then
      -- Makes up for a profile that is missing; raises when there is no account.
      perform private.get_own_profile();
      pseudonym := private.viewer_of(caller);
    end if;
  else
    -- A weak signal, and where no trusted proxy names the address it is the client's own word.
    pseudonym := encode(substring(sha256(salt.salt || convert_to(concat_ws(' ',
      coalesce(headers ->> 'cf-connecting-ip', split_part(headers ->> 'x-forwarded-for', ',', 1)), headers ->> 'user-agent'),
      'UTF8')) for 16), 'hex')::uuid;
  end if;

  with told as (
    select e.event, e.place - 1 as place, e.event ->> 'kind' as kind, e.event ->> 'song_id' as song, e.event ->> 'profile_id' as profile,
      jsonb_typeof(e.event -> 'at') as type_of_at, jsonb_typeof(e.event -> 'duration_seconds') as type_of_duration
    from jsonb_array_elements(batch) with ordinality as e (event, place)
  ),
  read as materialized (
    select t.event, t.place, t.kind, t.song, t.profile,
      -- The field for which it is no event; null for one that is.
      case
        when jsonb_typeof(t.event) <> 'object' then 'event'
        when jsonb_typeof(t.event -> 'kind') is distinct from 'string'
          or t.kind not in ('song_view', 'song_session', 'song_share', 'profile_view', 'contact_click') then 'kind'
        when t.kind in ('song_view', 'song_session', 'song_share')
          and coalesce(t.song, '') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then 'song_id'
        when t.kind in ('profile_view', 'contact_click')
          and coalesce(t.profile, '') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then 'profile_id'
        -- Three days for what was kept offline; five minutes for a clock that is ahead.
        when t.type_of_at <> 'number' then 'at'
        when (t.event ->> 'at')::numeric not between now_ms - 259200000 and now_ms + 300000 then 'at'
        when t.kind = 'song_session' and t.type_of_duration is distinct from 'number' then 'duration_seconds'
        when t.kind = 'song_session' and (t.event ->> 'duration_seconds')::numeric not between 1 and 14400 then 'duration_seconds'
        -- Anything else, such as somebody's id.
        when t.event - array['kind', 'at',
            case when t.kind in ('profile_view', 'contact_click') then 'profile_id' else 'song_id' end,
            case when t.kind = 'song_session' then 'duration_seconds' else 'kind' end] <> '{}' then (
          select min(o.key)
          from jsonb_object_keys(t.event) as o (key)
          where o.key not in ('kind', 'at',
            case when t.kind in ('profile_view', 'contact_click') then 'profile_id' else 'song_id' end,
            case when t.kind = 'song_session' then 'duration_seconds' else 'kind' end)
        )
      end as fault
    from told t
  ),
  due as (
    select coalesce(r.song, r.profile)::uuid as entity_id, r.kind, (r.event ->> 'duration_seconds')::numeric as seconds,
      -- A clock that is a little ahead is moved to now. Of an earlier day a visitor has no salt: what comes late counts for today.
      greatest(
        to_timestamp(least(coalesce((r.event ->> 'at')::numeric, now_ms), now_ms)::double precision / 1000),
        case when not is_signed_in then salt.day::timestamp at time zone 'utc' end
      ) as at
    from read r
    -- Looked up one by one: with a join the kept plan would read all songs.
    where case
        when r.fault is not null then false
        when r.song is not null then (
          select s.created_by is distinct from caller and (s.visibility = 'public' or private.can_see_song(s.id))
          from public.songs s
          where s.id = r.song::uuid and s.deleted_at is null
        )
        else (
          select p.id is distinct from caller from public.profiles p where p.id = r.profile::uuid and p.user_id is not null
        )
      end
      and not private.is_bot(headers ->> 'user-agent')
      -- More than a thousand songs and people a day is nobody who looks at them.
      and coalesce((select a.events < 1000 from private.analytics_allowances a where a.viewer = pseudonym and a.day = salt.day), true)
  ),
  added as (
    insert into private.analytics_events (entity_id, kind, viewer, slot, day, at, duration_seconds, country)
    select d.entity_id, d.kind, pseudonym,
      case when d.seconds is null then 0 else extract(hour from d.at at time zone 'utc') end,
      (d.at at time zone 'utc')::date, d.at, round(d.seconds),
      (select upper(headers ->> 'cf-ipcountry') where private.is_country(upper(headers ->> 'cf-ipcountry')))
    from due d
    -- In one order, so that two batches of one viewer never wait for each other in a ring.
    order by 1, 2, 4, 5, 6
    on conflict do nothing
    returning analytics_events.entity_id, analytics_events.day
  ),
  marked as (
    insert into private.analytics_marks (entity_id, day) select distinct a.entity_id, a.day from added a
  ),
  used as (
    insert into private.analytics_allowances as u (viewer, day, events)
    select pseudonym, salt.day, count(*) from added a having count(*) > 0
    on conflict (viewer) do update
    set day = excluded.day, events = excluded.events + case when u.day = excluded.day then u.events else 0 end
  )
  select jsonb_build_object(
    'accepted', count(*) filter (where r.fault is null),
    'refused', coalesce(
      jsonb_agg(jsonb_build_object('place', r.place, 'field', r.fault) order by r.place) filter (where r.fault is not null), '[]'))
  into answer
  from read r;
  return answer;
end
$$;
comment on function private.track_events is
  'What counts as nothing is answered like what counts, so that nobody learns of hidden songs; refused is what is no event at all.';

create function public.track_events(batch jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return private.track_events(batch);
end
$$;
comment on function public.track_events is
  'Logs up to 500 events of the caller, {kind, song_id or profile_id, at in milliseconds, duration_seconds}; answers how many were '
  'accepted, and the place and the field of each that was refused. The same event again counts once.';

create function private.record_conversation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  other uuid := nullif(replace(replace(new.direct_key, new.created_by::text, ''), ':', ''), '')::uuid;
begin
  if new.created_by is not null and other is not null then
    perform private.record_event('conversation', other, new.created_by);
  end if;
  return null;
exception
  when others then
    -- Figures never keep two people from talking.
    raise warning 'unable to count the conversation; %', sqlerrm;
    return null;
end
$$;
comment on function private.record_conversation is 'Trigger: a direct conversation counts for the one who did not open it.';

create function private.add_conversion(conversation_id uuid, profile_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  pair uuid[];
begin
  select string_to_array(c.direct_key, ':')::uuid[] into pair from public.conversations c where c.id = add_conversion.conversation_id;
  if not found then
    perform private.raise_error('conversation_not_found', 'unable to record the conversion; there is no such conversation', 'Check the id.');
  end if;
  if pair is null or profile_id is null or profile_id <> all (pair) then
    perform private.raise_error('invalid_input', 'unable to record the conversion; it counts for one of two people who talk with each other',
      'Name a direct conversation, and one of its two people.', '{"field": "conversationId"}');
  end if;
  insert into private.conversions (conversation_id) values (add_conversion.conversation_id) on conflict do nothing;
  if not found then
    return false;
  end if;
  perform private.record_event('conversion', profile_id, case when pair[1] = profile_id then pair[2] else pair[1] end);
  return true;
end
$$;

create function private.record_conversion(conversation_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  other uuid;
begin
  perform private.require_participant(conversation_id);
  select nullif(replace(replace(c.direct_key, caller::text, ''), ':', ''), '')::uuid into other
  from public.conversations c
  where c.id = record_conversion.conversation_id;
  return private.add_conversion(conversation_id, other);
end
$$;

create function public.record_conversion(conversation_id uuid)
returns boolean
language sql
set search_path = ''
as $$
  select private.record_conversion(conversation_id)
$$;
comment on function public.record_conversion is
  'Says that a direct conversation led to what the other person offers; it counts for them, once a conversation. Answers whether it was new.';

create function private.record_conversion_for(conversation_id uuid, profile_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  return private.add_conversion(conversation_id, profile_id);
end
$$;

create function public.record_conversion_for(conversation_id uuid, profile_id uuid)
returns boolean
language sql
set search_path = ''
as $$
  select private.record_conversion_for(conversation_id, profile_id)
$$;
comment on function public.record_conversion_for is
  'For the service: the same, counted for the named one of the two people, such as when a payment went through.';

create function private.mark_edited_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into private.analytics_marks (entity_id) values (new.id);
  return null;
end
$$;
comment on function private.mark_edited_song is 'Trigger: a song''s edits are counted from its version.';

create function private.mark_favorites()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into private.analytics_marks (entity_id) select distinct c.song_id from changed c;
  return null;
end
$$;
comment on function private.mark_favorites is 'Trigger: a song''s favourites are counted from their table.';

create function private.mark_shared_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into private.analytics_marks (entity_id) values (case when tg_op = 'DELETE' then old.song_id else new.song_id end);
  return null;
end
$$;
comment on function private.mark_shared_song is 'Trigger: shares that were accepted are counted from their table.';

create trigger conversations_count_for_profile
after insert on public.conversations
for each row
when (new.kind = 'direct')
execute function private.record_conversation();

create trigger songs_mark_edit
after update on public.songs
for each row
when (old.version <> new.version)
execute function private.mark_edited_song();

create trigger song_favorites_mark_insert
after insert on public.song_favorites
referencing new table as changed
for each statement
execute function private.mark_favorites();

create trigger song_favorites_mark_delete
after delete on public.song_favorites
referencing old table as changed
for each statement
execute function private.mark_favorites();

create trigger song_shares_mark
after insert or update of accepted_at or delete on public.song_shares
for each row
execute function private.mark_shared_song();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.own_events', 50, 'user_id', 't.at::text || t.entity_id || t.kind', null, '{}');

revoke all on
  private.analytics_events, private.analytics_viewers, private.analytics_salt, private.analytics_allowances, private.analytics_marks,
  private.conversions, private.own_events
from public, anon, authenticated, service_role;
revoke execute on function
  private.event_subject(text),
  private.add_event_partition(date),
  private.drop_event_partitions(interval),
  private.begin_day(date),
  private.viewer_of(uuid),
  private.record_event(text, uuid, uuid),
  private.is_bot(text),
  private.track_events(jsonb),
  public.track_events(jsonb),
  private.record_conversation(),
  private.add_conversion(uuid, uuid),
  private.record_conversion(uuid),
  public.record_conversion(uuid),
  private.record_conversion_for(uuid, uuid),
  public.record_conversion_for(uuid, uuid),
  private.mark_edited_song(),
  private.mark_favorites(),
  private.mark_shared_song()
from public, anon, authenticated, service_role;
grant execute on function private.track_events(jsonb), public.track_events(jsonb) to anon, authenticated;
grant execute on function private.record_conversion(uuid), public.record_conversion(uuid) to authenticated;
grant execute on function private.record_conversion_for(uuid, uuid), public.record_conversion_for(uuid, uuid) to service_role;

commit;
