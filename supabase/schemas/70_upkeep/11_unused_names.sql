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
