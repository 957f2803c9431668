-- How often a user has played a song, for the user alone. What others view and play is counted by analytics, without users.

create table private.song_plays (
  user_id uuid not null references public.profiles (id) on delete cascade,
  song_id uuid not null references public.songs (id) on delete cascade,
  play_count integer not null default 1,
  last_played_at timestamptz not null default clock_timestamp(),
  primary key (user_id, song_id),
  constraint song_plays_play_count_check check (play_count >= 1)
);
comment on table private.song_plays is 'How often and when last a user played a song, as the app says; other users do not see it.';

create index song_plays_song_id_idx on private.song_plays (song_id);

create function private.record_song_play(song_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  play private.song_plays;
begin
  perform private.take_token(caller, 'song_play');
  perform private.hold_account();
  perform private.hold_songs(array[song_id]);
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to record the play; there is no song with that id that you see', 'Check the id.');
  end if;
  -- A retry, and a page that is opened again at once, are the same play.
  insert into private.song_plays as p (user_id, song_id)
  values (caller, song_id)
  on conflict on constraint song_plays_pkey do update
  set play_count = p.play_count + 1, last_played_at = clock_timestamp()
  where p.last_played_at <= clock_timestamp() - interval '1 minute';
  select p.* into play from private.song_plays p where p.user_id = caller and p.song_id = song_id;
  return jsonb_build_object('play_count', play.play_count, 'last_played_at', play.last_played_at);
end
$$;

create function public.record_song_play(song_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.record_song_play(song_id)
$$;
comment on function public.record_song_play is
  'Counts that the caller played a song, for the caller''s own lists; again within a minute is the same play. Answers how often, and when last.';

create function private.delete_plays_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from private.song_plays p where p.user_id = new.id;
  return null;
end
$$;
comment on function private.delete_plays_of_deleted_profile is 'Trigger: what a person played goes with the account.';

create trigger profiles_delete_song_plays
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_plays_of_deleted_profile();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.song_plays', 35, 'user_id', 't.song_id', null, '{}');

revoke all on private.song_plays from public, anon, authenticated, service_role;
revoke execute on function
  private.record_song_play(uuid),
  public.record_song_play(uuid),
  private.delete_plays_of_deleted_profile()
from public, anon, authenticated, service_role;
grant execute on function
  private.record_song_play(uuid),
  public.record_song_play(uuid)
to authenticated;
