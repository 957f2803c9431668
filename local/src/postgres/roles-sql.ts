/** Roles, schemas and database settings of a Supabase project. Safe to run again. */
export const rolesSql = `
do $$
declare
  wanted record;
begin
  for wanted in select * from (values
    ('postgres', 'login createrole createdb replication bypassrls password ''postgres'''),
    ('anon', 'nologin noinherit'),
    ('authenticated', 'nologin noinherit'),
    ('service_role', 'nologin noinherit bypassrls'),
    ('authenticator', 'login noinherit password ''postgres'''),
    ('supabase_auth_admin', 'login noinherit createrole password ''postgres'''),
    ('supabase_storage_admin', 'login noinherit createrole password ''postgres'''),
    ('supabase_realtime_admin', 'nologin noinherit'),
    ('supabase_replication_admin', 'login replication password ''postgres'''),
    ('supabase_read_only_user', 'login bypassrls password ''postgres'''),
    ('dashboard_user', 'nologin createrole createdb replication')
  ) as role (name, attributes)
  loop
    if not exists (select from pg_roles where rolname = wanted.name) then
      execute format('create role %I %s', wanted.name, wanted.attributes);
    end if;
  end loop;
end
$$;

grant anon, authenticated, service_role to authenticator, supabase_storage_admin;
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres with admin option;
grant pg_read_all_data to supabase_read_only_user;
-- Membership stands in for the policy grants that the platform gives postgres on its own tables.
grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin to postgres;

alter database postgres owner to postgres;
alter database postgres set search_path to "$user", public, extensions;
alter role authenticator set statement_timeout to '8s';
alter role authenticator set lock_timeout to '8s';
alter role authenticated set statement_timeout to '8s';
alter role anon set statement_timeout to '3s';
alter role supabase_auth_admin set search_path to auth;
alter role supabase_storage_admin set search_path to storage;

alter schema public owner to postgres;
revoke all on schema public from public;
grant usage on schema public to anon, authenticated, service_role;

create schema if not exists extensions;
grant usage on schema extensions to public;
grant all on schema extensions to postgres, dashboard_user with grant option;
create extension if not exists pg_stat_statements with schema extensions;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;

do $$
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
    alter publication supabase_realtime owner to postgres;
  end if;
end
$$;

-- What the platform lets postgres set although it is no superuser: dumps and the settings of the API need it.
do $$
declare
  setting text;
begin
  foreach setting in array array[
    'session_replication_role', 'log_min_duration_statement', 'log_statement', 'log_lock_waits', 'log_min_messages',
    'track_functions', 'track_io_timing', 'deadlock_timeout', 'temp_file_limit', 'wal_compression',
    'pgrst.db_aggregates_enabled', 'pgrst.db_plan_enabled', 'pgrst.db_pre_request', 'pgrst.db_max_rows',
    'pgrst.db_schemas', 'pgrst.db_extra_search_path', 'pgrst.db_root_spec', 'pgrst.db_tx_end', 'pgrst.db_timezone_enabled',
    'pgrst.db_hoisted_tx_settings', 'pgrst.db_safe_update_enabled', 'pgrst.openapi_mode', 'pgrst.openapi_security_active',
    'pgrst.openapi_server_proxy_uri', 'pgrst.server_cors_allowed_origins', 'pgrst.server_timing_enabled',
    'pgrst.server_trace_header', 'pgrst.jwt_aud', 'pgrst.jwt_role_claim_key', 'pgrst.jwt_secret',
    'pgrst.jwt_secret_is_base64', 'pgrst.jwt_cache_max_lifetime', 'pgrst.raw_media_types', 'pgrst.log_level'
  ]
  loop
    execute format('grant set on parameter %s to postgres with grant option', setting);
  end loop;
end
$$;

-- Event triggers are the superuser's in PostgreSQL; the platform lets postgres make them.
create or replace function extensions.run_event_trigger_ddl(statement text) returns void
language plpgsql security definer as $$
begin
  if statement !~* '^\\s*(create|alter|drop)\\s+event\\s+trigger\\s' or position(';' in statement) > 0 then
    raise exception 'unable to run the statement; it is not one on an event trigger';
  end if;
  execute statement;
end
$$;
revoke execute on function extensions.run_event_trigger_ddl(text) from public;
grant execute on function extensions.run_event_trigger_ddl(text) to postgres;

-- The API keeps a picture of the schema: a change of it, by whomever, tells the API to look again.
create or replace function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql set search_path = '' as $$
begin
  if exists (select from pg_catalog.pg_event_trigger_ddl_commands() where schema_name is distinct from 'pg_temp') then
    notify pgrst, 'reload schema';
  end if;
end
$$;
create or replace function extensions.pgrst_drop_watch() returns event_trigger language plpgsql set search_path = '' as $$
begin
  if exists (select from pg_catalog.pg_event_trigger_dropped_objects() where not is_temporary) then
    notify pgrst, 'reload schema';
  end if;
end
$$;
drop event trigger if exists pgrst_ddl_watch;
drop event trigger if exists pgrst_drop_watch;
create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();
`
