-- Editing, resolving, deleting and listing comments.

create function private.hold_comment(comment_id uuid, operation text, with_lost boolean)
returns private.song_comments
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  of_song uuid;
  found_comment private.song_comments;
begin
  select c.song_id into of_song from private.song_comments c where c.id = comment_id;
  perform private.hold_target('song', of_song, true);
  perform from private.comment_heads h where h.song_id = of_song for no key update;
  -- Under the lock, as it is now.
  select c.* into found_comment from private.song_comments c where c.id = comment_id and c.deleted_at is null;
  if found_comment.id is null or not (private.can_see_song(of_song) or (with_lost and found_comment.author_id = auth.uid())) then
    perform private.raise_comment_not_found(operation);
  end if;
  return found_comment;
end
$$;
comment on function private.hold_comment is
  'A comment that the caller sees, with the head of its song locked; with_lost also one of the caller''s own on a song that the caller has lost.';

create function private.edit_comment(comment_id uuid, content text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  kept text := private.check_text('lines', content, 2000, 'edit the comment', 'content');
  edited private.song_comments;
begin
  perform private.take_token(caller, 'comment');
  perform private.hold_account();
  edited := private.hold_comment(comment_id, 'edit', false);
  if edited.author_id <> caller then
    perform private.raise_error('forbidden', 'unable to edit the comment; another user wrote it', 'Reply to it.');
  end if;
  if edited.content <> kept then
    update private.song_comments c
    set content = kept, edited_at = clock_timestamp(), revision = (private.next_comment_revision(edited.song_id, 0)).revision
    where c.id = edited.id
    returning c.* into edited;
    perform private.tell_commenters(edited.song_id, edited.revision);
  end if;
  return private.comment_json(edited, true);
end
$$;

create function private.resolve_comment(comment_id uuid, resolved boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  thread private.song_comments;
begin
  perform private.take_token(caller, 'comment');
  perform private.hold_account();
  thread := private.hold_comment(comment_id, 'resolve', false);
  if thread.reply_to is not null then
    perform private.raise_error('invalid_input', 'unable to resolve the comment; it is a reply', 'Resolve the first comment of the thread.',
      '{"field": "comment_id"}');
  elsif thread.author_id <> caller and not private.may_edit_song(thread.song_id) then
    perform private.raise_error('forbidden', 'unable to resolve the comment; its author does, and those who may edit the song', 'Ask one of them.');
  end if;
  if (thread.resolved_at is not null) <> coalesce(resolved, true) then
    update private.song_comments c
    set
      resolved_at = case when coalesce(resolved, true) then clock_timestamp() end,
      resolved_by = case when coalesce(resolved, true) then caller end,
      revision = (private.next_comment_revision(thread.song_id, 0)).revision
    where c.id = thread.id
    returning c.* into thread;
    perform private.tell_commenters(thread.song_id, thread.revision);
  end if;
  return private.comment_json(thread, true);
end
$$;

create function private.empty_comment(comment_id uuid, song_id uuid)
returns bigint
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  head private.comment_heads := private.next_comment_revision(song_id, -1);
begin
  update private.song_comments c
  set content = '', quote = case when c.line is not null then '' end, deleted_at = clock_timestamp(), revision = head.revision
  where c.id = comment_id;
  return head.revision;
end
$$;
comment on function private.empty_comment is 'Deletes a comment; what remains says that there was one.';

create function private.delete_comment(comment_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  gone private.song_comments;
begin
  -- Deleted already: a retry is a success for whoever could have deleted it.
  if exists (
    select
    from private.song_comments c
    where c.id = comment_id and c.deleted_at is not null
      and (c.author_id = caller or private.role_in('song', c.song_id) in ('owner', 'admin') or private.is_moderator())
  ) then
    return;
  end if;
  if private.is_moderator() then
    -- A report shows what the song no longer does.
    perform from private.comment_heads h
    where h.song_id = (select c.song_id from private.song_comments c where c.id = comment_id) for no key update;
    select c.* into gone from private.song_comments c where c.id = comment_id and c.deleted_at is null;
    if gone.id is null then
      perform private.raise_comment_not_found('delete');
    end if;
  else
    gone := private.hold_comment(comment_id, 'delete', true);
    if gone.author_id <> caller and private.role_in('song', gone.song_id) is distinct from 'owner' and private.role_in('song', gone.song_id) is distinct from 'admin' then
      perform private.raise_error('forbidden', 'unable to delete the comment; another user wrote it', 'Ask the owner of the song, or report it.');
    end if;
  end if;
  perform private.tell_commenters(gone.song_id, private.empty_comment(gone.id, gone.song_id));
end
$$;

create function private.list_comments(song_id uuid, page_size integer, after_created_at timestamptz, after_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_account();
  has_role constant boolean := private.role_in('song', song_id) is not null;
begin
  perform private.check_page_size('list the comments', page_size, 200, 1);
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to list the comments; there is no song with that id that you see', 'Check the id.');
  end if;
  return query
    select private.comment_json(c, has_role or c.author_id = caller)
    from private.song_comments c
    where c.song_id = song_id and (after_id is null or (c.created_at, c.id) > (after_created_at, after_id))
      -- A deleted one holds its replies together.
      and (c.deleted_at is null or exists (select from private.song_comments r where r.reply_to = c.id and r.deleted_at is null))
    order by c.created_at, c.id
    limit page_size;
end
$$;

create function public.edit_comment(comment_id uuid, content text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.edit_comment(comment_id, content)
$$;
comment on function public.edit_comment is 'Changes the words of a comment of the caller.';

create function public.resolve_comment(comment_id uuid, resolved boolean default true)
returns jsonb
language sql
set search_path = ''
as $$
  select private.resolve_comment(comment_id, resolved)
$$;
comment on function public.resolve_comment is 'Marks a thread of comments as done, or as open again: for its author and for those who may edit the song.';

create function public.delete_comment(comment_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.delete_comment(comment_id)
$$;
comment on function public.delete_comment is
  'Deletes a comment: for its author, also after losing the song, for owner and admins of the song, and for moderators. Again does nothing.';

create function public.list_comments(
  song_id uuid, page_size integer default 50, after_created_at timestamptz default null, after_id uuid default null
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_comments(song_id, page_size, after_created_at, after_id)
$$;
comment on function public.list_comments is 'The comments of a song that the caller sees, the oldest first; a page of at most 201.';

revoke execute on function
  private.hold_comment(uuid, text, boolean),
  private.edit_comment(uuid, text),
  private.resolve_comment(uuid, boolean),
  private.empty_comment(uuid, uuid),
  private.delete_comment(uuid),
  private.list_comments(uuid, integer, timestamptz, uuid),
  public.edit_comment(uuid, text),
  public.resolve_comment(uuid, boolean),
  public.delete_comment(uuid),
  public.list_comments(uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.edit_comment(uuid, text),
  private.resolve_comment(uuid, boolean),
  private.delete_comment(uuid),
  private.list_comments(uuid, integer, timestamptz, uuid),
  public.edit_comment(uuid, text),
  public.resolve_comment(uuid, boolean),
  public.delete_comment(uuid),
  public.list_comments(uuid, integer, timestamptz, uuid)
to authenticated;
