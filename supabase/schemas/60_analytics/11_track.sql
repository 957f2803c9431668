-- Takes events in, and marks what other tables change.

create function private.track_events(batch jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  -- Few expressions and statements: every transaction prepares each one again, which takes longer than running it.
  arrived timestamptz := clock_timestamp();
  now_ms bigint := extract(epoch from arrived) * 1000;
  headers jsonb := nullif(current_setting('request.headers', true), '')::jsonb;
  is_signed_in boolean := auth.jwt() ->> 'sub' is not null;
  caller uuid;
  pseudonym uuid;
  salt private.analytics_salt;
  agent record;
  counts boolean;
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
    pseudonym := private.visitor_id(sha256(salt.salt || convert_to(concat_ws(' ',
      coalesce(headers ->> 'cf-connecting-ip', split_part(headers ->> 'x-forwarded-for', ',', 1)), headers ->> 'user-agent'), 'UTF8')));
  end if;

  -- A person who is signed in is one, whatever their app calls itself.
  agent := private.known_agent(headers ->> 'user-agent', salt.salt);
  counts := not (private.is_refused(headers) or (not is_signed_in and agent.is_bot));
  with told as (
    select e.event, e.place - 1 as place, e.event ->> 'kind' as kind, e.event ->> 'song_id' as song, e.event ->> 'profile_id' as profile,
      jsonb_typeof(e.event -> 'at') as type_of_at, jsonb_typeof(e.event -> 'duration_seconds') as type_of_duration,
      array['kind', 'at'] || case
        when e.event ->> 'kind' like 'app:%' then array['song_id', 'profile_id', 'properties']
        when e.event ->> 'kind' = 'profile_view' then array['profile_id', 'referrer']
        when e.event ->> 'kind' = 'contact_click' then array['profile_id']
        when e.event ->> 'kind' = 'song_session' then array['song_id', 'duration_seconds']
        when e.event ->> 'kind' = 'song_view' then array['song_id', 'referrer']
        else array['song_id']
      end as allowed
    from jsonb_array_elements(batch) with ordinality as e (event, place)
  ),
  read as materialized (
    select t.event, t.place, t.kind, t.song, t.profile,
      -- The field for which it is no event; null for one that is.
      case
        when jsonb_typeof(t.event) <> 'object' then 'event'
        when jsonb_typeof(t.event -> 'kind') is distinct from 'string'
          or not (t.kind in ('song_view', 'song_session', 'song_share', 'profile_view', 'contact_click') or t.kind like 'app:%') then 'kind'
        when t.kind in ('song_view', 'song_session', 'song_share')
          and coalesce(t.song, '') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then 'song_id'
        when t.kind in ('profile_view', 'contact_click')
          and coalesce(t.profile, '') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then 'profile_id'
        -- Three days for what was kept offline; five minutes for a clock that is ahead.
        when t.type_of_at <> 'number' then 'at'
        when (t.event ->> 'at')::numeric not between now_ms - 259200000 and now_ms + 300000 then 'at'
        when t.kind = 'song_session' and t.type_of_duration is distinct from 'number' then 'duration_seconds'
        when t.kind = 'song_session' and (t.event ->> 'duration_seconds')::numeric not between 1 and 14400 then 'duration_seconds'
        when jsonb_typeof(t.event -> 'referrer') <> 'string' then 'referrer'
        -- Anything else, such as a user's id.
        when t.event - t.allowed <> '{}' then (select min(o.key) from jsonb_object_keys(t.event) as o (key) where o.key <> all (t.allowed))
        when t.kind like 'app:%' then private.app_event_fault(t.event)
      end as fault
    from told t
  ),
  due as (
    select coalesce(r.song, r.profile)::uuid as entity_id, r.kind, r.event, (r.event ->> 'duration_seconds')::numeric as seconds,
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
      and counts
      -- More than a thousand songs and profiles a day is not a user who looks at them.
      and coalesce((select a.events < 1000 from private.analytics_allowances a where a.viewer = pseudonym and a.day = salt.day), true)
  ),
  added as (
    insert into private.analytics_events (entity_id, kind, viewer, slot, day, at, duration_seconds, country, source, device, properties)
    select d.entity_id, d.kind, pseudonym,
      case when d.seconds is null then 0 else extract(hour from d.at at time zone 'utc') end,
      (d.at at time zone 'utc')::date, d.at, round(d.seconds),
      (select upper(headers ->> 'cf-ipcountry') where private.is_country(upper(headers ->> 'cf-ipcountry'))),
      case when d.event ? 'referrer' then private.source_of(d.event ->> 'referrer', headers ->> 'origin') end, agent.device,
      nullif(d.event -> 'properties', '{}')
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
  'What counts as nothing is answered like what counts, so that no caller learns of hidden songs; refused is what is no event at all.';

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
  'Logs up to 500 events of the caller: {kind, song_id or profile_id, at in milliseconds, duration_seconds, referrer, properties}. Returns how many were '
  'accepted, and the place and the field of each refused event. A repeated event counts once.';

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
  insert into private.analytics_marks (entity_id)
  select m.song_id from (select case when tg_op = 'DELETE' then old.song_id else new.song_id end as song_id) as m where m.song_id is not null;
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

create trigger shares_mark
after insert or update of accepted_at or delete on public.shares
for each row
execute function private.mark_shared_song();

revoke execute on function
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
