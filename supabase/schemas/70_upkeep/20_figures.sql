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
