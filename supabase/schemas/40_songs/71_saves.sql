-- Saves, also of a song at a version.

create function private.version_json(version public.song_history)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'version', version.version_number, 'change_type', version.change_type, 'change_summary', version.change_summary,
    'changed_fields', version.changed_fields, 'changed_by', private.person_json(version.changed_by), 'created_at', version.created_at);
end
$$;

create function private.song_version_json(version public.song_history)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return private.version_json(version) || (version.snapshot - 'derived_fields') || jsonb_build_object(
    'tags', (select coalesce(jsonb_agg(t.tag ->> 'label' order by t.n), '[]') from jsonb_array_elements(version.tags) with ordinality as t (tag, n)));
end
$$;
comment on function private.song_version_json is 'A version with every field and the labels of its tags.';

create function private.change_song(
  song_id uuid, changes jsonb, expected_version integer, summary text, out saved public.songs, out conflict jsonb
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  song public.songs;
begin
  changes := private.check_song_fields('update', changes);
  perform private.count_song_change(caller, changes ->> 'content');
  perform private.hold_account();
  if summary is not null then
    perform private.check_text('lines', summary, 500, 'update the song', 'summary');
  end if;
  song := private.lock_song(song_id, 'update', '{edit,admin,owner}');
  if song.version <> expected_version then
    -- An answer and not an error: the texts belong to the writer, not into a log.
    conflict := jsonb_build_object(
      'base', (
        select private.song_version_json(h) from public.song_history h where h.song_id = song.id and h.version_number = expected_version
      ),
      'theirs', private.song_json(song));
    return;
  end if;
  if song.created_by <> caller and changes ->> 'visibility' <> song.visibility then
    perform private.raise_error('forbidden', 'unable to update the song; who sees it is for the owner to say', 'Ask the owner.',
      '{"field": "visibility"}');
  end if;
  perform set_config('tertulia.change_summary', coalesce(summary, ''), true);
  saved := private.set_song_fields(song, changes, 'update');
  perform set_config('tertulia.change_summary', '', true);
end
$$;
comment on function private.change_song is 'The one save: of a song at a version, if one is expected; else answers that version and the song as it is.';

create function private.update_song(song_id uuid, changes jsonb)
returns setof public.songs
language plpgsql
security definer
set search_path = ''
as $$
declare
  song public.songs;
begin
  select (c.saved).* into song from private.change_song(song_id, changes, null, null) c;
  return next song;
end
$$;

create function public.update_song(song_id uuid, changes jsonb)
returns setof public.songs
language plpgsql
rows 1
set search_path = ''
as $$
begin
  return query select * from private.update_song(song_id, changes);
end
$$;
comment on function public.update_song is
  'Changes the named fields of a song that the caller may edit, all or none; only the owner changes who sees it. A field that the text can fill follows it again when set to null.';

create function private.save_song(song_id uuid, changes jsonb, expected_version integer, summary text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  outcome record;
begin
  select c.* into outcome from private.change_song(song_id, changes, expected_version, summary) c;
  if outcome.conflict is not null then
    return jsonb_build_object('conflict', outcome.conflict);
  end if;
  return jsonb_build_object('song', private.song_json(outcome.saved));
end
$$;

create function public.save_song(song_id uuid, changes jsonb, expected_version integer default null, summary text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.save_song(song_id, changes, expected_version, summary)
$$;
comment on function public.save_song is
  'Like update_song, if the song still is at a version: else answers that version and the song as it is, and changes nothing.';

revoke execute on function
  private.version_json(public.song_history),
  private.song_version_json(public.song_history),
  private.change_song(uuid, jsonb, integer, text),
  private.update_song(uuid, jsonb),
  public.update_song(uuid, jsonb),
  private.save_song(uuid, jsonb, integer, text),
  public.save_song(uuid, jsonb, integer, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.update_song(uuid, jsonb),
  public.update_song(uuid, jsonb),
  private.save_song(uuid, jsonb, integer, text),
  public.save_song(uuid, jsonb, integer, text)
to authenticated;
