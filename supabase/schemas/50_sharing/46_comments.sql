-- Comments on songs and on lines of them.
--
-- Whoever sees a song reads its comments and writes some. Nobody reads the tables: who has lost the song reads nothing at the next call.
-- Each change of a comment takes the song's next revision under the lock of its head, so a client asks for what changed since one.

create table private.comment_heads (
  song_id uuid primary key references public.songs (id) on delete cascade,
  revision bigint not null default 0,
  pruned_revision bigint not null default 0,
  comment_count integer not null default 0
);
comment on table private.comment_heads is 'The songs that have comments: their last revision, and how many comments are not deleted.';
comment on column private.comment_heads.pruned_revision is 'The last revision of a deleted comment that is gone: whoever knows less reads all comments again.';

create table private.song_comments (
  id uuid primary key,
  song_id uuid not null references public.songs (id) on delete cascade,
  author_id uuid not null references public.profiles (id),
  reply_to uuid references private.song_comments (id) on delete cascade,
  line integer,
  quote text,
  content text not null,
  song_version integer not null,
  revision bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  edited_at timestamptz,
  resolved_at timestamptz,
  resolved_by uuid references public.profiles (id),
  deleted_at timestamptz,
  constraint song_comments_content_check check ((char_length(content) between 1 and 2000) = (deleted_at is null)),
  constraint song_comments_line_check check (line >= 1 and (line is null) = (quote is null)),
  constraint song_comments_quote_check check (char_length(quote) <= 500),
  -- A reply is about what its first comment is about, and is resolved with it.
  constraint song_comments_reply_check check (reply_to is null or (line is null and resolved_at is null)),
  constraint song_comments_resolved_check check ((resolved_at is null) = (resolved_by is null))
);
comment on table private.song_comments is 'Comments on songs. A deleted one stays without its words for a while, so that clients hear of it.';
comment on column private.song_comments.reply_to is 'The first comment of the thread; null for a first one.';
comment on column private.song_comments.line is 'The line of the content that it is about, from 1, as it was in song_version.';
comment on column private.song_comments.quote is 'What that line said then: by it the line is found again after a change.';

create unique index song_comments_song_id_revision_key on private.song_comments (song_id, revision);
create index song_comments_song_id_created_at_id_idx on private.song_comments (song_id, created_at, id);
create index song_comments_author_id_idx on private.song_comments (author_id);
create index song_comments_reply_to_idx on private.song_comments (reply_to);
create index song_comments_resolved_by_idx on private.song_comments (resolved_by);
create index song_comments_deleted_at_idx on private.song_comments (deleted_at) where deleted_at is not null;

create table private.comment_watchers (
  song_id uuid not null references public.songs (id) on delete cascade,
  user_id uuid not null references public.profiles (id) on delete cascade,
  watches_until timestamptz not null,
  primary key (song_id, user_id)
);
comment on table private.comment_watchers is 'Who has the comments of a song open; renewed by the client. A user without a role can have them open too, if the song is public.';

create index comment_watchers_user_id_idx on private.comment_watchers (user_id);
create index comment_watchers_watches_until_idx on private.comment_watchers (watches_until);

create function private.raise_comment_not_found(operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('comment_not_found', format('unable to %s the comment; there is none with that id that you see', operation),
    'Check the id; it may have been deleted.');
end
$$;

create function private.user_sees_song(song_id uuid, person uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select
    from public.songs s
    where s.id = user_sees_song.song_id and s.deleted_at is null
      and (s.visibility = 'public' or private.role_of('song', s.id, person) is not null)
  );
end
$$;
comment on function private.user_sees_song is 'Whether a user, not only the caller, sees a song now.';

create function private.comment_json(comment private.song_comments, has_role boolean)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', comment.id, 'song_id', comment.song_id, 'reply_to', comment.reply_to, 'line', comment.line, 'quote', comment.quote,
    'content', comment.content, 'song_version', comment.song_version, 'created_at', comment.created_at, 'edited_at', comment.edited_at,
    'resolved_at', comment.resolved_at, 'deleted_at', comment.deleted_at,
    'author', case when comment.deleted_at is null then (
      select private.person_json(p.id) from public.profiles p
      where p.id = comment.author_id and (has_role or private.can_see_profile(p.id))
    ) end,
    'resolved_by', (
      select private.person_json(p.id) from public.profiles p
      where p.id = comment.resolved_by and (has_role or private.can_see_profile(p.id))
    ));
end
$$;
comment on function private.comment_json is
  'A comment as the caller reads it. A deleted one has neither words nor an author; a user whose profile the caller does not see has a name only for those with a role in the song.';

create function private.tell_commenters(song_id uuid, revision bigint)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Recipients are chosen here, in the transaction of the change; the words do not travel.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || w.user_id, 'broadcast', 'comments', jsonb_build_object('song_id', tell_commenters.song_id, 'revision', tell_commenters.revision), true
  from private.comment_watchers w
  where w.song_id = tell_commenters.song_id and w.watches_until > clock_timestamp()
    and private.user_sees_song(w.song_id, w.user_id)
  order by w.watches_until desc
  limit 256;
exception when others then
  raise warning 'unable to deliver a comment of song %; %', song_id, sqlerrm;
end
$$;
comment on function private.tell_commenters is 'Tells those who have the comments of a song open, and see it now, that one changed.';

create function private.next_comment_revision(song_id uuid, change integer)
returns private.comment_heads
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  head private.comment_heads;
begin
  update private.comment_heads h
  set revision = h.revision + 1, comment_count = h.comment_count + change
  where h.song_id = song_id
  returning h.* into head;
  return head;
end
$$;
comment on function private.next_comment_revision is 'Takes the next revision of a song''s comments; its lock makes them one after the other.';

create function private.notify_of_comment(comment private.song_comments, target private.targets)
returns void
language plpgsql
set search_path = ''
as $$
declare
  person uuid;
begin
  for person in
    select distinct u.id
    from (
      select target.created_by as id
      union all
      (
        -- Those who wrote in the thread last.
        select c.author_id
        from private.song_comments c
        where comment.reply_to in (c.id, c.reply_to) and c.deleted_at is null
        order by c.revision desc
        limit 50
      )
    ) as u
    where u.id <> comment.author_id
    order by u.id
  loop
    if private.user_sees_song(comment.song_id, person) and not private.are_blocked(person, array[comment.author_id])
      and private.try_token(person, 'comment_notices')
    then
      perform private.notify(person, 'comment_added', target, comment.author_id, jsonb_build_object('subject_id', comment.id));
    end if;
  end loop;
end
$$;
comment on function private.notify_of_comment is 'Tells the owner of a song of a comment, and those in its thread.';

revoke all on private.comment_heads, private.song_comments, private.comment_watchers from public, anon, authenticated, service_role;
revoke execute on function
  private.raise_comment_not_found(text),
  private.user_sees_song(uuid, uuid),
  private.comment_json(private.song_comments, boolean),
  private.tell_commenters(uuid, bigint),
  private.next_comment_revision(uuid, integer),
  private.notify_of_comment(private.song_comments, private.targets)
from public, anon, authenticated, service_role;
