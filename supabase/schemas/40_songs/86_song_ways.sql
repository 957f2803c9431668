-- A user's own way of a song: key, capo, note and size of the text. The song stays as it is, and other users do not see it.

create table public.song_ways (
  user_id uuid not null references public.profiles (id) on delete cascade,
  song_id uuid not null references public.songs (id) on delete cascade,
  key text,
  capo integer,
  note text,
  font_size integer,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (user_id, song_id),
  constraint song_ways_key_check check (key ~ '^[A-G][#b]?m?$'),
  constraint song_ways_capo_check check (capo between 0 and 24),
  constraint song_ways_note_check check (char_length(note) between 1 and 2000),
  constraint song_ways_font_size_check check (font_size between 6 and 72)
);
comment on table public.song_ways is
  'How a user plays a song; other users do not see it. It stays without access to the song, and shows again when access comes back.';
comment on column public.song_ways.font_size is 'Of the text, in the app''s own unit, such as points.';

create index song_ways_user_id_changed_at_song_id_idx on public.song_ways (user_id, changed_at desc, song_id desc);
create index song_ways_song_id_idx on public.song_ways (song_id);

create function private.way_json(way public.song_ways)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('song_id', way.song_id, 'key', way.key, 'capo', way.capo, 'note', way.note, 'font_size', way.font_size,
    'changed_at', way.changed_at);
end
$$;

create function private.check_way(changes jsonb)
returns public.song_ways
language plpgsql
stable
set search_path = ''
as $$
declare
  way public.song_ways;
  wrong text;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to set your way of the song; the changes are not an object', 'Pass an object.',
      '{"field": "changes"}');
  end if;
  select f.key into wrong
  from jsonb_each(changes) as f
  where not coalesce(f.value = 'null' and f.key in ('key', 'capo', 'note', 'font_size') or case f.key
    when 'key' then jsonb_typeof(f.value) = 'string' and f.value #>> '{}' ~ '^[A-G][#b]?m?$'
    when 'capo' then f.value::text ~ '^[0-9]{1,2}$' and f.value::integer <= 24
    when 'font_size' then f.value::text ~ '^[0-9]{1,2}$' and f.value::integer between 6 and 72
    when 'note' then jsonb_typeof(f.value) = 'string'
  end, false)
  limit 1;
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to set your way of the song; %s cannot be set to that', wrong),
      'Correct the named field.', jsonb_build_object('field', wrong));
  end if;
  way := jsonb_populate_record(null::public.song_ways, changes);
  way.note := case when way.note <> '' then private.check_text('lines', way.note, 2000, 'set your way of the song', 'note') end;
  return way;
end
$$;
comment on function private.check_way is 'The fields of a way as they are kept; raises invalid_input with the field at fault.';

create function private.set_song_way(song_id uuid, changes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  given public.song_ways := private.check_way(changes);
  way public.song_ways;
begin
  perform private.take_token(caller, 'song_way');
  perform private.hold_account();
  perform private.hold_songs(array[song_id]);
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to set your way of the song; there is none with that id that you see', 'Check the id.');
  end if;
  -- One statement: what two devices set at once is both kept.
  insert into public.song_ways as w (user_id, song_id, key, capo, note, font_size)
  values (caller, song_id, given.key, given.capo, given.note, given.font_size)
  on conflict on constraint song_ways_pkey do update
  set key = case when changes ? 'key' then excluded.key else w.key end,
    capo = case when changes ? 'capo' then excluded.capo else w.capo end,
    note = case when changes ? 'note' then excluded.note else w.note end,
    font_size = case when changes ? 'font_size' then excluded.font_size else w.font_size end,
    changed_at = clock_timestamp()
  returning w.* into way;
  if num_nonnulls(way.key, way.capo, way.note, way.font_size) = 0 then
    delete from public.song_ways w where w.user_id = caller and w.song_id = way.song_id;
    return null;
  end if;
  return private.way_json(way);
end
$$;

create function public.set_song_way(song_id uuid, changes jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_song_way(song_id, changes)
$$;
comment on function public.set_song_way is
  'Sets the named ones of key, capo, note and font_size of the caller''s own way of a song that the caller sees; answers it, or null when nothing is left of it.';

create function private.get_song_ways(song_ids uuid[])
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  if song_ids is null or cardinality(song_ids) > 200 then
    perform private.raise_error('invalid_input', 'unable to get your ways of songs; it takes at most 200 ids', 'Ask in several parts.',
      '{"field": "songIds"}');
  end if;
  return query
    select private.way_json(w)
    from public.song_ways w
    where w.user_id = caller and w.song_id = any (song_ids) and private.can_see_song(w.song_id)
    order by w.song_id;
end
$$;

create function public.get_song_ways(song_ids uuid[])
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.get_song_ways(song_ids)
$$;
comment on function public.get_song_ways is 'The caller''s own ways of at most 200 songs, of those that the caller may still see.';

create function private.list_song_ways(page_size integer, before_changed_at timestamptz, before_song_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list your ways of songs', page_size, 200, 1);
  return query
    select private.way_json(w) || jsonb_build_object('song', to_jsonb(s))
    from public.song_ways w
    join private.visible_summaries s on s.id = w.song_id
    where w.user_id = caller and (w.changed_at, w.song_id) < (before_changed_at, before_song_id)
    order by w.changed_at desc, w.song_id desc
    limit page_size;
end
$$;

create function public.list_song_ways(
  page_size integer default 50,
  before_changed_at timestamptz default 'infinity',
  before_song_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_song_ways(page_size, before_changed_at, before_song_id)
$$;
comment on function public.list_song_ways is
  'The caller''s own ways of songs that the caller may still see, each with its song, the last changed first; a page of at most 201.';

create function private.delete_ways_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.song_ways w where w.user_id = new.id;
  return null;
end
$$;
comment on function private.delete_ways_of_deleted_profile is 'Trigger: a person''s own ways of songs go with the account.';

create trigger profiles_delete_song_ways
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_ways_of_deleted_profile();

alter table public.song_ways enable row level security;

create policy "People see their own ways of songs"
on public.song_ways
for select
to authenticated
using (user_id = (select auth.uid()));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.song_ways', 28, 'user_id', 't.song_id', null, '{}');

revoke all on public.song_ways from public, anon, authenticated, service_role;
grant select on public.song_ways to service_role;
revoke execute on function
  private.way_json(public.song_ways),
  private.check_way(jsonb),
  private.delete_ways_of_deleted_profile(),
  private.set_song_way(uuid, jsonb),
  public.set_song_way(uuid, jsonb),
  private.get_song_ways(uuid[]),
  public.get_song_ways(uuid[]),
  private.list_song_ways(integer, timestamptz, uuid),
  public.list_song_ways(integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.set_song_way(uuid, jsonb),
  public.set_song_way(uuid, jsonb),
  private.get_song_ways(uuid[]),
  public.get_song_ways(uuid[]),
  private.list_song_ways(integer, timestamptz, uuid),
  public.list_song_ways(integer, timestamptz, uuid)
to authenticated;
