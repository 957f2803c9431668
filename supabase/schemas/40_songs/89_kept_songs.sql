-- What a device keeps of songs, brought up to date by version.

create function private.sync_songs(known jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
  answer jsonb;
begin
  if jsonb_typeof(known) is distinct from 'object' or (select count(*) from jsonb_object_keys(known)) > 200
    or exists (select from jsonb_each_text(known) as k (id, version) where not private.is_uuid(k.id) or k.version is null or k.version !~ '^[0-9]{1,9}$')
  then
    perform private.raise_error('invalid_input', 'unable to bring the songs up to date; known is an object of at most 200 ids, each with a version',
      'Name ids and versions, 0 for a song that is not there yet.', '{"field": "known"}');
  end if;
  with asked as materialized (
    select k.id::uuid as id, k.version::integer as version from jsonb_each_text(known) as k (id, version)
  ),
  seen as materialized (
    select d.id, d.version, octet_length(d.content) as size, a.version as known_version
    from asked a
    join private.visible_songs d on d.id = a.id
  ),
  changed as (
    -- At most half a megabyte of texts, and one song in any case.
    select s.id, sum(s.size) over (order by s.id) - s.size as before from seen s where s.version <> s.known_version
  )
  select jsonb_build_object(
    'songs', coalesce((
      select jsonb_agg(to_jsonb(d) order by d.id)
      from changed c
      join private.visible_details d on d.id = c.id
      where c.before < 524288
    ), '[]'),
    'gone', coalesce((select jsonb_agg(a.id order by a.id) from asked a where not exists (select from seen s where s.id = a.id)), '[]'),
    'has_more', exists (select from changed c where c.before >= 524288))
  into answer;
  return answer;
end
$$;

create function public.sync_songs(known jsonb)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.sync_songs(known)
$$;
comment on function public.sync_songs is
  'For a device that keeps songs, with the version of each: those that have another one, whole, and the ids that the caller does not see. '
  'has_more: ask again with what is known by then.';

revoke execute on function private.sync_songs(jsonb), public.sync_songs(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.sync_songs(jsonb), public.sync_songs(jsonb) to authenticated;
