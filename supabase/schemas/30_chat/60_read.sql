-- Reads and synchronises messages.

create function private.list_messages(conversation_id uuid, before_seq bigint, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  visible_from bigint := private.visible_from(conversation_id);
begin
  perform private.check_page_size('list messages', page_size, 200);
  perform private.require_participant(conversation_id);
  return coalesce((
    select jsonb_agg(private.as_seen(private.message_json(m), visible_from) order by m.seq desc)
    from (
      select *
      from public.messages
      where messages.conversation_id = list_messages.conversation_id
        and messages.seq < coalesce(before_seq, 9223372036854775807) and messages.seq >= visible_from
      order by messages.seq desc
      limit page_size
    ) m
  ), '[]');
end
$$;

create function private.list_messages_around(conversation_id uuid, seq bigint, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  head bigint;
  newest bigint;
  visible_from bigint := private.visible_from(conversation_id);
begin
  perform private.check_page_size('list messages', page_size, 200);
  perform private.require_participant(conversation_id);
  if seq is null or seq < 1 then
    perform private.raise_error('invalid_input', 'unable to list messages; positions begin with 1', 'Pass the position of a message.',
      '{"field": "seq"}');
  end if;
  select c.last_seq into head from public.conversations c where c.id = conversation_id;
  -- Positions have no gap: the page is a range of them, whole also at either end.
  newest := least(head, greatest(least(seq, head) + page_size / 2, visible_from - 1 + page_size));
  return coalesce((
    select jsonb_agg(private.as_seen(private.message_json(m), visible_from) order by m.seq desc)
    from public.messages m
    where m.conversation_id = list_messages_around.conversation_id and m.seq > newest - page_size and m.seq <= newest
      and m.seq >= visible_from
  ), '[]');
end
$$;

create function private.find_message(conversation_id uuid, message_id uuid)
returns bigint
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  place bigint;
begin
  perform private.require_participant(conversation_id);
  select m.seq into place from public.messages m where m.id = message_id and m.conversation_id = find_message.conversation_id
    and private.sees_message(m.conversation_id, m.seq);
  if place is null then
    perform private.raise_error('message_not_found', 'unable to find the message; there is none in the conversation', 'Check the id.',
      '{"field": "messageId"}');
  end if;
  return place;
end
$$;

create function private.sync_conversation(conversation_id uuid, since_revision bigint, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  head public.conversations;
  anew boolean;
  visible_from bigint := private.visible_from(conversation_id);
begin
  perform private.require_participant(conversation_id);
  perform private.check_page_size('list messages', page_size, 200);
  -- Stable: every query below sees the caller's one snapshot, so head and rows belong together.
  select * into head from public.conversations c where c.id = conversation_id;
  anew := since_revision is null or since_revision > head.last_revision or head.last_revision - since_revision > 1000
    or (
      -- Bounded in bytes too: a slow line could never catch up with what one answer must bring whole.
      select coalesce(sum(octet_length(m.content) + octet_length(m.metadata::text)), 0) > 1000000
      from public.messages m
      where m.conversation_id = sync_conversation.conversation_id and m.revision > since_revision
    )
    -- A user who left and came back does not see what was said between: what their client has and what follows do not touch.
    or (visible_from > 1 and exists (
      select
      from public.conversation_participants p
      where p.conversation_id = sync_conversation.conversation_id and p.user_id = caller and p.revision > since_revision
    ));

  return jsonb_build_object(
    'format', 1,
    'anew', anew,
    'conversation', case when anew then private.conversation_json(conversation_id) else private.conversation_head(head) || private.deleted_unread(head, caller) end,
    'people', case when anew then '[]' else private.people_json(conversation_id, since_revision, caller) end,
    'marks', (
      select coalesce(jsonb_object_agg(p.user_id, case when p.user_id = caller then p.last_read_seq else p.receipt_seq end), '{}')
      from public.conversation_participants p
      where p.conversation_id = sync_conversation.conversation_id and (p.left_at is null or head.kind = 'direct')
    ),
    'live_key', head.live_key,
    'me', (
      select jsonb_build_object('role', p.role, 'last_read_seq', p.last_read_seq, 'muted', p.muted, 'pinned', p.pinned,
        'archived', p.archived)
      from public.conversation_participants p
      where p.conversation_id = sync_conversation.conversation_id and p.user_id = caller
    ),
    'messages', case
      when anew then private.list_messages(conversation_id, null, page_size)
      else coalesce((
        select jsonb_agg(private.as_seen(private.message_json(m), visible_from) order by m.revision)
        from public.messages m
        where m.conversation_id = sync_conversation.conversation_id and m.revision > since_revision and m.seq >= visible_from
      ), '[]')
    end
  );
end
$$;

create function private.list_heads(conversation_ids uuid[], since bigint)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  -- What an open transaction writes is not seen yet: it is answered the next time.
  reached bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  whole boolean := since is null or since > pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
begin
  if cardinality(conversation_ids) > 1000 then
    perform private.raise_error('invalid_input', 'unable to check heads; at most 1,000 conversations at once', 'Ask in parts.',
      '{"field": "conversationIds"}');
  end if;
  return jsonb_build_object('position', reached, 'heads', coalesce((
    select jsonb_object_agg(c.id, jsonb_build_array(c.last_revision, (
      select coalesce(jsonb_object_agg(o.user_id, case when o.user_id = caller then o.last_read_seq else o.receipt_seq end), '{}')
      from public.conversation_participants o
      where o.conversation_id = c.id and (o.left_at is null or c.kind = 'direct')
        and (whole or o.receipt_xid >= since or o.user_id = caller)
    )))
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.user_id = caller and p.left_at is null and p.conversation_id = any (conversation_ids)
  ), '{}'));
end
$$;

create function public.list_messages(conversation_id uuid, before_seq bigint default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_messages(conversation_id, before_seq, page_size)
$$;
comment on function public.list_messages is 'A page of messages, newest first, older than a position.';

create function public.list_messages_around(conversation_id uuid, seq bigint, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_messages_around(conversation_id, seq, page_size)
$$;
comment on function public.list_messages_around is 'A page of messages, newest first, with a position in its middle.';

create function public.find_message(conversation_id uuid, message_id uuid)
returns bigint
language sql
stable
set search_path = ''
as $$
  select private.find_message(conversation_id, message_id)
$$;
comment on function public.find_message is 'The position of a message in a conversation of the caller.';

create function public.sync_conversation(conversation_id uuid, since_revision bigint default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.sync_conversation(conversation_id, since_revision, page_size)
$$;
comment on function public.sync_conversation is
  'Head, read marks and all changes since a revision from one snapshot; far behind (over 1,000), everybody and the newest page instead.';

create function public.list_heads(conversation_ids uuid[], since bigint default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_heads(conversation_ids, since)
$$;
comment on function public.list_heads is
  'Of each named conversation of the caller its newest revision and the read marks that moved since a position, all without one.';

revoke execute on function
  private.list_messages(uuid, bigint, integer),
  private.list_messages_around(uuid, bigint, integer),
  private.find_message(uuid, uuid),
  private.sync_conversation(uuid, bigint, integer),
  private.list_heads(uuid[], bigint),
  public.list_messages(uuid, bigint, integer),
  public.list_messages_around(uuid, bigint, integer),
  public.find_message(uuid, uuid),
  public.sync_conversation(uuid, bigint, integer),
  public.list_heads(uuid[], bigint)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_messages(uuid, bigint, integer),
  private.list_messages_around(uuid, bigint, integer),
  private.find_message(uuid, uuid),
  private.sync_conversation(uuid, bigint, integer),
  private.list_heads(uuid[], bigint),
  public.list_messages(uuid, bigint, integer),
  public.list_messages_around(uuid, bigint, integer),
  public.find_message(uuid, uuid),
  public.sync_conversation(uuid, bigint, integer),
  public.list_heads(uuid[], bigint)
to authenticated;
