-- The steps of upkeep that go over several domains or over upkeep itself.

create function private.purge_old_songs(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  since timestamptz := coalesce(reached, '-infinity')::timestamptz;
  purged bigint;
  latest timestamptz;
begin
  -- Songs that a user restores or purges at this moment are skipped. Each batch begins where the last one ended, so none walks
  -- over what is already gone.
  with old as (
    select s.id, s.deleted_at
    from public.songs s
    where s.deleted_at >= since and s.deleted_at < clock_timestamp() - keep
    order by s.deleted_at
    limit batch_size
    for update skip locked
  ),
  gone as (
    delete from public.songs s using old where s.id = old.id returning old.deleted_at
  )
  select count(*), max(g.deleted_at) into purged, latest from gone g;
  return (purged, case when purged = batch_size then to_jsonb(latest) #>> '{}' end);
end
$$;
comment on function private.purge_old_songs is 'Upkeep: removes a batch of songs that have been in the trash for long, oldest first.';

create function private.purge_leftovers(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  after uuid := coalesce(reached, '00000000-0000-0000-0000-000000000000')::uuid;
  gone_people uuid[];
  left_songs uuid[];
begin
  gone_people := array(
    select p.id from public.profiles p where p.user_id is null and p.id > after order by p.id limit batch_size
  );
  left_songs := array(
    select s.id from public.songs s where s.created_by = any (gone_people) order by s.id limit batch_size for update skip locked
  );
  -- A statement that deletes no song would wait for transactions that delete some.
  if left_songs <> '{}' then
    delete from public.songs s where s.id = any (left_songs);
  end if;
  if cardinality(left_songs) = batch_size then
    return (batch_size::bigint, after::text);
  end if;
  delete from public.song_favorites f where f.user_id = any (gone_people);
  delete from private.analytics_viewers v where v.user_id = any (gone_people);
  return (cardinality(left_songs)::bigint, case when cardinality(gone_people) = batch_size then gone_people[batch_size]::text end);
end
$$;
comment on function private.purge_leftovers is
  'Upkeep: removes songs, favourites and pseudonyms of deleted accounts. Every write holds its account, so there are none but by other ways.';

create function private.empty_more_accounts(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  answer jsonb := private.empty_deleted_accounts(least(batch_size, 10000));
begin
  -- What others are emptying at this moment is theirs.
  perform from private.chat_erasures e limit 1 for update skip locked;
  return ((answer ->> 'emptied')::bigint, case when found then (answer ->> 'remaining') || ' ' || clock_timestamp() end);
end
$$;
comment on function private.empty_more_accounts is 'Upkeep: empties a batch of a deleted account''s messages in one conversation.';

create function private.prune_push_feed(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  place bigint := coalesce(reached, '0')::bigint;
  gone bigint;
  latest bigint;
begin
  -- Positions are in the order of time, but for transactions that took long.
  with first as (
    select u.position, u.message_id, u.sent_at
    from private.undelivered_messages u
    where u.position >= place
    order by u.position, u.message_id
    limit batch_size
    for update skip locked
  ),
  pruned as (
    delete from private.undelivered_messages u
    using first f
    where u.position = f.position and u.message_id = f.message_id and f.sent_at < clock_timestamp() - keep
    returning u.position
  )
  select count(*), max(p.position) into gone, latest from pruned p;
  return (gone, case when gone = batch_size then latest::text end);
end
$$;
comment on function private.prune_push_feed is 'Upkeep: takes a batch of old messages off the push feed.';

create function private.prune_rate_limits(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  place private.rate_limits := jsonb_populate_record(
    null::private.rate_limits, coalesce(reached, '{"user_id": "00000000-0000-0000-0000-000000000000", "action": ""}')::jsonb);
  last jsonb;
  seen bigint;
  gone bigint;
begin
  select count(*), (array_agg(jsonb_build_object('user_id', w.user_id, 'action', w.action) order by w.user_id desc, w.action desc))[1]
  into seen, last
  from (
    select l.user_id, l.action
    from private.rate_limits l
    where (l.user_id, l.action) > (place.user_id, place.action)
    order by l.user_id, l.action
    limit batch_size
  ) w;
  -- A bucket that has had time to fill is as good as none; a limit of a person's own is a setting and stays.
  delete from private.rate_limits l
  where (l.user_id, l.action) in (
    select o.user_id, o.action
    from private.rate_limits o
    join private.limits r on r.key = o.action
    where (o.user_id, o.action) > (place.user_id, place.action)
      and (o.user_id, o.action) <= ((last ->> 'user_id')::uuid, last ->> 'action')
      and o.burst is null
      and o.refilled_at < clock_timestamp() - greatest(keep, r.per_seconds * interval '1 second')
    for update of o skip locked
  );
  get diagnostics gone = row_count;
  return (gone, case when seen = batch_size then last::text end);
end
$$;
comment on function private.prune_rate_limits is 'Upkeep: walks over a batch of rate limits and removes those that are full again.';

create function private.prune_maintenance_log(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  gone bigint;
begin
  -- A step that runs every minute has mostly nothing to do: of such runs a day's worth is kept, and the latest of each step.
  delete from private.maintenance_log l
  where l.id in (
    select o.id
    from private.maintenance_log o
    where (o.finished_at < clock_timestamp() - keep
        or (o.finished_at < clock_timestamp() - interval '1 day' and o.outcome = 'done' and o.handled = 0))
      and exists (select from private.maintenance_log n where n.step = o.step and n.id > o.id)
    limit batch_size
  );
  get diagnostics gone = row_count;
  return (gone, case when gone = batch_size then clock_timestamp()::text end);
end
$$;
comment on function private.prune_maintenance_log is 'Upkeep: removes a batch of old rows of its own log.';

create function private.prune_cron_history(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  gone bigint := 0;
begin
  -- pg_cron keeps a row for each run for ever; those of other jobs are not ours to remove.
  if to_regclass('cron.job_run_details') is not null then
    execute $q$
      delete from cron.job_run_details d
      where d.runid in (
        select o.runid
        from cron.job_run_details o
        join cron.job j on j.jobid = o.jobid
        where j.jobname in ('tertulia-cleanup', 'tertulia-minutes') and o.end_time < clock_timestamp() - $1
        limit $2
      )
    $q$ using keep, batch_size;
    get diagnostics gone = row_count;
  end if;
  return (gone, case when gone = batch_size then clock_timestamp()::text end);
end
$$;
comment on function private.prune_cron_history is 'Upkeep: removes a batch of pg_cron''s records of our own runs, where pg_cron is.';

create function private.prune_released_handles(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  gone bigint;
begin
  delete from private.released_handles h
  where h.key_hash in (
    select o.key_hash
    from private.released_handles o
    where o.released_at < clock_timestamp()
      - coalesce((select l.per_seconds * interval '1 second' from private.limits l where l.key = 'handle_rest'), '0')
    order by o.released_at
    limit batch_size
    for update skip locked
  );
  get diagnostics gone = row_count;
  return (gone, case when gone = batch_size then clock_timestamp()::text end);
end
$$;
comment on function private.prune_released_handles is 'Upkeep: removes a batch of handles that have rested.';

insert into private.maintenance_steps (name, position, function_name, batch_size, keep)
values
  ('purge_trash', 10, 'private.purge_old_songs', 500, '30 days'),
  ('purge_leftovers', 15, 'private.purge_leftovers', 1000, null),
  ('empty_deleted_accounts', 20, 'private.empty_more_accounts', 1000, null),
  ('prune_push_feed', 30, 'private.prune_push_feed', 2000, '3 days'),
  ('prune_rate_limits', 40, 'private.prune_rate_limits', 5000, '1 day'),
  ('prune_released_handles', 45, 'private.prune_released_handles', 2000, null),
  ('prune_maintenance_log', 90, 'private.prune_maintenance_log', 2000, '90 days'),
  ('prune_cron_history', 91, 'private.prune_cron_history', 2000, '14 days');

do $$
begin
  if exists (select from pg_catalog.pg_available_extensions e where e.name = 'pg_cron' and e.installed_version is null) then
    begin
      create extension pg_cron;
    exception
      when others then
        raise notice 'pg_cron could not be enabled: %', sqlerrm;
    end;
  end if;
  raise notice '%', private.schedule_maintenance();
end
$$;

revoke execute on function
  private.purge_old_songs(integer, interval, text),
  private.purge_leftovers(integer, interval, text),
  private.empty_more_accounts(integer, interval, text),
  private.prune_push_feed(integer, interval, text),
  private.prune_rate_limits(integer, interval, text),
  private.prune_released_handles(integer, interval, text),
  private.prune_maintenance_log(integer, interval, text),
  private.prune_cron_history(integer, interval, text)
from public, anon, authenticated, service_role;
