import { storageFunctions } from './storage-functions.ts'

/** Ownership and grants of the storage tables of @supabase/lite, as on the platform. Safe to run again. */
export const storageSql = `
do $$
begin
  if to_regtype('storage.buckettype') is null then
    create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');
  end if;
end
$$;
alter table storage.buckets add column if not exists avif_autodetection boolean default false;
alter table storage.buckets add column if not exists type storage.buckettype not null default 'STANDARD';
create index if not exists idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");
${storageFunctions}
-- Rows that SQL deletes would leave their bytes behind: only the API of Storage deletes.
create or replace function storage.protect_delete() returns trigger language plpgsql as $$
begin
  if coalesce(current_setting('storage.allow_delete_query', true), 'false') <> 'true' then
    raise exception 'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
      using hint = 'This prevents accidental data loss from orphaned objects.', errcode = '42501';
  end if;
  return null;
end
$$;
create or replace trigger protect_buckets_delete before delete on storage.buckets
  for each statement execute function storage.protect_delete();
create or replace trigger protect_objects_delete before delete on storage.objects
  for each statement execute function storage.protect_delete();

do $$
declare
  object record;
begin
  alter schema storage owner to supabase_storage_admin;
  for object in select oid::regclass as name from pg_class
    where relnamespace = 'storage'::regnamespace and relkind = 'r'
  loop
    execute format('alter table %s owner to supabase_storage_admin', object.name);
    execute format('alter table %s enable row level security', object.name);
  end loop;
  for object in select oid::regprocedure as name from pg_proc where pronamespace = 'storage'::regnamespace
  loop
    execute format('alter function %s owner to supabase_storage_admin', object.name);
  end loop;
end
$$;

grant usage on schema storage to postgres, anon, authenticated, service_role, dashboard_user;
grant all on all tables in schema storage to anon, authenticated, service_role, dashboard_user;
`
