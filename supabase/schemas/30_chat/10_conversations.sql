-- Conversations, who takes part, and messages.

create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  kind text not null default 'direct',
  subject text,
  direct_key text,
  last_seq bigint not null default 0,
  last_revision bigint not null default 0,
  last_message_at timestamptz,
  live_key uuid not null default gen_random_uuid(),
  created_by uuid references public.profiles (id),
  metadata jsonb not null default '{}',
  writers text not null default 'everyone',
  history text not null default 'all',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint conversations_writers_check check (writers in ('everyone', 'admins')),
  constraint conversations_history_check check (history in ('all', 'joined')),
  constraint conversations_kind_check check (kind in ('direct', 'group')),
  constraint conversations_direct_key_check check ((kind = 'direct') = (direct_key is not null)),
  constraint conversations_direct_key_key unique (direct_key),
  constraint conversations_subject_check check (char_length(subject) between 1 and 200),
  constraint conversations_metadata_check check (private.is_bounded_object(metadata, 8192))
);
comment on table public.conversations is 'A conversation and its head: the newest position and the newest change number.';
comment on column public.conversations.direct_key is 'Both ids in order: makes the conversation of two people unique under any race.';
comment on column public.conversations.last_seq is 'Position of the newest message; positions have no gap.';
comment on column public.conversations.last_revision is 'Number of the newest change; allocated under the row lock, so its order is commit order.';
comment on column public.conversations.live_key is
  'Part of the topic for typing and presence; another one when a user leaves, is removed or blocks. Never in a broadcast.';
comment on column public.conversations.metadata is 'The app''s own fields: an object of at most 8 KiB.';
comment on column public.conversations.history is
  'What users see who join from now on: all messages, or those from their joining on. A change hides nothing from those who are in it.';
comment on column public.conversations.writers is 'Who sends and edits messages in a group: everyone, or its owners and admins.';

create index conversations_created_by_idx on public.conversations (created_by);

create table public.conversation_participants (
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  role text not null default 'member',
  last_read_seq bigint not null default 0,
  receipt_seq bigint not null default 0,
  receipt_xid bigint not null default 0,
  revision bigint not null default 0,
  muted boolean not null default false,
  pinned boolean not null default false,
  archived boolean not null default false,
  own_revision bigint not null default 0,
  visible_from_seq bigint not null default 1,
  cleared_seq bigint not null default 0,
  hidden_seq bigint not null default -1,
  marked_seq bigint not null default -1,
  joined_at timestamptz not null default now(),
  left_at timestamptz,
  primary key (conversation_id, user_id),
  constraint conversation_participants_role_check check (role in ('owner', 'admin', 'member')),
  -- So that what a user does not see is never unread.
  constraint conversation_participants_visible_check check (visible_from_seq between 1 and last_read_seq + 1)
);
comment on table public.conversation_participants is 'Who takes part in which conversation, and who did.';
comment on column public.conversation_participants.last_read_seq is 'Position up to which the person has read; it only moves forward.';
comment on column public.conversation_participants.receipt_seq is
  'Position up to which the others see that this user has read. It stays behind last_read_seq while a block stands between two users.';
comment on column public.conversation_participants.receipt_xid is 'The transaction that last moved the receipt by a read mark.';
comment on column public.conversation_participants.revision is
  'Change number of the conversation at which this user joined, left, got another role or another name.';
comment on column public.conversation_participants.own_revision is
  'Number of the newest change of one''s own side, so that of two events the newer one stands; a send that moves the mark takes none.';
comment on column public.conversation_participants.visible_from_seq is
  'Position of the first message that the user sees. What is before it was cleared, or is of before the user joined: no message, reply, file,
  reaction, pin or event.';
comment on column public.conversation_participants.cleared_seq is
  'Position up to which the user cleared the history. It only moves forward, also when the user leaves and joins again.';
comment on column public.conversation_participants.hidden_seq is
  'Position of the newest message when the user hid the conversation: it is hidden until there is a newer one.';
comment on column public.conversation_participants.marked_seq is
  'Read position when the user marked the conversation as unread: it is marked until the read position moves.';
comment on column public.conversation_participants.left_at is
  'When the person left, was removed or deleted the account; null for who is in it now.';

create index conversation_participants_user_id_idx on public.conversation_participants (user_id);
-- A live inbox asks every 30 seconds which receipts moved: without this it reads everybody in its conversations.
create index conversation_participants_receipts_idx on public.conversation_participants (conversation_id, receipt_xid) where left_at is null;

create table public.messages (
  id uuid primary key,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  sender_id uuid not null references public.profiles (id),
  seq bigint not null,
  revision bigint not null,
  content text not null,
  metadata jsonb not null default '{}',
  reply_to uuid references public.messages (id) on delete set null,
  mentions uuid[] not null default '{}',
  song jsonb,
  system jsonb,
  created_at timestamptz not null default now(),
  edited_at timestamptz,
  deleted_at timestamptz,
  pinned_at timestamptz,
  search_vector tsvector not null generated always as (
    private.text_vector(content) || array_to_tsvector(array['c:' || conversation_id])
  ) stored,
  constraint messages_conversation_id_seq_key unique (conversation_id, seq),
  constraint messages_conversation_id_revision_key unique (conversation_id, revision),
  constraint messages_content_check check (char_length(content) <= 8000),
  constraint messages_mentions_check check (cardinality(mentions) <= 50),
  constraint messages_song_check check (private.is_bounded_object(song, 2048)),
  constraint messages_system_check check (private.is_bounded_object(system, 16384)),
  constraint messages_metadata_check check (private.is_bounded_object(metadata, 8192)),
  constraint messages_deleted_check check (
    deleted_at is null
    or (content = '' and metadata = '{}' and reply_to is null and mentions = '{}' and song is null and system is null and edited_at is null
      and pinned_at is null)
  )
);
comment on table public.messages is 'One message: its id made by the sender''s client, its place in the conversation by the database.';
comment on column public.messages.seq is 'Position in the conversation, from 1, without gap.';
comment on column public.messages.revision is 'Change number in the conversation of this row''s newest change.';
comment on column public.messages.song is 'A card that the sender revealed: id, title, artist. It gives no access to the song.';
comment on column public.messages.system is
  'What the database tells of the group in this place: type, user_ids, value. Ids alone, so that no name stays that changes or goes.';
comment on column public.messages.deleted_at is 'When it was deleted; the row stays as an empty tombstone that keeps its position.';
comment on column public.messages.pinned_at is 'When it was pinned for everyone in the conversation, or null.';
comment on column public.messages.search_vector is 'The folded words, and the conversation as a word, so that one index scan finds words in conversations.';
comment on column public.messages.metadata is 'The app''s own fields: an object of at most 8 KiB.';

create index messages_sender_id_conversation_id_idx on public.messages (sender_id, conversation_id);
create index messages_search_vector_idx on public.messages using gin (search_vector);
create index messages_reply_to_idx on public.messages (reply_to, seq) where reply_to is not null;
create index messages_pinned_idx on public.messages (conversation_id, seq) where pinned_at is not null;
create index messages_not_unread_idx on public.messages (conversation_id, seq) where deleted_at is not null or system is not null;

create function private.is_participant(conversation_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- plpgsql keeps its plan; a sql function would be planned anew in every call of a send.
  return exists (
    select
    from public.conversation_participants p
    where p.conversation_id = is_participant.conversation_id and p.user_id = (select auth.uid()) and p.left_at is null
  );
end
$$;
comment on function private.is_participant is 'Whether the caller takes part now; the one definition behind every chat policy.';

create function private.sees_message(conversation_id uuid, seq bigint)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (
    select
    from public.conversation_participants p
    where p.conversation_id = sees_message.conversation_id and p.left_at is null and p.user_id = (select auth.uid())
      and p.visible_from_seq <= sees_message.seq
  );
end
$$;
comment on function private.sees_message is
  'Whether the caller takes part now and the message at a position is one that the caller sees; the one rule for cleared and for late users.';

create function private.can_see_message(message_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (select from public.messages m where m.id = message_id and private.sees_message(m.conversation_id, m.seq));
end
$$;
comment on function private.can_see_message is 'Whether the caller sees a message.';

create function private.visible_from(conversation_id uuid)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select p.visible_from_seq
    from public.conversation_participants p
    where p.conversation_id = visible_from.conversation_id and p.user_id = (select auth.uid())
  ), 1);
end
$$;
comment on function private.visible_from is 'Position of the first message of a conversation that the caller sees, for queries of many messages.';

create function private.require_participant(conversation_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_user();
  if conversation_id is null or not private.is_participant(conversation_id) then
    -- The same answer for a conversation that does not exist and for one of other users.
    perform private.raise_error('conversation_not_found', 'unable to reach the conversation; there is none that you take part in',
      'Check the id, or open the conversation first.');
  end if;
end
$$;

alter table public.conversations enable row level security;
alter table public.conversation_participants enable row level security;
alter table public.messages enable row level security;

create policy "Participants see their conversations"
on public.conversations
for select
to authenticated
using (private.is_participant(id));

create policy "Participants see who takes part"
on public.conversation_participants
for select
to authenticated
using (private.is_participant(conversation_id));

create policy "Participants read the messages"
on public.messages
for select
to authenticated
using (private.can_see_message(id));

create policy "People hear their own user channel"
on realtime.messages
for select
to authenticated
using (
  extension = 'broadcast'
  and topic = (select realtime.topic())
  and (select realtime.topic()) = 'user:' || lower((select auth.jwt()) ->> 'sub')
);

-- Policies add up: one of the app's own that opens every topic would open these too. By text, for an id that is not a UUID
-- must not break the app's other topics.
create policy "Nobody else hears a user channel"
on realtime.messages
as restrictive
for select
to authenticated, anon
using (
  (select realtime.topic()) !~* '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  or (select realtime.topic()) = 'user:' || lower((select auth.jwt()) ->> 'sub')
);

create policy "Only the database writes to a user channel"
on realtime.messages
as restrictive
for insert
to authenticated, anon
with check ((select realtime.topic()) !~* '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$');

revoke all on
  public.conversations, public.conversation_participants, public.messages
from public, anon, authenticated, service_role;
grant select (id, kind, subject, last_seq, last_revision, last_message_at, created_by, metadata, writers, history, created_at, updated_at) on
  public.conversations
to service_role;
grant select (conversation_id, user_id, role, last_read_seq, joined_at, left_at) on
  public.conversation_participants
to service_role;
grant select (
  id, conversation_id, sender_id, seq, revision, content, metadata, reply_to, mentions, song, system, created_at, edited_at, deleted_at,
  pinned_at
) on
  public.messages
to service_role;
revoke execute on function
  private.is_participant(uuid),
  private.sees_message(uuid, bigint),
  private.can_see_message(uuid),
  private.visible_from(uuid),
  private.require_participant(uuid)
from public, anon, authenticated, service_role;
grant execute on function private.is_participant(uuid), private.can_see_message(uuid) to authenticated;
