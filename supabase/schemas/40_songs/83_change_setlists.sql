-- Changes of setlists: steps that name entries by id, applied in turn to the setlist as it is, so two who change it at once lose nothing.

create function private.hold_songs(song_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform from public.songs s where s.id = any (song_ids) order by s.id for key share;
end
$$;
comment on function private.hold_songs is
  'Waits for songs that are being removed for good, and keeps the others. Before any entry is changed: a removal holds its song and then changes entries.';

create function private.add_entries(setlist_id uuid, entries jsonb, before_id uuid, operation text)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller constant uuid := auth.uid();
  place integer;
  missing uuid;
begin
  if jsonb_typeof(entries) is distinct from 'array' then
    perform private.raise_error('invalid_input', format('unable to %s; the entries are not a list', operation), 'Pass a list of entries.',
      '{"field": "entries"}');
  end if;
  if jsonb_array_length(entries) + (select count(*) from public.setlist_entries e where e.setlist_id = setlist_id) > private.at_most('setlist_entries') then
    perform private.raise_error('too_many_entries', format('unable to %s; a setlist has at most %s entries', operation, private.at_most('setlist_entries')),
      'Remove some first.', jsonb_build_object('field', 'entries', 'limit', private.at_most('setlist_entries')));
  end if;
  entries := coalesce((select jsonb_agg(private.check_entry(e.value, operation) order by e.ordinality) from jsonb_array_elements(entries) with ordinality as e), '[]');
  select (e.value ->> 'song_id')::uuid into missing
  from jsonb_array_elements(entries) as e
  where e.value ->> 'song_id' is null or not private.can_see_song((e.value ->> 'song_id')::uuid)
  limit 1;
  if found then
    perform private.raise_error('song_not_found', format('unable to %s; there is no song with that id that you see', operation), 'Check the ids.',
      '{"field": "songId"}');
  end if;
  place := coalesce((select e.position - 1 from public.setlist_entries e where e.setlist_id = setlist_id and e.id = before_id),
    (select count(*) from public.setlist_entries e where e.setlist_id = setlist_id));
  update public.setlist_entries e set position = e.position + jsonb_array_length(entries) where e.setlist_id = setlist_id and e.position > place;
  insert into public.setlist_entries (setlist_id, position, song_id, title, added_by, key, capo, tempo, note)
  select setlist_id, place + n.ordinality, s.id, s.title, caller, n.value ->> 'key', (n.value ->> 'capo')::integer,
    (n.value ->> 'tempo')::integer, n.value ->> 'note'
  from jsonb_array_elements(entries) with ordinality as n
  join public.songs s on s.id = (n.value ->> 'song_id')::uuid;
end
$$;
comment on function private.add_entries is 'Adds songs that the caller sees before an entry, or at the end when that entry is gone or none is named.';

create function private.move_entry(setlist_id uuid, entry_id uuid, before_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- To the end when the entry that it was to stand before is gone.
  with ordered as (
    select e.id, row_number() over (order by
      case
        when e.id <> entry_id then e.position::numeric
        else coalesce((select b.position - 0.5 from public.setlist_entries b where b.setlist_id = move_entry.setlist_id and b.id = before_id), 'infinity')
      end) as place
    from public.setlist_entries e
    where e.setlist_id = move_entry.setlist_id
  )
  update public.setlist_entries e set position = o.place from ordered o where o.id = e.id and o.place <> e.position;
end
$$;
comment on function private.move_entry is 'Moves an entry before another one, or to the end; the others keep their order.';

create function private.check_step(step jsonb, operation text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  wrong text;
begin
  if coalesce(step ->> 'do', '') <> all ('{fields,add,entry,move,remove}'::text[]) then
    perform private.raise_error('invalid_input', format('unable to %s; there is no such step', operation), 'Pass fields, add, entry, move or remove.',
      '{"field": "steps"}');
  end if;
  select n.name into wrong
  from (
    select f.key as name
    from jsonb_each(step) as f
    union
    select unnest(case step ->> 'do' when 'fields' then '{fields}' when 'entry' then '{entry_id,fields}' when 'move' then '{entry_id}'
      when 'remove' then '{entry_ids}' end::text[])
  ) as n
  where n.name <> 'do'
    and not coalesce(case step ->> 'do' || ' ' || n.name
      when 'fields fields' then jsonb_typeof(step -> 'fields') = 'object'
      when 'entry fields' then jsonb_typeof(step -> 'fields') = 'object'
      when 'add entries' then true
      when 'add before_id' then step -> 'before_id' = 'null' or private.is_uuid(step ->> 'before_id')
      when 'move before_id' then step -> 'before_id' = 'null' or private.is_uuid(step ->> 'before_id')
      when 'move entry_id' then private.is_uuid(step ->> 'entry_id')
      when 'entry entry_id' then private.is_uuid(step ->> 'entry_id')
      when 'remove entry_ids' then jsonb_typeof(step -> 'entry_ids') = 'array'
        and not exists (select from jsonb_path_query(step -> 'entry_ids', 'strict $[*]') as i (value) where not private.is_uuid(i.value #>> '{}'))
    end, false)
  limit 1;
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to %s; %s of the step %s is not as documented', operation, wrong, step ->> 'do'),
      'Correct the named field.', jsonb_build_object('field', wrong));
  end if;
  if step ->> 'do' = 'entry' and step -> 'fields' ? 'song_id' then
    perform private.raise_error('invalid_input', format('unable to %s; an entry keeps its song', operation), 'Remove the entry and add another song.',
      '{"field": "song_id"}');
  end if;
end
$$;
comment on function private.check_step is 'Raises invalid_input unless a step is one, with what it takes and nothing else.';

create function private.take_step(setlist public.setlists, step jsonb, operation text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  kind constant text := step ->> 'do';
  entry_id constant uuid := step ->> 'entry_id';
  before_id constant uuid := step ->> 'before_id';
  fields jsonb;
begin
  if kind in ('entry', 'move') and not exists (select from public.setlist_entries e where e.setlist_id = setlist.id and e.id = entry_id) then
    perform private.raise_error('entry_not_found', format('unable to %s; the setlist has no such entry', operation), 'Another user may have removed it.',
      '{"field": "entryId"}');
  end if;
  case kind
    when 'fields' then
      perform private.set_setlist_fields(setlist, step -> 'fields', operation);
    when 'add' then
      perform private.add_entries(setlist.id, step -> 'entries', before_id, operation);
    when 'entry' then
      fields := private.check_entry(step -> 'fields', operation);
      update public.setlist_entries e
      set (key, capo, tempo, note) = (select n.key, n.capo, n.tempo, n.note from jsonb_populate_record(e, fields) as n)
      where e.id = entry_id;
    when 'move' then
      perform private.move_entry(setlist.id, entry_id, before_id);
    when 'remove' then
      -- One that another user removed is gone as asked.
      delete from public.setlist_entries e
      where e.setlist_id = setlist.id and e.id::text in (select lower(i.value) from jsonb_array_elements_text(step -> 'entry_ids') as i);
      with ordered as (
        select e.id, row_number() over (order by e.position) as place from public.setlist_entries e where e.setlist_id = setlist.id
      )
      update public.setlist_entries e set position = o.place from ordered o where o.id = e.id and o.place <> e.position;
  end case;
end
$$;
comment on function private.take_step is 'One step of a change of a setlist that is held.';

create function private.add_setlist_version(setlist_id uuid, change_type text)
returns public.setlists
language plpgsql
set search_path = ''
as $$
declare
  setlist public.setlists;
  present jsonb;
begin
  select jsonb_build_object('title', s.title, 'note', s.note, 'visibility', s.visibility, 'entries', coalesce((
    select jsonb_agg(to_jsonb(e) - 'setlist_id' order by e.position) from public.setlist_entries e where e.setlist_id = s.id
  ), '[]'))
  into present
  from public.setlists s
  where s.id = add_setlist_version.setlist_id;
  -- What changes nothing is no version: it would push older ones out.
  if change_type in ('update', 'restore') then
    select s.* into setlist
    from public.setlists s
    join public.setlist_history h on h.setlist_id = s.id and h.version_number = s.version and h.snapshot = present
    where s.id = add_setlist_version.setlist_id;
    if found then
      return setlist;
    end if;
  end if;
  update public.setlists s
  set version = s.version + case when change_type = 'create' then 0 else 1 end, updated_at = clock_timestamp()
  where s.id = add_setlist_version.setlist_id
  returning s.* into setlist;
  insert into public.setlist_history (setlist_id, version_number, snapshot, change_type, changed_by)
  values (setlist.id, setlist.version, present, change_type, auth.uid());
  delete from public.setlist_history h where h.setlist_id = setlist.id and h.version_number <= setlist.version - 100;
  perform private.deliver_target_change('setlist', setlist.id, setlist.version, change_type);
  return setlist;
end
$$;
comment on function private.add_setlist_version is 'Counts a version of a setlist, if it changed, keeps it, and tells those who watch.';

create function private.change_setlist(setlist_id uuid, steps jsonb, expected_version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  setlist public.setlists;
  step jsonb;
  was_private boolean;
  added uuid[];
begin
  if jsonb_typeof(steps) is distinct from 'array' or jsonb_array_length(steps) not between 1 and 200 then
    perform private.raise_error('invalid_input', 'unable to change the setlist; it takes 1 to 200 steps', 'Change it in several parts.', '{"field": "steps"}');
  end if;
  perform private.check_step(e.value, 'change the setlist') from jsonb_array_elements(steps) as e;
  added := array(
    select (i.value #>> '{}')::uuid from jsonb_path_query(steps, '$[*].entries[*].song_id') as i (value) where private.is_uuid(i.value #>> '{}')
  );
  if cardinality(added) > 1000 then
    perform private.raise_error('too_many_entries', 'unable to change the setlist; one change adds at most 1000 entries', 'Change it in several parts.',
      '{"field": "entries", "limit": 1000}');
  end if;
  perform private.take_token(caller, 'setlist_change');
  perform private.hold_account();
  perform private.lock_target('setlist', setlist_id, 'change', '{edit,admin,owner}');
  select s.* into setlist from public.setlists s where s.id = setlist_id;
  if setlist.version <> expected_version then
    perform private.raise_error('version_conflict', 'unable to change the setlist; it has changed since', 'Read it again, and repeat your change.');
  end if;
  perform private.hold_songs(added);
  for step in select e.value from jsonb_array_elements(steps) with ordinality as e order by e.ordinality loop
    perform private.take_step(setlist, step, 'change the setlist');
  end loop;
  was_private := setlist.visibility = 'private';
  setlist := private.add_setlist_version(setlist.id, 'update');
  if setlist.visibility = 'private' and not was_private then
    perform private.end_lost_watches('setlist', setlist.id);
  end if;
  return private.setlist_json(setlist, false);
end
$$;

create function public.change_setlist(setlist_id uuid, steps jsonb, expected_version integer default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.change_setlist(setlist_id, steps, expected_version)
$$;
comment on function public.change_setlist is
  'Changes a setlist by steps (fields, add, entry, move, remove), all or none, for those who may edit; answers it. With a version only if it still is at that version.';

create function private.add_version_of_handed_setlist()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.add_setlist_version(new.id, 'transfer');
  return null;
end
$$;
comment on function private.add_version_of_handed_setlist is 'Trigger: another owner is another version.';

create trigger setlists_add_version_of_transfer
after update of created_by on public.setlists
for each row
when (old.created_by <> new.created_by)
execute function private.add_version_of_handed_setlist();

revoke execute on function
  private.hold_songs(uuid[]),
  private.check_step(jsonb, text),
  private.add_entries(uuid, jsonb, uuid, text),
  private.move_entry(uuid, uuid, uuid),
  private.take_step(public.setlists, jsonb, text),
  private.add_setlist_version(uuid, text),
  private.add_version_of_handed_setlist(),
  private.change_setlist(uuid, jsonb, integer),
  public.change_setlist(uuid, jsonb, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.change_setlist(uuid, jsonb, integer),
  public.change_setlist(uuid, jsonb, integer)
to authenticated;
