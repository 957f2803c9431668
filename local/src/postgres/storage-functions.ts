/** Functions and triggers of the platform's schema \`storage\` that policies, reports and migrations call. */
export const storageFunctions = `
create or replace function storage.enforce_bucket_name_length() returns trigger language plpgsql as $$
begin
  if length(new.name) > 100 then
    raise exception 'bucket name "%" is too long (% characters). Max is 100.', new.name, length(new.name);
  end if;
  return new;
end
$$;
create or replace trigger enforce_bucket_name_length_trigger before insert or update of name on storage.buckets
  for each row execute function storage.enforce_bucket_name_length();

create or replace function storage.update_updated_at_column() returns trigger language plpgsql as $$
begin
  new.updated_at = now();
  return new;
end
$$;
create or replace trigger update_objects_updated_at before update on storage.objects
  for each row execute function storage.update_updated_at_column();

create or replace function storage.get_size_by_bucket() returns table (size bigint, bucket_id text)
language plpgsql stable as $$
begin
  return query
    select sum((o.metadata ->> 'size')::bigint)::bigint, o.bucket_id from storage.objects o group by o.bucket_id;
end
$$;

-- Tells whether the caller may insert: the row is taken back by the error it ends with.
create or replace function storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb)
returns void language plpgsql as $$
begin
  insert into storage.objects (bucket_id, name, owner, metadata) values (bucketid, name, owner, metadata);
  raise sqlstate 'PT200' using message = 'ROLLBACK', detail = 'rollback successful insert';
end
$$;

-- One level below the prefix. By name, folders and files stand together; by a time, folders come first.
create or replace function storage.search(
  prefix text,
  bucketname text,
  limits int default 100,
  levels int default 1,
  offsets int default 0,
  search text default '',
  sortcolumn text default 'name',
  sortorder text default 'asc'
) returns table (
  name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) language plpgsql stable as $search$
declare
  wanted constant text := coalesce(prefix, '') || coalesce(search, '');
  first_level constant int := coalesce(array_length(string_to_array(coalesce(prefix, ''), '/'), 1), 1);
  last_level constant int := coalesce(array_length(string_to_array(wanted, '/'), 1), 1);
  by_column constant text := case
    when lower(sortcolumn) in ('updated_at', 'created_at', 'last_accessed_at') then lower(sortcolumn) else 'name' end;
  direction constant text := case when lower(coalesce(sortorder, 'asc')) = 'asc' then 'asc' else 'desc' end;
begin
  return query execute format(
    $sql$
    with found as (
      select o.path_tokens, o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata,
        array_to_string(o.path_tokens[$1:$2], '/') as entry, array_length(o.path_tokens, 1) > $2 as deeper
      from storage.objects o
      where o.bucket_id = $3 and starts_with(lower(o.name), lower($4))
    ), entries as (
      select entry, null::uuid as id, null::timestamptz as updated_at, null::timestamptz as created_at,
        null::timestamptz as last_accessed_at, null::jsonb as metadata
      from found where deeper group by entry
      union all
      select entry, f.id, f.updated_at, f.created_at, f.last_accessed_at, f.metadata from found f where not deeper
    )
    select entry, e.id, e.updated_at, e.created_at, e.last_accessed_at, e.metadata from entries e
    where entry <> ''
    order by %s lower(entry) collate "C" %s, entry collate "C" %s
    limit $5 offset $6
    $sql$,
    case when by_column = 'name' then '' else format('e.id is not null, e.%I %s,', by_column, direction) end,
    direction, direction
  ) using first_level, last_level, bucketname, wanted, least(coalesce(limits, 100), 1500), coalesce(offsets, 0);
end
$search$;

-- The same for pages that go on after a name: folders end with a slash.
create or replace function storage.search_v2(
  prefix text,
  bucket_name text,
  limits int default 100,
  levels int default 1,
  start_after text default '',
  sort_order text default 'asc',
  sort_column text default 'name',
  sort_column_after text default ''
) returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
  metadata jsonb
) language plpgsql stable as $search$
declare
  by_column constant text := case
    when lower(sort_column) in ('updated_at', 'created_at') then lower(sort_column) else 'name' end;
  is_asc constant boolean := lower(coalesce(sort_order, 'asc')) = 'asc';
  direction constant text := case when is_asc then 'asc' else 'desc' end;
begin
  return query execute format(
    $sql$
    with found as (
      select o.*, split_part(o.name, '/', $1) as level_key, array_length(o.path_tokens, 1) > $1 as deeper
      from storage.objects o where o.bucket_id = $2 and starts_with(o.name, $3)
    ), entries as (
      select level_key, array_to_string(path_tokens[1:$1], '/') || '/' as full_name, null::uuid as id,
        null::timestamptz as updated_at, null::timestamptz as created_at, null::timestamptz as last_accessed_at,
        null::jsonb as metadata
      from found where deeper group by 1, 2
      union all
      select level_key, f.name, f.id, f.updated_at, f.created_at, f.last_accessed_at, f.metadata
      from found f where not deeper
    )
    select e.* from entries e
    where $4 = '' or case when $5 = 'name' or $6 = ''
      then %s else (e.%I, e.full_name collate "C") %s ($6::timestamptz, $4) end
    order by %s e.full_name collate "C" %s
    limit $7
    $sql$,
    case when is_asc then 'e.full_name collate "C" > $4' else 'e.full_name collate "C" < $4' end,
    case when by_column = 'name' then 'updated_at' else by_column end,
    case when is_asc then '>' else '<' end,
    case when by_column = 'name' then '' else format('e.%I %s nulls first,', by_column, direction) end,
    direction
  ) using levels, bucket_name, coalesce(prefix, ''), coalesce(start_after, ''), by_column,
    case when by_column = 'name' then '' else coalesce(sort_column_after, '') end, least(coalesce(limits, 100), 1500);
end
$search$;
`
