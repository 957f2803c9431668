-- Upkeep: the steps that run by schedule, and what an operator looks at.
--
-- Roll back: delete from private.maintenance_steps where true; drop the views and functions below; drop the policies for
-- tertulia_reporting on public.popular_tags, public.tag_categories and public.song_analytics.

-- Sizes of batches are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

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

-- Removes unused names from the catalogues of software and tags.

create function private.prune_unused_names(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  software_gone bigint;
  tags_gone bigint;
begin
  -- A save of one of them locks its row, and it is skipped.
  delete from public.software s
  where s.id in (
    select o.id
    from public.software o
    where o.profile_count = 0 and not o.is_curated and o.created_at < clock_timestamp() - keep
      and not exists (select from public.profile_software x where x.software_id = o.id)
    order by o.key
    limit batch_size
    for update skip locked
  );
  get diagnostics software_gone = row_count;
  delete from public.tags t
  where t.id in (
    select o.id
    from public.tags o
    where o.profile_count = 0 and not o.is_curated and o.created_at < clock_timestamp() - keep
      and not exists (select from public.song_tags x where x.tag_name = o.key)
      and not exists (select from public.profile_tags x where x.tag_id = o.id)
      and not exists (select from public.profile_types x where x.tag_id = o.id)
    order by o.key
    limit batch_size
    for update skip locked
  );
  get diagnostics tags_gone = row_count;
  return (software_gone + tags_gone, case when batch_size in (software_gone, tags_gone) then clock_timestamp()::text end);
end
$$;
comment on function private.prune_unused_names is 'Upkeep: removes a batch of names that no profile and no song has had for a while.';

insert into private.maintenance_steps (name, position, function_name, batch_size, keep)
values ('prune_unused_names', 46, 'private.prune_unused_names', 1000, '30 days');

revoke execute on function private.prune_unused_names(integer, interval, text) from public, anon, authenticated, service_role;

-- The steps of sharing and analytics.

create function private.roll_up_more(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  -- Null when another roll-up is at it, which does what there is to do.
  handled bigint := coalesce(private.roll_up_analytics(batch_size), 0);
begin
  return (handled, case when handled >= batch_size then clock_timestamp()::text end);
end
$$;
comment on function private.roll_up_more is 'Upkeep: one batch of the roll-up.';

create function private.refresh_more_popularity(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  handled bigint := coalesce(private.refresh_popularity(batch_size), 0);
begin
  return (handled, case when handled > 0 then clock_timestamp()::text end);
end
$$;
comment on function private.refresh_more_popularity is 'Upkeep: brings one batch of songs up to their score.';

create function private.recompute_all_popular_tags(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
begin
  return (coalesce(private.recompute_popular_tags(), 0), null::text);
end
$$;
comment on function private.recompute_all_popular_tags is 'Upkeep: counts the tags of public songs again.';

create function private.drop_old_event_partitions(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
begin
  return (private.drop_event_partitions(keep), null::text);
end
$$;
comment on function private.drop_old_event_partitions is 'Upkeep: drops the days of the events'' log that are older and rolled up.';

create function private.prune_old_requests(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  pruned bigint;
begin
  delete from private.access_requests r
  where r.id in (
    select o.id
    from private.access_requests o
    where o.created_at < clock_timestamp() - greatest(keep, interval '30 days')
    order by o.created_at
    limit batch_size
    for update skip locked
  );
  get diagnostics pruned = row_count;
  return (pruned, case when pruned >= batch_size then clock_timestamp()::text end);
end
$$;
comment on function private.prune_old_requests is 'Upkeep: removes a batch of old requests for access.';

create function private.prune_old_notices(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  handled bigint := public.prune_notices(batch_size, keep);
begin
  return (handled, case when handled >= batch_size then clock_timestamp()::text end);
end
$$;
comment on function private.prune_old_notices is 'Upkeep: removes a batch of old notices.';

create function private.prune_old_song_history(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  place text[] := string_to_array(reached, ' ');
  looked_at uuid[];
  until text;
  handled bigint;
begin
  -- From old to new, each version once a run: those that stay are not looked at again by every batch.
  select array_agg(o.id order by o.created_at, o.id),
    case when count(*) = batch_size then (array_agg((extract(epoch from o.created_at) * 1000000)::bigint || ' ' || o.id order by o.created_at desc, o.id desc))[1] end
  into looked_at, until
  from (
    select h.id, h.created_at
    from public.song_history h
    where h.created_at < clock_timestamp() - keep
      and (place is null or (h.created_at, h.id) > ('epoch'::timestamptz + place[1]::bigint * interval '1 microsecond', place[2]::uuid))
    order by h.created_at, h.id
    limit batch_size
  ) as o;
  delete from public.song_history h
  where h.id in (
    select o.id
    from public.song_history o
    join public.songs s on s.id = o.song_id
    where o.id = any (looked_at) and o.version_number <= s.version - 50
    for update of o skip locked
  );
  get diagnostics handled = row_count;
  return (handled, until);
end
$$;
comment on function private.prune_old_song_history is 'Upkeep: removes what is old of a batch of versions, never the newest 50 of a song.';

insert into private.maintenance_steps (name, position, function_name, schedule, batch_size, keep)
values
  ('roll_up_analytics', 1, 'private.roll_up_more', 'minutes', 10000, null),
  ('refresh_popularity', 2, 'private.refresh_more_popularity', 'minutes', 200, null),
  ('recompute_popular_tags', 60, 'private.recompute_all_popular_tags', 'daily', 1000, null),
  ('drop_event_partitions', 65, 'private.drop_old_event_partitions', 'daily', 1000, '400 days'),
  ('prune_access_requests', 71, 'private.prune_old_requests', 'daily', 1000, '60 days'),
  ('prune_comments', 72, 'private.prune_deleted_comments', 'daily', 1000, '30 days'),
  ('prune_notices', 70, 'private.prune_old_notices', 'daily', 1000, '180 days'),
  ('prune_song_history', 75, 'private.prune_old_song_history', 'daily', 1000, '1 year');

-- The first steps of every minute.
do $$
begin
  raise notice '%', private.schedule_maintenance();
end
$$;

revoke execute on function
  private.roll_up_more(integer, interval, text),
  private.refresh_more_popularity(integer, interval, text),
  private.recompute_all_popular_tags(integer, interval, text),
  private.drop_old_event_partitions(integer, interval, text),
  private.prune_old_requests(integer, interval, text),
  private.prune_old_notices(integer, interval, text),
  private.prune_old_song_history(integer, interval, text)
from public, anon, authenticated, service_role;

-- Views for operators: the catalogue, its tags, slow queries, sizes, partitions, and the state of the upkeep.
--
-- Each view runs with its reader's rights and reads a definer function that the reader is granted. Only the service and the two
-- roles
-- for users outside the app get an answer.

create function private.monitor_catalogue()
returns table (
  total_songs bigint,
  public_songs bigint,
  recent_songs bigint,
  avg_age_days double precision,
  trashed_songs bigint,
  people bigint
)
language sql
stable
security definer
set search_path = ''
as $$
  select
    count(*) filter (where s.deleted_at is null),
    count(*) filter (where s.deleted_at is null and s.visibility = 'public'),
    count(*) filter (where s.deleted_at is null and s.created_at > now() - interval '30 days'),
    avg(extract(epoch from now() - s.created_at) / 86400) filter (where s.deleted_at is null)::double precision,
    count(*) filter (where s.deleted_at is not null),
    (select count(*) from public.profiles p where p.user_id is not null)
  from public.songs s
$$;
comment on function private.monitor_catalogue is 'The number of songs and users; an age is in days.';

create function private.monitor_tags()
returns table (tag_name text, usage_count bigint, unique_songs bigint, public_songs bigint)
language sql
stable
security definer
set search_path = ''
as $$
  select t.tag_name, count(*), count(distinct t.song_id), count(*) filter (where s.visibility = 'public')
  from public.song_tags t
  join public.songs s on s.id = t.song_id
  where s.deleted_at is null
  group by t.tag_name
$$;
comment on function private.monitor_tags is 'How many living songs have each tag, private ones included.';

create function private.monitor_queries()
returns table (query text, calls bigint, total_exec_ms double precision, mean_exec_ms double precision, max_exec_ms double precision, rows bigint)
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  home text;
begin
  select n.nspname into home
  from pg_catalog.pg_extension e
  join pg_catalog.pg_namespace n on n.oid = e.extnamespace
  where e.extname = 'pg_stat_statements';
  if home is null then
    raise exception using
      errcode = 'feature_not_supported',
      message = 'unable to list slow queries; the extension pg_stat_statements is not here',
      hint = 'Run: create extension pg_stat_statements with schema extensions';
  end if;
  return query execute format($q$
    select s.query, s.calls, s.total_exec_time, s.mean_exec_time, s.max_exec_time, s.rows
    from %I.pg_stat_statements s
    join pg_catalog.pg_database d on d.oid = s.dbid
    where d.datname = current_database() $q$, home);
exception
  when object_not_in_prerequisite_state then
    raise exception using
      errcode = 'feature_not_supported',
      message = 'unable to list slow queries; pg_stat_statements is not loaded',
      hint = 'Add it to shared_preload_libraries and restart the server.';
end
$$;
comment on function private.monitor_queries is 'What pg_stat_statements knows of this database, wherever its schema is; says so where it is not.';

create function private.monitor_tables()
returns table (
  table_name text,
  total_bytes bigint,
  table_bytes bigint,
  index_bytes bigint,
  estimated_rows bigint,
  live_rows bigint,
  dead_rows bigint,
  last_vacuum timestamptz,
  last_analyze timestamptz
)
language sql
stable
security definer
set search_path = ''
as $$
  select format('%I.%I', n.nspname, c.relname), pg_catalog.pg_total_relation_size(c.oid), pg_catalog.pg_table_size(c.oid),
    pg_catalog.pg_indexes_size(c.oid), greatest(c.reltuples, 0)::bigint, s.n_live_tup, s.n_dead_tup,
    greatest(s.last_vacuum, s.last_autovacuum), greatest(s.last_analyze, s.last_autoanalyze)
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_stat_all_tables s on s.relid = c.oid
  where n.nspname in ('public', 'private') and c.relkind in ('r', 'm')
$$;
comment on function private.monitor_tables is 'Sizes of tables, partitions one by one, and when they were last vacuumed and analysed.';

create function private.monitor_indexes()
returns table (index_name text, table_name text, bytes bigint, scans bigint, is_unique boolean, is_valid boolean)
language sql
stable
security definer
set search_path = ''
as $$
  select format('%I.%I', n.nspname, c.relname), format('%I.%I', n.nspname, t.relname), pg_catalog.pg_relation_size(c.oid), s.idx_scan,
    i.indisunique, i.indisvalid
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_class t on t.oid = i.indrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_stat_all_indexes s on s.indexrelid = c.oid
  where n.nspname in ('public', 'private') and c.relkind = 'i'
$$;
comment on function private.monitor_indexes is 'Sizes of indexes and how often each was used since statistics were reset.';

create function private.monitor_partitions()
returns table (parent text, partition text, bounds text, bytes bigint, estimated_rows bigint)
language sql
stable
security definer
set search_path = ''
as $$
  select format('%I.%I', pn.nspname, p.relname), format('%I.%I', n.nspname, c.relname),
    pg_catalog.pg_get_expr(c.relpartbound, c.oid), pg_catalog.pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint
  from pg_catalog.pg_inherits i
  join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition and c.relkind in ('r', 'p')
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_class p on p.oid = i.inhparent
  join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
  where pn.nspname in ('public', 'private', 'realtime')
$$;
comment on function private.monitor_partitions is 'The partitions there are, with their bounds.';

create function private.monitor_upkeep()
returns table (
  step text,
  schedule text,
  enabled boolean,
  last_outcome text,
  last_started_at timestamptz,
  last_finished_at timestamptz,
  last_handled bigint,
  last_done_at timestamptz,
  last_error text,
  is_overdue boolean
)
language sql
stable
security definer
set search_path = ''
as $$
  select s.name, s.schedule, s.enabled, l.outcome, l.started_at, l.finished_at, l.handled, d.finished_at, l.error,
    s.enabled and coalesce(
      d.finished_at < clock_timestamp() - case s.schedule when 'daily' then interval '26 hours' else interval '15 minutes' end, true)
  from private.maintenance_steps s
  left join lateral (
    select o.outcome, o.started_at, o.finished_at, o.handled, o.error
    from private.maintenance_log o
    where o.step = s.name
    order by o.id desc
    limit 1
  ) as l on true
  left join lateral (
    select o.finished_at
    from private.maintenance_log o
    where o.step = s.name and o.outcome = 'done'
    order by o.id desc
    limit 1
  ) as d on true
$$;
comment on function private.monitor_upkeep is 'Each step''s last run, when it was last done to its end, and whether that is too long ago.';

create function private.monitor_failures()
returns table (step text, started_at timestamptz, finished_at timestamptz, handled bigint, error text)
language sql
stable
security definer
set search_path = ''
as $$
  select l.step, l.started_at, l.finished_at, l.handled, l.error from private.maintenance_log l where l.outcome = 'failed'
$$;
comment on function private.monitor_failures is 'Runs of upkeep that failed, as long as the log keeps them.';

create view public.monitoring_catalogue with (security_invoker = true) as
select c.total_songs, c.public_songs, c.recent_songs, c.avg_age_days, c.trashed_songs, c.people from private.monitor_catalogue() as c;
comment on view public.monitoring_catalogue is 'For the service: the number of songs and users; recent counts the last 30 days.';

create view public.monitoring_tags with (security_invoker = true) as
select t.tag_name, t.usage_count, t.unique_songs, t.public_songs from private.monitor_tags() as t order by t.usage_count desc, t.tag_name;
comment on view public.monitoring_tags is 'For the service: the most used tags first, those of private songs included; popular_tags is what the public sees.';

create view public.monitoring_queries with (security_invoker = true) as
select q.query, q.calls, q.total_exec_ms, q.mean_exec_ms, q.max_exec_ms, q.rows from private.monitor_queries() as q order by q.total_exec_ms desc;
comment on view public.monitoring_queries is 'For the service: what took most time since statistics were reset; an error without pg_stat_statements.';

create view public.monitoring_tables with (security_invoker = true) as
select t.table_name, t.total_bytes, t.table_bytes, t.index_bytes, t.estimated_rows, t.live_rows, t.dead_rows, t.last_vacuum, t.last_analyze
from private.monitor_tables() as t
order by t.total_bytes desc, t.table_name;
comment on view public.monitoring_tables is 'For the service: sizes of tables and what autovacuum did with them.';

create view public.monitoring_indexes with (security_invoker = true) as
select i.index_name, i.table_name, i.bytes, i.scans, i.is_unique, i.is_valid from private.monitor_indexes() as i order by i.bytes desc, i.index_name;
comment on view public.monitoring_indexes is 'For the service: sizes and uses of indexes.';

create view public.monitoring_partitions with (security_invoker = true) as
select p.parent, p.partition, p.bounds, p.bytes, p.estimated_rows from private.monitor_partitions() as p order by p.parent, p.partition;
comment on view public.monitoring_partitions is 'For the service: partitions and their bounds.';

create view public.monitoring_upkeep with (security_invoker = true) as
select u.step, u.schedule, u.enabled, u.last_outcome, u.last_started_at, u.last_finished_at, u.last_handled, u.last_done_at, u.last_error, u.is_overdue
from private.monitor_upkeep() as u
order by u.is_overdue desc, u.step;
comment on view public.monitoring_upkeep is 'For the service: each step of upkeep, when it was last done, and whether it is overdue.';

create view public.monitoring_failures with (security_invoker = true) as
select f.step, f.started_at, f.finished_at, f.handled, f.error from private.monitor_failures() as f order by f.finished_at desc;
comment on view public.monitoring_failures is 'For the service: runs of upkeep that failed, the latest first.';

create policy "Reporting sees popular tags"
on public.popular_tags
for select
to tertulia_reporting
using (true);

create policy "Reporting sees the figures of songs"
on public.song_analytics
for select
to tertulia_reporting
using (true);

create policy "Reporting sees the categories of tags"
on public.tag_categories
for select
to tertulia_reporting
using (true);

revoke all on
  public.monitoring_catalogue, public.monitoring_tags, public.monitoring_queries, public.monitoring_tables,
  public.monitoring_indexes, public.monitoring_partitions, public.monitoring_upkeep, public.monitoring_failures
from public, anon, authenticated, service_role;
grant select on
  public.monitoring_catalogue, public.monitoring_tags, public.monitoring_queries, public.monitoring_tables,
  public.monitoring_indexes, public.monitoring_partitions, public.monitoring_upkeep, public.monitoring_failures
to service_role;
-- Of queries the maintenance role sees nothing: their texts can hold what a user typed.
grant select on
  public.monitoring_tables, public.monitoring_indexes, public.monitoring_partitions, public.monitoring_upkeep,
  public.monitoring_failures
to tertulia_maintenance;
grant select on
  public.popular_tags, public.tag_categories, public.song_analytics, public.monitoring_catalogue
to tertulia_reporting;
revoke execute on function
  private.monitor_catalogue(),
  private.monitor_tags(),
  private.monitor_queries(),
  private.monitor_tables(),
  private.monitor_indexes(),
  private.monitor_partitions(),
  private.monitor_upkeep(),
  private.monitor_failures()
from public, anon, authenticated, service_role;
grant execute on function
  private.monitor_catalogue(),
  private.monitor_tags(),
  private.monitor_queries(),
  private.monitor_tables(),
  private.monitor_indexes(),
  private.monitor_partitions(),
  private.monitor_upkeep(),
  private.monitor_failures()
to service_role;
grant execute on function
  private.monitor_tables(),
  private.monitor_indexes(),
  private.monitor_partitions(),
  private.monitor_upkeep(),
  private.monitor_failures()
to tertulia_maintenance;
grant execute on function private.monitor_catalogue() to tertulia_reporting;
-- Figures that name no user.
grant usage on schema private to tertulia_reporting;

-- The last statement of the last migration: a push that stopped half-way leaves 0.

create or replace function public.tertulia_schema_version()
returns integer
language sql
immutable
set search_path = ''
as $$
  select 1
$$;

commit;
