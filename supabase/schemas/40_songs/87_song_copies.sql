-- Copies of songs, and where they came from.

create table private.song_origins (
  song_id uuid primary key references public.songs (id) on delete cascade,
  origin_id uuid references public.songs (id) on delete set null,
  title text not null,
  version integer not null,
  owner_id uuid not null references public.profiles (id),
  copied_at timestamptz not null default clock_timestamp()
);
comment on table private.song_origins is 'Of a copy: the song that was copied, its title, version and owner at that time. Only the owner of the copy reads it.';
comment on column private.song_origins.origin_id is 'Null when that song was removed for good.';

create index song_origins_origin_id_idx on private.song_origins (origin_id);
create index song_origins_owner_id_idx on private.song_origins (owner_id);

create function private.copy_song(song_id uuid, new_id uuid, title text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  source public.songs;
  fields jsonb;
  had boolean;
  made public.songs;
begin
  new_id := coalesce(new_id, gen_random_uuid());
  select s.* into source from public.songs s where s.id = song_id;
  if not private.can_see_song(song_id) then
    perform private.raise_song_not_found('copy');
  end if;
  had := private.has_song(caller, new_id::text);
  -- What follows the text of the song follows that of the copy.
  select jsonb_object_agg(f.key, f.value) into fields
  from jsonb_each(private.song_fields(source)) as f
  where f.value <> 'null'
    and f.key <> all (source.derived_fields)
    and f.key = any ('{title,artist,album,content,key,tempo,time_signature,capo_fret,genre,style,language,year,duration_seconds,difficulty_level,source_url,metadata}'::text[]);
  fields := fields || jsonb_build_object('id', new_id, 'source_type', 'copy') || case when title is null then '{}' else jsonb_build_object('title', title) end;
  select c.* into made from private.create_song(fields) c;
  if had and not exists (select from private.song_origins o where o.song_id = made.id and o.origin_id = source.id) then
    perform private.raise_error('invalid_input', 'unable to copy the song; the new id belongs to another song', 'Make a new UUID for each copy.',
      '{"field": "id"}');
  end if;
  -- A song that is removed for good at this moment is waited for.
  perform private.hold_songs(array[source.id]);
  insert into private.song_origins (song_id, origin_id, title, version, owner_id)
  values (made.id, (select s.id from public.songs s where s.id = source.id), source.title, source.version, source.created_by)
  on conflict on constraint song_origins_pkey do nothing;
  return private.song_json(made);
end
$$;

create function public.copy_song(song_id uuid, new_id uuid default null, title text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.copy_song(song_id, new_id, title)
$$;
comment on function public.copy_song is
  'Copies a song that the caller may see into a private one of the caller''s own, and keeps where it came from; the same new id again answers the same copy.';

create function private.get_song_origin(song_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  mine text := private.role_in('song', song_id);
begin
  perform private.require_user();
  perform private.require_role('song', true, mine, 'read the origin of', '{owner}');
  return (
    select jsonb_build_object('song_id', case when private.can_see_song(o.origin_id) then o.origin_id end, 'title', o.title, 'version', o.version,
      -- A copy shows no profile that its owner does not see.
      'owner', private.person_json(o.owner_id) || case when private.can_see_profile(o.owner_id) then '{}'::jsonb
        else '{"handle": null, "display_name": ""}' end, 'copied_at', o.copied_at)
    from private.song_origins o
    where o.song_id = song_id
  );
end
$$;

create function public.get_song_origin(song_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_song_origin(song_id)
$$;
comment on function public.get_song_origin is
  'For the owner of a copy: the song that it is a copy of, with its title, version and owner at that time; null for a song that is no copy.';

create view private.exported_song_origins as
select o.song_id, o.title, o.version, o.copied_at, s.created_by as user_id
from private.song_origins o
join public.songs s on s.id = o.song_id;
comment on view private.exported_song_origins is 'What an account takes along of where its copies came from.';

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.exported_song_origins', 29, 'user_id', 't.song_id', null, '{user_id}');

revoke all on private.song_origins, private.exported_song_origins from public, anon, authenticated, service_role;
revoke execute on function
  private.copy_song(uuid, uuid, text),
  public.copy_song(uuid, uuid, text),
  private.get_song_origin(uuid),
  public.get_song_origin(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.copy_song(uuid, uuid, text),
  public.copy_song(uuid, uuid, text),
  private.get_song_origin(uuid),
  public.get_song_origin(uuid)
to authenticated;
