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
