-- Adding a comment.

create function private.quote_line(content text, line integer)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  lines constant text[] := string_to_array(regexp_replace(content, E'\\r\\n?', E'\n', 'g'), E'\n');
begin
  if line not between 1 and cardinality(lines) then
    perform private.raise_error('invalid_input', 'unable to add the comment; the song has no such line', 'Pass a line of its content, from 1.',
      '{"field": "line"}');
  end if;
  return private.cut_text(lines[line], 500);
end
$$;
comment on function private.quote_line is 'What a line says, at most its first 500 characters; raises invalid_input when the text has no such line.';

create function private.add_comment(song_id uuid, comment_id uuid, content text, line integer, reply_to uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  kept text := private.check_text('lines', content, 2000, 'add the comment', 'content');
  target private.targets;
  head private.comment_heads;
  first_one private.song_comments;
  added private.song_comments;
begin
  if comment_id is null or song_id is null then
    perform private.raise_error('invalid_input', 'unable to add the comment; it has no id', 'Make a UUID per comment and keep it when you retry.',
      jsonb_build_object('field', case when song_id is null then 'song_id' else 'id' end));
  elsif line is not null and reply_to is not null then
    perform private.raise_error('invalid_input', 'unable to add the comment; a reply is about the line of its thread', 'Leave out line or replyTo.',
      '{"field": "line"}');
  end if;
  if not exists (select from private.song_comments c where c.id = comment_id) then
    perform private.take_token(caller, 'comment');
  end if;
  perform private.hold_account();
  target := private.hold_target('song', song_id, true);
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to add the comment; there is no song with that id that you see', 'Check the id.');
  end if;
  perform private.require_unblocked(caller, array[target.created_by],
    'unable to add the comment; you and the owner of the song have blocked each other, or one of you the other');

  insert into private.comment_heads (song_id) values (song_id) on conflict on constraint comment_heads_pkey do nothing;
  perform from private.comment_heads h where h.song_id = song_id for no key update;
  -- Under the lock: the same id again is the same comment.
  select c.* into added from private.song_comments c where c.id = comment_id;
  if found then
    if (added.song_id, added.author_id) is distinct from (song_id, caller) then
      perform private.raise_error('invalid_input', 'unable to add the comment; its id belongs to another comment', 'Make a new UUID for each comment.',
        '{"field": "id"}');
    elsif added.deleted_at is not null then
      perform private.raise_comment_not_found('add');
    end if;
    return private.comment_json(added, true);
  end if;

  if reply_to is not null then
    select c.* into first_one from private.song_comments c where c.id = reply_to and c.song_id = song_id and c.deleted_at is null;
    if not found then
      perform private.raise_error('comment_not_found', 'unable to add the comment; what it replies to is not among the comments of the song',
        'Reply to a comment of the same song.', '{"field": "reply_to"}');
    end if;
    perform private.require_unblocked(caller, array[first_one.author_id], 'unable to add the comment; you or the other user blocked the other');
  end if;
  head := private.next_comment_revision(song_id, 1);
  if head.comment_count > private.at_most('song_comments') then
    perform private.raise_error('too_many_comments', format('unable to add the comment; the song has %s', private.at_most('song_comments')),
      'Delete some first.');
  end if;
  insert into private.song_comments (id, song_id, author_id, reply_to, line, quote, content, song_version, revision)
  select comment_id, song_id, caller, coalesce(first_one.reply_to, first_one.id), line, case when line is not null then private.quote_line(s.content, line) end,
    kept, s.version, head.revision
  from public.songs s
  where s.id = song_id
  on conflict (id) do nothing
  returning * into added;
  if added.id is null then
    -- The same id at the same moment on another song, whose lock is not ours.
    perform private.raise_error('invalid_input', 'unable to add the comment; its id belongs to another comment', 'Make a new UUID for each comment.',
      '{"field": "id"}');
  end if;
  perform private.tell_commenters(song_id, head.revision);
  perform private.notify_of_comment(added, target);
  return private.comment_json(added, true);
end
$$;

create function public.add_comment(song_id uuid, comment_id uuid, content text, line integer default null, reply_to uuid default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.add_comment(song_id, comment_id, content, line, reply_to)
$$;
comment on function public.add_comment is
  'Adds a comment to a song that the caller sees, to a line of it or to another comment; the same id again answers the same comment.';

revoke execute on function
  private.quote_line(text, integer),
  private.add_comment(uuid, uuid, text, integer, uuid),
  public.add_comment(uuid, uuid, text, integer, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.add_comment(uuid, uuid, text, integer, uuid),
  public.add_comment(uuid, uuid, text, integer, uuid)
to authenticated;
