-- Setlists: what they show, and the one function that changes them.

create table public.setlist_history (
  id uuid primary key default gen_random_uuid(),
  setlist_id uuid not null references public.setlists (id) on delete cascade,
  version_number integer not null,
  snapshot jsonb not null,
  change_type text not null,
  changed_by uuid references public.profiles (id),
  created_at timestamptz not null default clock_timestamp(),
  constraint setlist_history_setlist_id_version_number_key unique (setlist_id, version_number),
  constraint setlist_history_change_type_check check (change_type in ('create', 'update', 'restore', 'transfer'))
);
comment on table public.setlist_history is 'A setlist as it was after each change, its newest 100 versions.';
comment on column public.setlist_history.snapshot is 'Title, note and the rows of the entries in their order.';

create index setlist_history_changed_by_idx on public.setlist_history (changed_by);

create function private.can_see_setlist(setlist_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (select from public.setlists s where s.id = can_see_setlist.setlist_id and s.visibility = 'public')
    or private.role_in('setlist', setlist_id) is not null;
end
$$;
comment on function private.can_see_setlist is 'Whether the caller may see a setlist: a public one, or one with a role.';

create function private.entry_json(entry public.setlist_entries, song jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', entry.id, 'title', coalesce(song ->> 'title', entry.title), 'song_id', song -> 'id', 'song', song,
    'key', entry.key, 'capo', entry.capo, 'tempo', entry.tempo, 'note', entry.note);
end
$$;
comment on function private.entry_json is 'An entry with its song; without access to the song the title that its adder revealed, and no id.';

create function private.setlist_json(setlist public.setlists, with_texts boolean)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  entries jsonb;
begin
  -- A look-up of each song by its id: never a plan that reads many songs.
  if with_texts then
    select jsonb_agg(private.entry_json(e, v.song) order by e.position) into entries
    from public.setlist_entries e
    left join lateral (select to_jsonb(d) as song from private.visible_details d where d.id = e.song_id offset 0) as v on true
    where e.setlist_id = setlist.id;
  else
    select jsonb_agg(private.entry_json(e, v.song) order by e.position) into entries
    from public.setlist_entries e
    left join lateral (select to_jsonb(s) as song from private.visible_summaries s where s.id = e.song_id offset 0) as v on true
    where e.setlist_id = setlist.id;
  end if;
  return jsonb_build_object('id', setlist.id, 'title', setlist.title, 'note', setlist.note, 'visibility', setlist.visibility,
    'created_by', setlist.created_by, 'version', setlist.version, 'created_at', setlist.created_at, 'updated_at', setlist.updated_at,
    'entries', coalesce(entries, '[]'));
end
$$;
comment on function private.setlist_json is 'A setlist with its entries as the caller sees them.';

create function private.raise_setlist_not_found(operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('setlist_not_found', format('unable to %s the setlist; there is none with that id', operation), 'Check the id.');
end
$$;

create function private.check_entry(entry jsonb, operation text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  wrong text;
begin
  if jsonb_typeof(entry) is distinct from 'object' then
    perform private.raise_error('invalid_input', format('unable to %s; an entry is not an object', operation), 'Pass objects.', '{"field": "entries"}');
  end if;
  select f.key into wrong
  from jsonb_each(entry) as f
  where not coalesce(case f.key
    when 'song_id' then private.is_uuid(f.value #>> '{}')
    when 'key' then f.value = 'null' or (jsonb_typeof(f.value) = 'string' and f.value #>> '{}' ~ '^[A-G][#b]?m?$')
    when 'capo' then f.value = 'null' or (f.value::text ~ '^[0-9]{1,2}$' and f.value::integer <= 24)
    when 'tempo' then f.value = 'null' or (f.value::text ~ '^[0-9]{2,3}$' and f.value::integer between 30 and 300)
    when 'note' then f.value = 'null' or jsonb_typeof(f.value) = 'string'
  end, false)
  limit 1;
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to %s; %s of an entry cannot be set to that', operation, wrong),
      'Correct the named field.', jsonb_build_object('field', wrong));
  end if;
  if entry ->> 'note' <> '' then
    return entry || jsonb_build_object('note', private.check_text('lines', entry ->> 'note', 500, operation, 'note'));
  end if;
  return case when entry ? 'note' then entry || '{"note": null}' else entry end;
end
$$;
comment on function private.check_entry is 'The fields of an entry as they are kept; raises invalid_input with the field at fault.';

create function private.set_setlist_fields(setlist public.setlists, fields jsonb, operation text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  wrong text;
begin
  select f.key into wrong
  from jsonb_each(fields) as f
  where not coalesce(case f.key
    when 'title' then jsonb_typeof(f.value) = 'string'
    when 'note' then jsonb_typeof(f.value) in ('string', 'null')
    when 'visibility' then f.value #>> '{}' in ('private', 'shared', 'public')
  end, false)
  limit 1;
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to %s; %s cannot be set to that', operation, wrong), 'Correct the named field.',
      jsonb_build_object('field', wrong));
  end if;
  if setlist.created_by <> auth.uid() and fields ->> 'visibility' <> setlist.visibility then
    perform private.raise_error('forbidden', format('unable to %s; who sees it is for the owner to say', operation), 'Ask the owner.',
      '{"field": "visibility"}');
  end if;
  update public.setlists s
  set title = case when fields ? 'title' then private.check_text('name', fields ->> 'title', 255, operation, 'title') else s.title end,
    note = case
      when fields ->> 'note' <> '' then private.check_text('lines', fields ->> 'note', 2000, operation, 'note')
      when not fields ? 'note' then s.note
    end,
    visibility = coalesce(fields ->> 'visibility', s.visibility)
  where s.id = setlist.id;
end
$$;

alter table public.setlist_history enable row level security;

create policy "People see public setlists, their own and shared ones"
on public.setlists
for select
to authenticated
using (visibility = 'public' or created_by = (select auth.uid()) or private.can_see_setlist(id));

create policy "People see the entries of setlists that they see"
on public.setlist_entries
for select
to authenticated
using (private.can_see_setlist(setlist_id));

create policy "Editors see the history of a setlist"
on public.setlist_history
for select
to authenticated
using (private.role_in('setlist', setlist_id) in ('edit', 'admin', 'owner'));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  -- What others wrote into the same setlist is theirs.
  ('public.setlist_history', 27, 'changed_by', 't.id', array['id', 'setlist_id', 'version_number', 'change_type', 'created_at'], '{}');

revoke all on public.setlist_history from public, anon, authenticated, service_role;
grant select on public.setlist_history to service_role;
revoke execute on function
  private.can_see_setlist(uuid),
  private.entry_json(public.setlist_entries, jsonb),
  private.setlist_json(public.setlists, boolean),
  private.raise_setlist_not_found(text),
  private.check_entry(jsonb, text),
  private.set_setlist_fields(public.setlists, jsonb, text)
from public, anon, authenticated, service_role;
grant execute on function private.can_see_setlist(uuid) to authenticated;
