-- Clears the history of a conversation for one user, and keeps the user's draft.

create function private.clear_conversation(conversation_id uuid, up_to_seq bigint)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
begin
  perform private.require_participant(conversation_id);
  if up_to_seq < 0 then
    perform private.raise_error('invalid_input', 'unable to clear the history; a position is not negative', 'Pass the position of a message.',
      '{"field": "seq"}');
  end if;
  -- Clearing is not reading: the others' receipts stay where they are.
  update public.conversation_participants p
  set
    visible_from_seq = least(coalesce(up_to_seq, c.last_seq), c.last_seq) + 1,
    cleared_seq = least(coalesce(up_to_seq, c.last_seq), c.last_seq),
    last_read_seq = greatest(p.last_read_seq, least(coalesce(up_to_seq, c.last_seq), c.last_seq)),
    marked_seq = -1,
    own_revision = p.own_revision + 1
  from public.conversations c
  where c.id = p.conversation_id and p.conversation_id = clear_conversation.conversation_id and p.user_id = caller and p.left_at is null
    and p.visible_from_seq <= least(coalesce(up_to_seq, c.last_seq), c.last_seq);
  if found then
    perform private.deliver_mine(conversation_id, caller);
  else
    -- It was cleared up to there before, or the user was removed meanwhile.
    perform private.require_participant(conversation_id);
  end if;
end
$$;

create function private.set_draft(conversation_id uuid, draft jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  strange text;
begin
  if draft is null or draft = 'null' then
    draft := null;
  elsif jsonb_typeof(draft) <> 'object' then
    strange := 'draft';
  else
    select e.key into strange
    from jsonb_each(draft) as e
    where case e.key
      when 'content' then jsonb_typeof(e.value) <> 'string'
      when 'metadata' then not private.is_bounded_object(e.value, 8192)
      when 'id' then jsonb_typeof(e.value) <> 'null' and not private.is_uuid(e.value #>> '{}')
      when 'reply_to' then jsonb_typeof(e.value) <> 'null' and not private.is_uuid(e.value #>> '{}')
      else true
    end
    limit 1;
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to set the draft; %s is not as documented', strange), 'Correct the named field.',
      jsonb_build_object('field', case strange when 'reply_to' then 'replyTo' else strange end));
  end if;
  if private.text_fault('lines', draft ->> 'content', 8000) = 'is empty or shows nothing' then
    draft := draft || '{"content": ""}';
  end if;
  if draft ->> 'content' <> '' then
    perform private.check_text('lines', draft ->> 'content', 8000, 'set the draft', 'content');
  elsif draft ->> 'reply_to' is null and coalesce(draft -> 'metadata', '{}') = '{}' then
    -- There is nothing in it.
    draft := null;
  end if;
  perform private.take_token(caller, 'draft');
  perform private.require_participant(conversation_id);
  -- The user's own row is the lock: a send that holds it comes first, and a draft of what was sent is dropped below.
  perform from public.conversation_participants p
  where p.conversation_id = set_draft.conversation_id and p.user_id = caller and p.left_at is null
  for no key update;
  perform private.require_participant(conversation_id);
  if draft is null or exists (select from public.messages m where m.id = (draft ->> 'id')::uuid and m.sender_id = caller) then
    delete from private.drafts d
    where d.conversation_id = set_draft.conversation_id and d.user_id = caller
      -- A late draft of a message that was sent says nothing of the next one.
      and (draft is null or d.message_id = (draft ->> 'id')::uuid);
  else
    insert into private.drafts as d (conversation_id, user_id, message_id, content, reply_to, metadata)
    values (conversation_id, caller, (draft ->> 'id')::uuid, coalesce(draft ->> 'content', ''), (draft ->> 'reply_to')::uuid,
      coalesce(draft -> 'metadata', '{}'))
    on conflict on constraint drafts_pkey do update
    set message_id = excluded.message_id, content = excluded.content, reply_to = excluded.reply_to, metadata = excluded.metadata,
      updated_at = clock_timestamp()
    where (d.message_id, d.content, d.reply_to, d.metadata) is distinct from (
      excluded.message_id, excluded.content, excluded.reply_to, excluded.metadata);
  end if;
  if found then
    update public.conversation_participants p
    set own_revision = p.own_revision + 1
    where p.conversation_id = set_draft.conversation_id and p.user_id = caller;
    perform private.deliver_mine(conversation_id, caller);
  end if;
  return private.draft_json(conversation_id, caller);
end
$$;

create function public.clear_conversation(conversation_id uuid, up_to_seq bigint default null)
returns void
language sql
set search_path = ''
as $$
  select private.clear_conversation(conversation_id, up_to_seq)
$$;
comment on function public.clear_conversation is
  'Hides the messages of a conversation up to a position, by default all, from the caller, for good. Nobody else notices.';

create function public.set_draft(conversation_id uuid, draft jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_draft(conversation_id, draft)
$$;
comment on function public.set_draft is
  'Keeps the caller''s draft of a conversation in place of the one before; null removes it. draft: content, reply_to, metadata, id.';

revoke execute on function
  private.clear_conversation(uuid, bigint),
  private.set_draft(uuid, jsonb),
  public.clear_conversation(uuid, bigint),
  public.set_draft(uuid, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.clear_conversation(uuid, bigint),
  private.set_draft(uuid, jsonb),
  public.clear_conversation(uuid, bigint),
  public.set_draft(uuid, jsonb)
to authenticated;
