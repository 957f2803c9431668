-- Upkeep: what has to be done again and again, in batches, with each step's outcome in a log.
--
-- A domain files its steps in private.maintenance_steps. A step is a function that does one bounded batch and says where to go
-- on.
-- private.run_maintenance runs batches until its time is up and says where to go on. pg_cron commits after each batch; a caller
-- of
-- the API passes the answer's "next" back until it is null.

create type private.maintenance_batch as (handled bigint, reached text);
comment on type private.maintenance_batch is
  'The result of one batch of a step: how many rows, and where the next batch continues. reached is null when nothing remains.';

create table private.maintenance_steps (
  name text primary key,
  position integer not null,
  function_name text not null,
  schedule text not null default 'daily',
  batch_size integer not null default 1000,
  keep interval,
  enabled boolean not null default true,
  reached text,
  constraint maintenance_steps_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint maintenance_steps_schedule_check check (schedule in ('daily', 'minutes')),
  constraint maintenance_steps_batch_size_check check (batch_size between 1 and 100000),
  constraint maintenance_steps_keep_check check (keep >= interval '0')
);
comment on table private.maintenance_steps is
  'What upkeep does, in the order of position. An app changes keep, batch_size and enabled by SQL, and may add steps of its own.';
comment on column private.maintenance_steps.function_name is
  'With its schema: (batch_size integer, keep interval, reached text) returns private.maintenance_batch; it does one batch.';
comment on column private.maintenance_steps.schedule is 'daily: at 02:00; minutes: every minute.';
comment on column private.maintenance_steps.keep is 'What the step calls old: how long it leaves things alone. Null where it has no such thing.';
comment on column private.maintenance_steps.reached is 'Where an unfinished step continues, in a form of its own; null between runs.';

create table private.maintenance_log (
  id bigint primary key generated always as identity,
  step text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  outcome text not null,
  batches bigint not null,
  handled bigint not null,
  error text,
  constraint maintenance_log_outcome_check check (outcome in ('unfinished', 'done', 'failed'))
);
comment on table private.maintenance_log is 'Each run of each step: a row that grows batch by batch until the step is done or fails.';
comment on column private.maintenance_log.finished_at is 'When its last batch so far ended.';
comment on column private.maintenance_log.error is 'SQLSTATE and message of what failed; that batch was undone, those before it were not.';

create index maintenance_log_step_id_idx on private.maintenance_log (step, id desc);

create function private.run_maintenance_step(wanted text)
returns jsonb
language plpgsql
security definer
set search_path = ''
-- Upkeep gives way: it does not queue for a lock with everybody behind it.
set lock_timeout = '2s'
as $$
declare
  step private.maintenance_steps;
  started_at timestamptz := clock_timestamp();
  batch private.maintenance_batch;
  result text;
  failure text;
  log_id bigint;
begin
  -- One at a time for each step, until the end of the transaction; the row is read after the lock, so it is what the last one left.
  if not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.maintenance.' || wanted, 0)) then
    return jsonb_build_object('step', wanted, 'outcome', 'busy', 'handled', 0, 'error', null);
  end if;
  select * into step from private.maintenance_steps s where s.name = wanted;
  begin
    execute format('select b.* from %s($1, $2, $3) as b', step.function_name) into batch
    using step.batch_size, step.keep, step.reached;
    if batch.handled is null or (batch.handled = 0 and batch.reached = step.reached) then
      raise exception 'the step makes no progress at %', coalesce(batch.reached, 'nothing');
    end if;
    result := case when batch.reached is null then 'done' else 'unfinished' end;
  exception
    -- A time-out is a cancellation, which "others" leaves out; an operator who cancels by hand wants all of it to end.
    when query_canceled or others then
      -- The message says which, in a language that a setting chooses; so the time decides.
      if sqlstate = '57014' and not coalesce((
        select clock_timestamp() - statement_timestamp() >= make_interval(secs => nullif(s.setting, '0')::double precision / 1000)
        from pg_catalog.pg_settings s
        where s.name = 'statement_timeout'
      ), false) then
        raise;
      end if;
      result := 'failed';
      failure := sqlstate || ' ' || sqlerrm;
      batch := (0, null);
  end;
  update private.maintenance_steps s
  set reached = batch.reached
  where s.name = wanted and s.reached is distinct from batch.reached;

  select l.id into log_id
  from (select l.id, l.outcome from private.maintenance_log l where l.step = wanted order by l.id desc limit 1) as l
  where l.outcome = 'unfinished';
  if found then
    update private.maintenance_log l
    set
      finished_at = clock_timestamp(),
      outcome = result,
      batches = l.batches + 1,
      handled = l.handled + batch.handled,
      error = failure
    where l.id = log_id;
  else
    insert into private.maintenance_log (step, started_at, finished_at, outcome, batches, handled, error)
    values (wanted, started_at, clock_timestamp(), result, 1, batch.handled, failure);
  end if;
  return jsonb_build_object('step', wanted, 'outcome', result, 'handled', batch.handled, 'error', failure);
end
$$;
comment on function private.run_maintenance_step is
  'One batch of one step: done, unfinished, failed (undone, and written to the log), or busy when another run does it now.';

create function private.run_maintenance(wanted_schedule text, from_step text, budget interval)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  ends_at timestamptz := clock_timestamp() + budget;
  names text[];
  place integer := 1;
  batch jsonb;
  total jsonb;
  told jsonb[] := '{}';
begin
  if wanted_schedule not in ('daily', 'minutes') then
    perform private.raise_error('invalid_input', 'unable to run the upkeep; there is no such schedule', 'Pass daily or minutes, or null for both.',
      '{"field": "schedule"}');
  end if;
  select coalesce(array_agg(s.name order by s.position, s.name), '{}') into names
  from private.maintenance_steps s
  where s.enabled and (wanted_schedule is null or s.schedule = wanted_schedule);
  if from_step is not null then
    place := array_position(names, from_step);
    if place is null then
      perform private.raise_error('invalid_input', 'unable to run the upkeep; there is no such step to continue from',
        'Pass the "next" of the last answer unchanged.', '{"field": "next"}');
    end if;
  end if;

  while place <= cardinality(names) loop
    batch := private.run_maintenance_step(names[place]);
    total := case when total is null then batch
      else batch || jsonb_build_object('handled', (total ->> 'handled')::bigint + (batch ->> 'handled')::bigint) end;
    if batch ->> 'outcome' <> 'unfinished' then
      told := told || total;
      total := null;
      place := place + 1;
    end if;
    exit when clock_timestamp() >= ends_at;
  end loop;
  if total is not null then
    told := told || total;
  end if;
  return jsonb_build_object('steps', to_jsonb(told), 'next', names[place]);
end
$$;
comment on function private.run_maintenance is
  'Runs batches, step by step from the first or the named one, until nothing remains or the time is up; next says where to go on.';

create function public.cleanup_old_data(next text default null, schedule text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.run_maintenance(schedule, next, interval '500 milliseconds')
$$;
comment on function public.cleanup_old_data is
  'For the service: half a second of upkeep, all of it or the daily or minutes part. Answers each step''s outcome, and next: call again with it until it is null.';

create function private.schedule_maintenance()
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- A block and not a procedure: one that commits may not fix its search path. What is committed stays when the block ends with an
  -- error, by which pg_cron shows the run as failed.
  command text := $q$do $upkeep$
declare
  answer jsonb;
  next text;
  failed text[] := '{}';
begin
  loop
    answer := private.run_maintenance(%L, next, interval '0');
    commit;
    next := answer ->> 'next';
    if answer #>> '{steps,0,outcome}' = 'failed' then
      failed := failed || (answer #>> '{steps,0,step}');
    end if;
    exit when next is null;
  end loop;
  if failed <> '{}' then
    raise exception 'upkeep failed in %%; private.maintenance_log says why', failed;
  end if;
end
$upkeep$
$q$;
begin
  if not exists (select from pg_catalog.pg_extension e where e.extname = 'pg_cron') then
    return 'Tertulia''s upkeep is not scheduled: pg_cron is not here. Run "npx tertulia maintain" from a scheduler of your own, '
      'or enable pg_cron and run: select private.schedule_maintenance()';
  end if;
  -- The same name again replaces what was scheduled under it.
  execute 'select cron.schedule($1, $2, $3)' using 'tertulia-cleanup', '0 2 * * *', format(command, null);
  if exists (select from private.maintenance_steps s where s.schedule = 'minutes') then
    execute 'select cron.schedule($1, $2, $3)' using 'tertulia-minutes', '* * * * *', format(command, 'minutes');
  end if;
  return 'Tertulia''s upkeep is scheduled: daily at 02:00 in the time zone of pg_cron, UTC unless it is set.';
exception
  when others then
    return 'Tertulia''s upkeep is not scheduled: pg_cron is here, but ' || sqlerrm
      || '. Run "npx tertulia maintain" from a scheduler of your own.';
end
$$;
comment on function private.schedule_maintenance is
  'Schedules the upkeep with pg_cron where it is; says what it did. Run it again after enabling pg_cron or adding a step every minute.';

-- Roles are the whole cluster's: another database of it may have made them, even at this moment.
do $$
declare
  wanted text;
begin
  foreach wanted in array '{tertulia_reporting,tertulia_maintenance}'::text[] loop
    if not exists (select from pg_catalog.pg_roles r where r.rolname = wanted) then
      begin
        execute format('create role %I nologin', wanted);
      exception
        when duplicate_object or unique_violation then
          raise notice 'role % was created by another session at this moment', wanted;
      end;
    end if;
  end loop;
end
$$;

revoke all on private.maintenance_steps, private.maintenance_log from public, anon, authenticated, service_role;
grant select on private.maintenance_steps, private.maintenance_log to tertulia_maintenance;
revoke execute on function
  private.run_maintenance_step(text),
  private.run_maintenance(text, text, interval),
  public.cleanup_old_data(text, text),
  private.schedule_maintenance()
from public, anon, authenticated, service_role;
grant execute on function
  private.run_maintenance(text, text, interval),
  public.cleanup_old_data(text, text)
to service_role, tertulia_maintenance;
revoke all on type private.maintenance_batch from public;
grant usage on schema public to tertulia_reporting, tertulia_maintenance;
grant usage on schema private to tertulia_maintenance;
