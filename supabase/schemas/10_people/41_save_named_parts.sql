-- Saves the parts of a profile that name entries of a catalogue.
--
-- Lock order: profile, software, tags; the rows of a catalogue by key.

create function private.refuse_profile_field(field text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', format('unable to update the profile; %s is not valid', field),
    'Correct the named field.', jsonb_build_object('field', field));
end
$$;

create function private.read_profile_names(field text, value jsonb, max_items integer)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  item jsonb;
  name text;
  kind text;
  place integer := 0;
  read jsonb := '[]';
begin
  if jsonb_typeof(value) is distinct from 'array' or jsonb_array_length(value) > max_items then
    perform private.refuse_profile_field(field);
  end if;
  for item in select e from jsonb_array_elements(value) e loop
    kind := null;
    name := case when jsonb_typeof(item) = 'string' then item #>> '{}' end;
    if jsonb_typeof(item) = 'object' and field = 'tags' then
      name := case when jsonb_typeof(item -> 'name') = 'string' then item ->> 'name' end;
      kind := item ->> 'kind';
      if (item - '{name,kind}'::text[]) <> '{}' or kind !~ '^[a-z][a-z_]{0,29}$' then
        name := null;
      end if;
    end if;
    name := private.kept_text('name', regexp_replace(name, E'\\s+', ' ', 'g'));
    if name is null or not private.is_catalogue_name(name) then
      perform private.refuse_profile_field(field || '.' || place);
    end if;
    read := read || jsonb_build_object('name', name, 'key', private.catalogue_key(name), 'kind', kind);
    place := place + 1;
  end loop;
  return read;
end
$$;
comment on function private.read_profile_names is 'Names for a catalogue, checked: [{name, key, kind}].';

create function private.save_profile_software(owner uuid, entries jsonb, holds_all boolean)
returns void
language plpgsql
set search_path = ''
as $$
declare
  wanted uuid[];
  entered bigint;
begin
  insert into public.software (name)
  select distinct on (e ->> 'key' collate "C") e ->> 'name'
  from jsonb_array_elements(entries) e
  order by e ->> 'key' collate "C"
  on conflict (key) do nothing;
  get diagnostics entered = row_count;
  perform private.take_token(auth.uid(), 'catalogue_name', entered);

  select array_agg(s.id order by e.place) into wanted
  from (
    select e.value ->> 'key' as key, min(e.ordinality) as place
    from jsonb_array_elements(entries) with ordinality e
    group by 1
  ) e
  join public.software s on s.key = e.key collate "C";
  wanted := coalesce(wanted, '{}');

  -- Whatever comes or goes, by key: the counts change under these locks.
  perform
  from public.software s
  where (holds_all or s.id = any (wanted) <> exists (
      select from public.profile_software x where x.profile_id = owner and x.software_id = s.id
    ))
    and (s.id = any (wanted) or s.id in (select x.software_id from public.profile_software x where x.profile_id = owner))
  order by s.key
  for no key update;

  delete from public.profile_software x where x.profile_id = owner and x.software_id <> all (wanted);
  insert into public.profile_software (profile_id, software_id, position)
  select owner, w.id, w.place
  from unnest(wanted) with ordinality w (id, place)
  on conflict (profile_id, software_id) do update set position = excluded.position
  where profile_software.position <> excluded.position;
end
$$;
comment on function private.save_profile_software is 'Replaces a profile''s software; what the catalogue lacks is entered.';

create function private.tags_in_order(entries jsonb)
returns uuid[]
language plpgsql
set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(t.id order by e.place), '{}')
    from (
      select e.value ->> 'key' as key, min(e.ordinality) as place
      from jsonb_array_elements(entries) with ordinality e
      group by 1
    ) e
    join public.tags t on t.key = e.key collate "C"
  );
end
$$;
comment on function private.tags_in_order is 'The entries of the catalogue that a list names, each once, in the order of the list.';

create function private.lock_named_tags(owner uuid, named jsonb, wanted_types uuid[], wanted_tags uuid[], holds_all boolean)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Types and tags are entries of one catalogue: one walk in its order takes every lock.
  perform
  from public.tags t
  where t.id in (
    select id
    from (
      select unnest(wanted_types) as id, 'type' as use
      union all select unnest(wanted_tags), 'tag'
      union all select x.tag_id, 'type' from public.profile_types x where x.profile_id = owner and (wanted_types is not null or holds_all)
      union all select x.tag_id, 'tag' from public.profile_tags x where x.profile_id = owner and (wanted_tags is not null or holds_all)
    ) u
    group by u.id, u.use
    having count(*) = 1 or holds_all
    union all
    select t2.id
    from jsonb_array_elements(named) e
    join public.tags t2 on t2.key = (e ->> 'key') collate "C"
    where (t2.kind = 'other' and e ->> 'kind' <> 'other') or not t2.is_known
  )
  order by t.key
  for no key update;
end
$$;
comment on function private.lock_named_tags is 'Holds the entries of the catalogue whose counts, names or kinds a save of a profile changes.';

create function private.save_profile_tags(owner uuid, types jsonb, entries jsonb, holds_all boolean)
returns void
language plpgsql
set search_path = ''
as $$
declare
  named jsonb := coalesce(
    (select jsonb_agg(e || '{"kind": "profession"}') from jsonb_array_elements(types) e), '[]') || coalesce(entries, '[]');
  wanted_types uuid[];
  wanted_tags uuid[];
  entered bigint;
begin
  insert into public.tags (name, kind)
  select distinct on (e ->> 'key' collate "C") e ->> 'name', coalesce(e ->> 'kind', 'other')
  from jsonb_array_elements(named) e
  order by e ->> 'key' collate "C", e ->> 'kind' nulls last
  on conflict (key) do nothing;
  get diagnostics entered = row_count;
  perform private.take_token(auth.uid(), 'catalogue_name', entered);
  if types is not null then
    wanted_types := private.tags_in_order(types);
  end if;
  if entries is not null then
    wanted_tags := private.tags_in_order(entries);
  end if;
  perform private.lock_named_tags(owner, named, wanted_types, wanted_tags, holds_all);

  -- A tag that only private songs had takes the spelling and the date of its first public use.
  update public.tags t
  set name = e.name, is_known = true, created_at = clock_timestamp()
  from (
    select distinct on (n ->> 'key' collate "C") n ->> 'key' as key, n ->> 'name' as name
    from jsonb_array_elements(named) n
    order by n ->> 'key' collate "C"
  ) e
  where t.key = e.key collate "C" and not t.is_known;

  -- The first to say what a tag is says it for all.
  update public.tags t
  set kind = e.kind
  from (select n ->> 'key' as key, min(n ->> 'kind') as kind from jsonb_array_elements(named) n group by 1) e
  where t.key = e.key collate "C" and t.kind = 'other' and e.kind <> 'other';

  if types is not null then
    delete from public.profile_types x where x.profile_id = owner and x.tag_id <> all (wanted_types);
    insert into public.profile_types (profile_id, tag_id, position)
    select owner, w.id, w.place
    from unnest(wanted_types) with ordinality w (id, place)
    on conflict (profile_id, tag_id) do update set position = excluded.position
    where profile_types.position <> excluded.position;
  end if;
  if entries is not null then
    delete from public.profile_tags x where x.profile_id = owner and x.tag_id <> all (wanted_tags);
    insert into public.profile_tags (profile_id, tag_id, position)
    select owner, w.id, w.place
    from unnest(wanted_tags) with ordinality w (id, place)
    on conflict (profile_id, tag_id) do update set position = excluded.position
    where profile_tags.position <> excluded.position;
  end if;
end
$$;
comment on function private.save_profile_tags is
  'Replaces a profile''s professional types, its tags, or both; null leaves one as it is. What the catalogue lacks is entered.';

revoke execute on function
  private.tags_in_order(jsonb),
  private.lock_named_tags(uuid, jsonb, uuid[], uuid[], boolean),
  private.refuse_profile_field(text),
  private.read_profile_names(text, jsonb, integer),
  private.save_profile_software(uuid, jsonb, boolean),
  private.save_profile_tags(uuid, jsonb, jsonb, boolean)
from public, anon, authenticated, service_role;
