-- Comments as they come, and what happens to them with songs and accounts.

create function private.watch_comments(song_id uuid, known_revision bigint, reads_all boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  known bigint := coalesce(known_revision, 0);
  mine text;
  head private.comment_heads;
  answer jsonb;
begin
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to watch the comments; there is no song with that id that you see', 'Check the id.');
  end if;
  insert into private.comment_watchers as w (song_id, user_id, watches_until)
  values (song_id, caller, clock_timestamp() + interval '90 seconds')
  on conflict on constraint comment_watchers_pkey do update set watches_until = excluded.watches_until;
  mine := private.role_in('song', song_id);
  if mine is not null then
    -- So that the user hears at once of losing the song.
    perform private.renew_watch('song', song_id);
    mine := private.role_in('song', song_id);
  end if;
  -- Again, for this may have waited behind what took the song away.
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to watch the comments; there is no song with that id that you see', 'Check the id.');
  end if;
  select h.* into head from private.comment_heads h where h.song_id = song_id;
  -- Whoever reads all of them, page after page, has nothing to take away.
  reads_all := coalesce(reads_all, false);
  if (known < coalesce(head.pruned_revision, 0) and not reads_all) or known > coalesce(head.revision, 0) then
    known := 0;
  end if;
  reads_all := reads_all or known = 0;
  with changed as materialized (
    select c.*
    from private.song_comments c
    where c.song_id = song_id and c.revision > known and c.revision <= head.revision
      and (not reads_all or c.deleted_at is null or exists (select from private.song_comments r where r.reply_to = c.id and r.deleted_at is null))
    order by c.revision
    limit 200
  )
  select jsonb_build_object(
    'role', mine,
    'is_new', known = 0,
    'revision', case when count(*) < 200 then coalesce(head.revision, 0) else max(c.revision) end,
    'last_revision', coalesce(head.revision, 0),
    'comments', coalesce(jsonb_agg(private.comment_json(c, mine is not null or c.author_id = caller) order by c.revision), '[]'))
  into answer
  from changed c;
  return answer;
exception
  when foreign_key_violation then
    perform private.raise_error('song_not_found', 'unable to watch the comments; there is no song with that id that you see', 'Check the id.');
end
$$;

create function public.watch_comments(song_id uuid, known_revision bigint default null, reads_all boolean default false)
returns jsonb
language sql
set search_path = ''
as $$
  select private.watch_comments(song_id, known_revision, reads_all)
$$;
comment on function public.watch_comments is
  'For those who see a song: for 90 seconds from now on the caller hears of its comments. Answers those that changed since a revision, 200 at most; '
  'is_new: what the caller knew is too old, and these are the first of all. reads_all: the caller continues after such an answer.';

create function private.tell_of_lost_comments()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Whoever has no role is told by nothing else. The event says no more than that one should ask.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || w.user_id, 'broadcast', 'comments', jsonb_build_object('song_id', old.id), true
  from private.comment_watchers w
  where w.song_id = old.id and w.watches_until > clock_timestamp()
  order by w.watches_until desc
  limit 256;
  return case tg_op when 'DELETE' then old end;
exception when others then
  raise warning 'unable to tell who reads the comments of song %; %', old.id, sqlerrm;
  return case tg_op when 'DELETE' then old end;
end
$$;
comment on function private.tell_of_lost_comments is 'Trigger: a song is in the trash, back from it, gone, or seen by others than before: those who read its comments ask again.';

create function private.empty_comments_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  comment record;
begin
  -- Songs in the order of their ids, as every two accounts that go at once.
  for comment in
    select c.id, c.song_id from private.song_comments c where c.author_id = new.id and c.deleted_at is null order by c.song_id, c.revision
  loop
    perform private.tell_commenters(comment.song_id, private.empty_comment(comment.id, comment.song_id));
  end loop;
  delete from private.comment_watchers w where w.user_id = new.id;
  return null;
end
$$;
comment on function private.empty_comments_of_deleted_profile is 'Trigger: the comments of a deleted account say nothing; the answers of others stay.';

create function private.prune_deleted_comments(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  pruned bigint;
  ended bigint;
begin
  with gone as (
    delete from private.song_comments c
    where c.id in (
      select o.id
      from private.song_comments o
      where o.deleted_at < clock_timestamp() - greatest(keep, interval '1 day')
        and not exists (select from private.song_comments r where r.reply_to = o.id)
      order by o.deleted_at
      limit batch_size
      for update skip locked
    )
    returning c.song_id, c.revision
  ),
  told as (
    update private.comment_heads h
    set pruned_revision = greatest(h.pruned_revision, g.revision)
    from (select gone.song_id, max(gone.revision) as revision from gone group by gone.song_id) as g
    where h.song_id = g.song_id
  )
  select count(*) into pruned from gone;
  delete from private.comment_watchers w
  where (w.song_id, w.user_id) in (
    select o.song_id, o.user_id
    from private.comment_watchers o
    where o.watches_until < clock_timestamp() - interval '1 day'
    limit batch_size
    for update skip locked
  );
  get diagnostics ended = row_count;
  return (pruned + ended, case when pruned >= batch_size or ended >= batch_size then clock_timestamp()::text end);
end
$$;
comment on function private.prune_deleted_comments is 'Upkeep: removes a batch of what is left of deleted comments, and of who read comments a day ago.';

create trigger songs_tell_commenters
after update of visibility, deleted_at on public.songs
for each row
when (old.visibility is distinct from new.visibility or old.deleted_at is distinct from new.deleted_at)
execute function private.tell_of_lost_comments();

create trigger songs_tell_commenters_of_deletion
before delete on public.songs
for each row
execute function private.tell_of_lost_comments();

create trigger profiles_empty_comments
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.empty_comments_of_deleted_profile();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  -- The quote is another user's line.
  ('private.song_comments', 34, 'author_id', 't.id', array['id', 'song_id', 'reply_to', 'line', 'content', 'created_at', 'edited_at'], '{}');

revoke execute on function
  private.watch_comments(uuid, bigint, boolean),
  public.watch_comments(uuid, bigint, boolean),
  private.tell_of_lost_comments(),
  private.empty_comments_of_deleted_profile(),
  private.prune_deleted_comments(integer, interval, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.watch_comments(uuid, bigint, boolean),
  public.watch_comments(uuid, bigint, boolean)
to authenticated;
