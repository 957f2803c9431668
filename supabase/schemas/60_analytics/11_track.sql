-- Takes events in, and marks what other tables change.

create function private.check_batch(batch jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if jsonb_typeof(batch) is distinct from 'array' or jsonb_array_length(batch) > 500
    -- Text has at most six bytes for each of jsonb.
    or (pg_column_size(batch) > 20000 and octet_length(batch::text) > 131072)
  then
    perform private.raise_error('invalid_input', 'unable to track events; a batch is a list of at most 500, of at most 128 KiB',
      'Send several batches.', '{"field": "batch", "limit": 500}');
  end if;
end
$$;

create function private.own_viewer(caller uuid)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  pseudonym uuid := private.viewer_of(caller);
begin
  if pseudonym is null then
    -- Makes up for a profile that is missing; raises when there is no account.
    perform private.get_own_profile();
    pseudonym := private.viewer_of(caller);
  end if;
  return pseudonym;
end
$$;
comment on function private.own_viewer is 'The pseudonym of the caller, whose profile is made when it is missing.';

create function private.event_fault(event jsonb, now_ms bigint)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  kind text := case when jsonb_typeof(event) = 'object' and jsonb_typeof(event -> 'kind') = 'string' then event ->> 'kind' end;
  subject text := case
    when kind in ('song_view', 'song_session', 'song_share') then 'song_id'
    when kind in ('profile_view', 'contact_click') then 'profile_id'
  end;
  fault text := case
    when jsonb_typeof(event) <> 'object' then 'event'
    when subject is null then 'kind'
    when coalesce(event ->> subject, '') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then subject
    -- Three days for what was kept offline; five minutes for a clock that is ahead.
    when jsonb_typeof(event -> 'at') <> 'number' then 'at'
    when (event ->> 'at')::numeric not between now_ms - 259200000 and now_ms + 300000 then 'at'
    when kind = 'song_session' and jsonb_typeof(event -> 'duration_seconds') is distinct from 'number' then 'duration_seconds'
    when kind = 'song_session' and (event ->> 'duration_seconds')::numeric not between 1 and 14400 then 'duration_seconds'
  end;
  allowed text[] := array['kind', 'at', subject, case when kind = 'song_session' then 'duration_seconds' else 'kind' end];
begin
  -- Anything else, such as somebody's id.
  if fault is null and event - allowed <> '{}' then
    fault := (select min(o.key) from jsonb_object_keys(event) as o (key) where o.key <> all (allowed));
  end if;
  return fault;
end
$$;
comment on function private.event_fault is 'The field for which something is no event; null for one that is.';

create function private.log_events(
  entities uuid[], kinds text[], times timestamptz[], durations integer[], viewer uuid, today date, country text
)
returns void
language plpgsql
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
begin
  with added as (
    insert into private.analytics_events (entity_id, kind, viewer, slot, day, at, duration_seconds, country)
    select d.entity_id, d.kind, log_events.viewer,
      case when d.seconds is null then 0 else extract(hour from d.at at time zone 'utc') end,
      (d.at at time zone 'utc')::date, d.at, d.seconds, log_events.country
    from unnest(entities, kinds, times, durations) as d (entity_id, kind, at, seconds)
    -- In one order, so that two batches of one viewer never wait for each other in a ring.
    order by 1, 2, 4, 5, 6
    on conflict do nothing
    returning analytics_events.entity_id, analytics_events.day
  ),
  marked as (
    insert into private.analytics_marks (entity_id, day) select distinct a.entity_id, a.day from added a
  )
  insert into private.analytics_allowances as u (viewer, day, events)
  select log_events.viewer, today, count(*) from added a having count(*) > 0
  on conflict on constraint analytics_allowances_pkey do update
  set day = excluded.day, events = excluded.events + case when u.day = excluded.day then u.events else 0 end;
end
$$;
comment on function private.log_events is 'Appends events of one viewer to the log, marks what they touch, and counts those that are new.';

create function private.track_events(batch jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  -- Small statements with kept plans: one large statement takes longer to begin than all of these to run.
  arrived timestamptz := clock_timestamp();
  today date := (arrived at time zone 'utc')::date;
  now_ms bigint := extract(epoch from arrived) * 1000;
  headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
  is_signed_in boolean := auth.jwt() ->> 'sub' is not null;
  caller uuid;
  pseudonym uuid;
  salt bytea;
  counts boolean;
  event jsonb;
  fault text;
  is_seen boolean;
  entities uuid[] := '{}';
  kinds text[] := '{}';
  times timestamptz[] := '{}';
  durations integer[] := '{}';
  refused jsonb := '[]';
begin
  perform private.check_batch(batch);
  select s.salt into salt from private.analytics_salt s where s.day = today;
  if not found then
    salt := (private.begin_day(today)).salt;
  end if;
  if is_signed_in then
    caller := private.require_user();
    pseudonym := private.own_viewer(caller);
  else
    -- A weak signal, and where no trusted proxy names the address it is the client's own word.
    pseudonym := encode(substring(sha256(salt || convert_to(concat_ws(' ',
      coalesce(headers ->> 'cf-connecting-ip', split_part(headers ->> 'x-forwarded-for', ',', 1)), headers ->> 'user-agent'),
      'UTF8')) for 16), 'hex')::uuid;
  end if;
  -- A person who is signed in is one, whatever their app calls itself.
  counts := private.is_looking(headers) and (is_signed_in or not private.is_known_bot(headers ->> 'user-agent', salt));
  -- More than a thousand songs and people a day is nobody who looks at them.
  if counts then
    select a.events < 1000 into counts from private.analytics_allowances a where a.viewer = pseudonym and a.day = today;
    counts := coalesce(counts, true);
  end if;

  for place in 0 .. jsonb_array_length(batch) - 1 loop
    event := batch -> place;
    fault := private.event_fault(event, now_ms);
    if fault is not null then
      refused := refused || jsonb_build_object('place', place, 'field', fault);
    end if;
    continue when fault is not null or not counts;
    if event ? 'song_id' then
      select s.created_by is distinct from caller and (s.visibility = 'public' or private.can_see_song(s.id)) into is_seen
      from public.songs s
      where s.id = (event ->> 'song_id')::uuid and s.deleted_at is null;
    else
      select p.id is distinct from caller into is_seen from public.profiles p where p.id = (event ->> 'profile_id')::uuid and p.user_id is not null;
    end if;
    continue when is_seen is not true;
    entities := entities || coalesce(event ->> 'song_id', event ->> 'profile_id')::uuid;
    kinds := kinds || (event ->> 'kind');
    -- A clock that is a little ahead is moved to now. Of an earlier day a visitor has no salt: what comes late counts for today.
    times := times || greatest(
      to_timestamp(least(coalesce((event ->> 'at')::numeric, now_ms), now_ms)::double precision / 1000),
      case when not is_signed_in then today::timestamp at time zone 'utc' end);
    durations := durations || round((event ->> 'duration_seconds')::numeric)::integer;
  end loop;
  if cardinality(entities) > 0 then
    perform private.log_events(entities, kinds, times, durations, pseudonym, today,
      case when private.is_country(upper(headers ->> 'cf-ipcountry')) then upper(headers ->> 'cf-ipcountry') end);
  end if;
  return jsonb_build_object('accepted', jsonb_array_length(batch) - jsonb_array_length(refused), 'refused', refused);
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

revoke execute on function
  private.check_batch(jsonb),
  private.own_viewer(uuid),
  private.event_fault(jsonb, bigint),
  private.log_events(uuid[], text[], timestamptz[], integer[], uuid, date, text),
  private.track_events(jsonb),
  public.track_events(jsonb),
  private.mark_edited_song(),
  private.mark_favorites(),
  private.mark_shared_song()
from public, anon, authenticated, service_role;
grant execute on function
  private.track_events(jsonb),
  public.track_events(jsonb)
to anon, authenticated;
