-- What a participant keeps for themselves: settings and drafts. The other participants see none of it.

create table private.drafts (
  conversation_id uuid not null,
  user_id uuid not null,
  message_id uuid,
  content text not null,
  reply_to uuid,
  metadata jsonb not null default '{}',
  updated_at timestamptz not null default clock_timestamp(),
  primary key (conversation_id, user_id),
  constraint drafts_participant_fkey foreign key (conversation_id, user_id)
    references public.conversation_participants (conversation_id, user_id) on delete cascade,
  constraint drafts_content_check check (char_length(content) <= 8000),
  constraint drafts_metadata_check check (private.is_bounded_object(metadata, 8192))
);
comment on table private.drafts is 'The message that a participant is writing: at most one per conversation, seen by its writer alone.';
comment on column private.drafts.message_id is
  'The id that the message will be sent with. A draft that arrives after that message is dropped, and no other message removes the draft.';

create index drafts_user_id_idx on private.drafts (user_id);

create function private.draft_json(conversation_id uuid, user_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('id', d.message_id, 'content', d.content, 'reply_to', d.reply_to, 'metadata', d.metadata, 'updated_at', d.updated_at)
    from private.drafts d
    where d.conversation_id = draft_json.conversation_id and d.user_id = draft_json.user_id
  );
end
$$;

create function private.own_side(place public.conversation_participants)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  draft constant jsonb := private.draft_json(place.conversation_id, place.user_id);
begin
  return jsonb_build_object('last_read_seq', place.last_read_seq, 'muted', place.muted, 'pinned', place.pinned, 'archived', place.archived,
    'own_revision', place.own_revision)
    -- What most conversations do not have costs no bytes.
    || jsonb_strip_nulls(jsonb_build_object('visible_from_seq', nullif(place.visible_from_seq, 1), 'hidden_seq', nullif(place.hidden_seq, -1),
      'marked_seq', nullif(place.marked_seq, -1)))
    || case when draft is not null then jsonb_build_object('draft', draft) else '{}' end;
end
$$;
comment on function private.own_side is 'What a participant keeps for themselves of a conversation.';

create function private.deliver_mine(conversation_id uuid, caller uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  mine jsonb;
begin
  select private.own_side(p) || jsonb_build_object('conversation_id', p.conversation_id,
    'unread', c.last_seq - p.last_read_seq - jsonb_array_length(private.deleted_after(c.id, p.last_read_seq)))
  into mine
  from public.conversation_participants p
  join public.conversations c on c.id = p.conversation_id
  where p.conversation_id = deliver_mine.conversation_id and p.user_id = caller;
  perform private.deliver_to(caller, 'mine', mine);
  return mine;
end
$$;
comment on function private.deliver_mine is 'Tells a person''s other devices of their own side of a conversation.';

revoke all on private.drafts from public, anon, authenticated, service_role;
revoke execute on function
  private.draft_json(uuid, uuid),
  private.own_side(public.conversation_participants),
  private.deliver_mine(uuid, uuid)
from public, anon, authenticated, service_role;
