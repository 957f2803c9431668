-- Chat: conversations whose messages have one order for every participant.
--
-- Every change in a conversation takes its next revision under the lock of its row, so revision order is commit order.
-- Lock order: rate limit, people (profiles), conversation in the order of ids, participants, messages.
-- Roll back: drop triggers tertulia_leave_chat and tertulia_leave_chat_softly on auth.users and profiles_left_chat on public.profiles;
-- drop the policies on realtime.messages and storage.objects; empty and remove the bucket chat through the Storage API; drop table
-- public.message_reports, public.message_reactions, public.messages, public.conversation_participants, public.conversations cascade;
-- drop the tables in private and the functions below.

begin;
set local lock_timeout = '10s';

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

-- Who is mentioned where, so that an inbox counts a user's unread mentions without reading messages.

create table private.message_mentions (
  user_id uuid not null references public.profiles (id),
  conversation_id uuid not null,
  seq bigint not null,
  primary key (user_id, conversation_id, seq),
  constraint message_mentions_message_fkey foreign key (conversation_id, seq)
    references public.messages (conversation_id, seq) on delete cascade
);
comment on table private.message_mentions is 'The mentions of all messages, by the user who is mentioned. A trigger keeps it.';

create index message_mentions_message_idx on private.message_mentions (conversation_id, seq);

create function private.keep_mentions()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    delete from private.message_mentions m
    where m.conversation_id = new.conversation_id and m.seq = new.seq and m.user_id <> all (new.mentions);
  end if;
  insert into private.message_mentions (user_id, conversation_id, seq)
  select p.id, new.conversation_id, new.seq from public.profiles p where p.id = any (new.mentions) order by p.id
  on conflict do nothing;
  return null;
end
$$;
comment on function private.keep_mentions is 'Trigger: keeps the mentions of a message that is sent, edited or deleted.';

create trigger messages_mention
after insert on public.messages
for each row
when (new.mentions <> '{}')
execute function private.keep_mentions();

create trigger messages_mention_others
after update of mentions on public.messages
for each row
when (new.mentions <> old.mentions)
execute function private.keep_mentions();

create function private.mentioned_after(conversation_id uuid, user_id uuid, seq bigint)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_agg(m.seq order by m.seq)
    from (
      select n.seq
      from private.message_mentions n
      where n.user_id = mentioned_after.user_id and n.conversation_id = mentioned_after.conversation_id and n.seq > mentioned_after.seq
      order by n.seq desc
      limit 1000
    ) m
  );
end
$$;
comment on function private.mentioned_after is 'Positions of messages after a read mark that mention a user: the newest 1,000; null when there are none.';

revoke all on private.message_mentions from public, anon, authenticated, service_role;
revoke execute on function
  private.keep_mentions(),
  private.mentioned_after(uuid, uuid, bigint)
from public, anon, authenticated, service_role;

-- Broadcasts to the participants, and the next revision of a conversation.

create function private.without_reply(message jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select message || '{"reply": null, "reply_to": null}'
$$;
comment on function private.without_reply is 'A message that names nothing of what it replies to, for a user who does not see that.';

create function private.deliver(conversation_id uuid, event text, payload jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Recipients are chosen here, in the transaction of the change: a user who is not a participant now receives nothing.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || p.user_id, 'broadcast',
    -- Who does not see the message learns only that there was a change.
    case when p.visible_from_seq > (deliver.payload ->> 'seq')::bigint then 'conversation' else deliver.event end,
    case
      when p.visible_from_seq > (deliver.payload ->> 'seq')::bigint then jsonb_build_object(
        'conversation_id', deliver.conversation_id, 'revision', deliver.payload -> 'revision', 'changes', '{}'::jsonb)
      when p.visible_from_seq > (deliver.payload #>> '{reply,seq}')::bigint then private.without_reply(deliver.payload)
      else deliver.payload
    end, true
  from public.conversation_participants p
  where p.conversation_id = deliver.conversation_id and p.left_at is null;
exception when others then
  -- A broadcast is a hint; clients synchronise by revision. It never fails the change itself.
  raise warning 'unable to deliver %; %', deliver.event, sqlerrm;
end
$$;
comment on function private.deliver is 'Broadcasts a change to the user channel of every participant.';

create function private.deliver_receipt(conversation_id uuid, reader uuid, after_seq bigint, read_seq bigint)
returns void
language plpgsql
set search_path = ''
as $$
declare
  few boolean := (
    select count(*) <= 20
    from (
      select from public.conversation_participants p where p.conversation_id = deliver_receipt.conversation_id and p.left_at is null limit 21
    ) p
  );
begin
  -- In a small conversation everybody hears of a mark. In a large one those hear of it whose messages were read: else one message to 200
  -- people would cost 40,000 rows once all have read it. The others learn of it by the head check.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || p.user_id, 'broadcast', 'read',
    jsonb_build_object('conversation_id', deliver_receipt.conversation_id, 'user_id', reader, 'last_read_seq', read_seq), true
  from public.conversation_participants p
  where p.conversation_id = deliver_receipt.conversation_id and p.left_at is null and p.user_id <> reader
    and (few or p.user_id in (
      select m.sender_id
      from (
        select messages.sender_id
        from public.messages
        where messages.conversation_id = deliver_receipt.conversation_id and messages.seq > after_seq and messages.seq <= read_seq
          and messages.system is null
        order by messages.seq desc
        limit 20
      ) m
    ));
exception when others then
  raise warning 'unable to deliver a receipt; %', sqlerrm;
end
$$;
comment on function private.deliver_receipt is 'Tells at most 20 participants how far one of them has read.';

create function private.deleted_after(conversation_id uuid, seq bigint)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(m.seq order by m.seq)
    from (
      select messages.seq
      from public.messages
      where messages.conversation_id = deleted_after.conversation_id and messages.seq > deleted_after.seq
        and (messages.deleted_at is not null or messages.system is not null)
      order by messages.seq desc
      limit 1000
    ) m
  ), '[]');
end
$$;
comment on function private.deleted_after is 'Positions of deleted messages and system messages after a read mark, which are not unread: the newest 1,000.';

create function private.deleted_unread(conversation public.conversations, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  -- What most conversations do not have is left out.
  return jsonb_strip_nulls(jsonb_build_object('deleted_unread', '[]'::jsonb, 'pinned_seqs', (
    select jsonb_agg(m.seq order by m.seq)
    from public.messages m
    where m.conversation_id = conversation.id and m.pinned_at is not null and m.seq >= private.visible_from(conversation.id)
  ))) || coalesce((
    select jsonb_strip_nulls(jsonb_build_object('deleted_unread', private.deleted_after(p.conversation_id, p.last_read_seq),
      'mentioned_unread', private.mentioned_after(p.conversation_id, viewer, p.last_read_seq)))
    from public.conversation_participants p
    -- Of most conversations nothing is unread.
    where p.conversation_id = conversation.id and p.user_id = viewer and p.last_read_seq < conversation.last_seq
  ), '{}');
end
$$;
comment on function private.deleted_unread is
  'Positions after the read mark that are not unread or mention the viewer, and of pinned messages, as fields of a conversation.';

create function private.people_json(conversation_id uuid, since bigint, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  -- Who left before a user joined is not named to them, as nothing that they see names them.
  joined timestamptz := (
    select o.joined_at
    from public.conversation_participants o
    where o.conversation_id = people_json.conversation_id and o.user_id = viewer and o.visible_from_seq > 1
  );
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'user_id', p.user_id, 'handle', f.handle, 'display_name', f.display_name, 'avatar_path', f.avatar_path, 'role', p.role,
      'joined_at', p.joined_at, 'left_at', p.left_at,
      'last_read_seq', case when p.user_id = viewer then p.last_read_seq else p.receipt_seq end
    -- The latest to leave comes first among those who did.
    ) order by case when c.kind = 'group' then p.left_at end desc nulls first, p.joined_at, p.user_id)
    from public.conversation_participants p
    join public.profiles f on f.id = p.user_id
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = people_json.conversation_id and (joined is null or p.left_at is null or p.left_at >= joined) and case
      when since is not null then p.revision > since
      -- Those who left are named beside their messages, and in system messages.
      else p.left_at is null or c.kind = 'direct' or p.user_id in (
        select o.user_id
        from public.conversation_participants o
        where o.conversation_id = people_json.conversation_id and o.left_at is not null
        order by o.left_at desc
        limit 100
      )
    end
  ), '[]');
end
$$;
comment on function private.people_json is
  'Users of a conversation, as a viewer sees them, that changed after a revision; without one all who take part, and up to 100 who left.';

create function private.conversation_head(conversation public.conversations)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', conversation.id, 'kind', conversation.kind, 'subject', conversation.subject,
    'last_seq', conversation.last_seq, 'last_revision', conversation.last_revision, 'last_message_at', conversation.last_message_at,
    'metadata', conversation.metadata, 'created_at', conversation.created_at, 'writers', conversation.writers, 'history', conversation.history);
end
$$;
comment on function private.conversation_head is 'A conversation without the people in it.';

create function private.conversation_json(conversation_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  conversation public.conversations;
  people jsonb := private.people_json(conversation_id, null, (select auth.uid()));
  -- A user who deleted the account stays in a direct conversation, as an empty name.
  takes_part constant jsonpath := '$[*] ? (@.left_at == null || $kind == "direct")';
  left_it constant jsonpath := '$[*] ? (@.left_at != null && $kind == "group")';
begin
  select * into conversation from public.conversations c where c.id = conversation_json.conversation_id;
  return private.conversation_head(conversation) || private.deleted_unread(conversation, (select auth.uid())) || jsonb_build_object(
    'participants', jsonb_path_query_array(people, takes_part, jsonb_build_object('kind', conversation.kind)),
    'former_participants', jsonb_path_query_array(people, left_it, jsonb_build_object('kind', conversation.kind)));
end
$$;
comment on function private.conversation_json is 'A conversation with its head and participants, as the caller sees it.';

create function private.deliver_change(conversation_id uuid, changes jsonb, message jsonb default null)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- What is long does not travel to everybody: the event then says only that there is something to ask for.
  if octet_length(changes::text) + coalesce(octet_length(message::text), 0) > 2000 then
    changes := null;
  end if;
  perform private.deliver(c.id, 'conversation', jsonb_build_object('conversation_id', c.id, 'revision', c.last_revision, 'changes', changes)
    || case when changes is not null and message is not null then jsonb_build_object('message', message) else '{}' end)
  from public.conversations c
  where c.id = deliver_change.conversation_id;
end
$$;
comment on function private.deliver_change is 'Tells every participant what changed of a conversation, with its system message: at most 2,000 bytes, or that they have to ask.';

create function private.next_revision(conversation_id uuid)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  following bigint;
begin
  update public.conversations c
  set last_revision = c.last_revision + 1, updated_at = clock_timestamp()
  where c.id = next_revision.conversation_id
  returning c.last_revision into following;
  return following;
end
$$;
comment on function private.next_revision is 'The next change number of a conversation whose lock is held.';

revoke execute on function
  private.without_reply(jsonb),
  private.deliver(uuid, text, jsonb),
  private.deliver_receipt(uuid, uuid, bigint, bigint),
  private.deleted_after(uuid, bigint),
  private.deleted_unread(public.conversations, uuid),
  private.people_json(uuid, bigint, uuid),
  private.conversation_head(public.conversations),
  private.conversation_json(uuid),
  private.deliver_change(uuid, jsonb, jsonb),
  private.next_revision(uuid)
from public, anon, authenticated, service_role;

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

-- Who writes in a group: everyone, or its owners and admins.

create function private.may_write(conversation_id uuid, person uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = may_write.conversation_id and p.user_id = person and p.left_at is null
      and (c.writers = 'everyone' or p.role <> 'member')
  );
end
$$;
comment on function private.may_write is 'Whether a participant sends messages in a conversation: in an announcement group only owners and admins do.';

create function private.require_writer(conversation_id uuid, person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Under the lock of the conversation, which a change of roles and of this setting takes as well.
  if not private.may_write(conversation_id, person) then
    -- A user who was removed meanwhile learns nothing of the group's settings.
    perform private.require_participant(conversation_id);
    perform private.raise_error('forbidden', 'unable to write; only owners and admins write in the group', 'Ask an owner of the group.');
  end if;
end
$$;

revoke execute on function private.may_write(uuid, uuid), private.require_writer(uuid, uuid) from public, anon, authenticated, service_role;

-- Bans: a banned user leaves the group, and cannot be added until an owner or admin lifts the ban.

create table private.group_bans (
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  banned_by uuid not null references public.profiles (id),
  created_at timestamptz not null default clock_timestamp(),
  primary key (conversation_id, user_id)
);
comment on table private.group_bans is 'Who is banned from which group; its owners and admins see it.';

create index group_bans_user_id_idx on private.group_bans (user_id);
create index group_bans_banned_by_idx on private.group_bans (banned_by);
create index group_bans_list_idx on private.group_bans (conversation_id, created_at desc, user_id desc);

create function private.require_not_banned(conversation_id uuid, people uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Under the lock of the conversation, which a ban takes as well.
  if exists (select from private.group_bans b where b.conversation_id = require_not_banned.conversation_id and b.user_id = any (people)) then
    perform private.raise_error('banned', 'unable to add people; one of them is banned from the group', 'Take the ban back first.',
      '{"field": "userIds"}');
  end if;
end
$$;
comment on function private.require_not_banned is 'Raises when one of the people is banned from a group whose lock is held.';

revoke all on private.group_bans from public, anon, authenticated, service_role;
revoke execute on function private.require_not_banned(uuid, uuid[]) from public, anon, authenticated, service_role;

-- Who sees which profile: all users a listed one; an unlisted one only users who share a conversation, a circle or a song with its user.

create function private.can_see_profile(person uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  caller uuid := auth.uid();
begin
  return exists (select from public.profiles p where p.id = person and (p.is_listed or p.id = caller))
    or private.is_moderator()
    or exists (
      select
      from public.conversation_participants mine
      join public.conversation_participants theirs on theirs.conversation_id = mine.conversation_id and theirs.user_id = person
      where mine.user_id = caller and mine.left_at is null
    )
    or exists (
      select
      from public.circle_members mine
      join public.circle_members theirs on theirs.circle_id = mine.circle_id and theirs.user_id = person
      where mine.user_id = caller
    )
    -- Who is in a circle its members know, and nobody with whom one of its songs is shared besides.
    or exists (select from private.song_grants g where g.user_id = person and g.created_by = caller and g.deleted_at is null and g.kind <> 'circle')
    or exists (select from private.song_grants g where g.user_id = caller and g.created_by = person and g.deleted_at is null)
    or exists (
      select
      from private.shares_in_force mine
      join public.songs s on s.id = mine.target_id and s.deleted_at is null
      join private.shares_in_force theirs on theirs.target_kind = 'song' and theirs.target_id = mine.target_id and theirs.user_id = person
      -- Who has a link learns of the owner alone.
      where mine.target_kind = 'song' and mine.user_id = caller and not array[mine.kind, theirs.kind] && '{link,circle}'
    );
end
$$;
comment on function private.can_see_profile is
  'Whether the caller sees a profile: a listed one, their own, one of a user with whom they share a conversation, a circle or a song; moderators see all.';

revoke execute on function private.can_see_profile(uuid) from public, anon, authenticated, service_role;

-- Which groups are the conversation of a circle: the circle decides who takes part in them.

create table private.circle_conversations (
  circle_id uuid primary key references public.circles (id) on delete cascade,
  conversation_id uuid not null unique references public.conversations (id) on delete cascade
);
comment on table private.circle_conversations is
  'The group conversation of a circle. Its participants and their roles are those of the circle, and are changed there alone.';

create function private.require_own_people(conversation_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if exists (select from private.circle_conversations c where c.conversation_id = require_own_people.conversation_id) then
    perform private.raise_error('forbidden', 'unable to change who takes part; the group is the conversation of a circle', 'Change the circle.');
  end if;
end
$$;
comment on function private.require_own_people is 'Refuses a change of people in a group whose people are those of a circle.';

revoke all on private.circle_conversations from public, anon, authenticated, service_role;
revoke execute on function private.require_own_people(uuid) from public, anon, authenticated, service_role;

-- What a sender may tell about a file, so that a client lays out a picture or a recording before it loads it.

create function private.is_blurhash(value text)
returns boolean
language plpgsql
immutable
strict
set search_path = ''
as $$
declare
  digits constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~';
  -- The first digit says how many parts follow, across and down.
  parts constant integer := strpos(digits, left(value, 1)) - 1;
begin
  return value <> '' and translate(value, digits, '') = '' and parts <= 80 and char_length(value) = 4 + 2 * (parts % 9 + 1) * (parts / 9 + 1);
end
$$;
comment on function private.is_blurhash is 'Whether a text is a BlurHash: https://github.com/woltapp/blurhash/blob/master/Algorithm.md.';

create function private.is_whole_within(value jsonb, lowest bigint, highest bigint)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case when jsonb_typeof(value) = 'number' then value::numeric between lowest and highest and value::numeric = trunc(value::numeric) else false end;
end
$$;

create function private.attachment_details(operation text, file jsonb, place bigint, mime_type text)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  details constant jsonb := jsonb_strip_nulls(file - array['path', 'name', 'mimeType', 'mime_type', 'size']);
  seen constant boolean := mime_type ~ '^(?:image|video)/';
  heard constant boolean := mime_type ~ '^(?:audio|video)/';
  strange text;
begin
  if details = '{}' then
    return details;
  end if;
  select d.key into strange
  from jsonb_each(details) as d
  where not coalesce(case d.key
    -- One without the other gives no shape.
    when 'width' then seen and private.is_whole_within(d.value, 1, 100000) and details ? 'height'
    when 'height' then seen and private.is_whole_within(d.value, 1, 100000) and details ? 'width'
    when 'duration' then heard and jsonb_typeof(d.value) = 'number' and (d.value #>> '{}')::numeric > 0 and (d.value #>> '{}')::numeric <= 86400
    when 'waveform' then heard and case when jsonb_typeof(d.value) = 'array' then jsonb_array_length(d.value) between 1 and 256
      and not exists (select from jsonb_array_elements(d.value) as w where not private.is_whole_within(w, 0, 255)) end
    when 'blurhash' then (seen or details ? 'preview') and jsonb_typeof(d.value) = 'string' and private.is_blurhash(d.value #>> '{}')
    when 'preview' then jsonb_typeof(d.value) = 'string'
  end, false)
  order by d.key desc
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to %s the message; %s of an attachment is not as documented for its type', operation, strange),
      'Correct the named field.', jsonb_build_object('field', format('attachments.%s.%s', place - 1, strange)));
  end if;
  return details;
end
$$;
comment on function private.attachment_details is
  'Width, height, duration, waveform, blurhash and preview of a file, as far as they are given; raises unless they fit its type.';

create function private.check_previews(operation text, conversation_id uuid, caller uuid, files jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  strange bigint;
begin
  select f.place into strange
  from jsonb_array_elements(files) with ordinality as f (file, place)
  where f.file ? 'preview' and (
    not exists (
      select
      from storage.objects o
      where o.bucket_id = 'chat' and o.name = f.file ->> 'preview' and o.metadata ->> 'mimetype' like 'image/%'
        and o.name ~ ('^' || conversation_id || '/' || caller || '/[^/]+/[^/]+$')
    )
    -- A file shows in one place.
    or (select count(*) from jsonb_array_elements(files) as o where f.file ->> 'preview' in (o ->> 'path', o ->> 'preview')) > 1
    or f.file ->> 'preview' = f.file ->> 'path'
  )
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input',
      format('unable to %s the message; the preview of an attachment is not a picture among your uploads to the conversation', operation),
      'Upload the picture, then send its path.', jsonb_build_object('field', format('attachments.%s.preview', strange - 1)));
  end if;
end
$$;
comment on function private.check_previews is 'Raises unless each preview is a picture of its own that the sender uploaded to the conversation.';

revoke execute on function
  private.is_blurhash(text),
  private.is_whole_within(jsonb, bigint, bigint),
  private.attachment_details(text, jsonb, bigint, text),
  private.check_previews(text, uuid, uuid, jsonb)
from public, anon, authenticated, service_role;

-- What a message consists of: text, reply, mentions, reactions, attachments, a song; and its JSON.

create table public.message_reactions (
  message_id uuid not null references public.messages (id) on delete cascade,
  emoji text not null,
  user_id uuid not null references public.profiles (id),
  revision bigint not null,
  created_at timestamptz not null default now(),
  primary key (message_id, emoji, user_id),
  constraint message_reactions_emoji_check check (char_length(emoji) between 1 and 16)
);
comment on table public.message_reactions is 'Who reacted to which message with which emoji.';
comment on column public.message_reactions.revision is 'The conversation''s change number at that moment; reactions are shown in its order.';

create index message_reactions_user_id_idx on public.message_reactions (user_id);

create table private.message_attachments (
  path text primary key,
  message_id uuid not null references public.messages (id) on delete cascade,
  place bigint not null,
  name text not null,
  mime_type text not null,
  size bigint not null,
  details jsonb not null default '{}',
  preview_of text,
  withdrawn_at timestamptz,
  constraint message_attachments_message_id_place_key unique (message_id, place),
  constraint message_attachments_name_check check (char_length(name) between 1 and 255)
);
comment on table private.message_attachments is 'Which file in the bucket belongs to which message; a file belongs to one.';
comment on column private.message_attachments.details is 'Width, height, duration, waveform, blurhash and preview, as the sender gave them.';
comment on column private.message_attachments.preview_of is 'The path of the file that this one is a picture of; then it is not listed by itself.';
comment on column private.message_attachments.withdrawn_at is
  'When the message with it was deleted, or edited to be without it, after it was reported: moderators alone see the file.';

create function private.reply_json(message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('id', r.id, 'seq', r.seq, 'sender_id', r.sender_id, 'excerpt', private.cut_text(r.content, 140))
    from public.messages r
    where r.id = reply_json.message_id
  );
end
$$;
comment on function private.reply_json is 'What a reply shows of the message that it replies to.';

create function private.attachments_json(message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object('path', a.path, 'name', a.name, 'mime_type', a.mime_type, 'size', a.size) || a.details order by a.place)
    from private.message_attachments a
    where a.message_id = attachments_json.message_id and a.withdrawn_at is null and a.preview_of is null
  ), '[]');
end
$$;
comment on function private.attachments_json is 'The files of a message.';

create function private.reactions_json(message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object('emoji', e.emoji, 'user_ids', e.user_ids) order by e.first)
    from (
      select r.emoji, jsonb_agg(r.user_id order by r.revision) as user_ids, min(r.revision) as first
      from public.message_reactions r
      where r.message_id = reactions_json.message_id
      group by r.emoji
    ) e
  ), '[]');
end
$$;
comment on function private.reactions_json is 'The reactions to a message in order of first use.';

create function private.message_json(message public.messages)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', message.id,
    'conversation_id', message.conversation_id,
    'sender_id', message.sender_id,
    'seq', message.seq,
    'revision', message.revision,
    'content', message.content,
    'metadata', message.metadata,
    'created_at', message.created_at,
    'edited_at', message.edited_at,
    'deleted_at', message.deleted_at,
    'reply_to', message.reply_to,
    'reply', case when message.reply_to is not null then private.reply_json(message.reply_to) end,
    'mentions', to_jsonb(message.mentions),
    'attachments', private.attachments_json(message.id),
    'song', message.song, 'system', message.system,
    'reactions', private.reactions_json(message.id)
  ) || case
    -- What replies show of it. A client that has them puts it into them, so that an edit is one change however many there are.
    when message.edited_at is not null and char_length(message.content) > 140
      then jsonb_build_object('excerpt', private.cut_text(message.content, 140))
    else '{}'
  end || case when message.pinned_at is not null then jsonb_build_object('pinned_at', message.pinned_at) else '{}' end;
end
$$;
comment on function private.message_json is 'A message as broadcasts, sends, pages and synchronisation all show it.';

create function private.shown_message(message public.messages)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  shown constant jsonb := private.message_json(message);
begin
  return case
    when message.reply_to is not null and (shown #>> '{reply,seq}')::bigint < private.visible_from(message.conversation_id)
      then private.without_reply(shown)
    else shown
  end;
end
$$;
comment on function private.shown_message is 'A message as the caller sees it: naming nothing of an older one that the caller does not see.';

create function private.check_content(operation text, content text, may_be_empty boolean)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if content is distinct from '' or not may_be_empty then
    perform private.check_text('lines', content, 8000, operation || ' the message', 'content');
  end if;
end
$$;
comment on function private.check_content is 'Raises unless a text may stand in a message; an empty one may, beside an attachment or a song.';

create function private.check_extras(operation text, extras jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  strange text;
begin
  if jsonb_typeof(extras) is distinct from 'object' then
    strange := 'extras';
  else
    select e.key into strange
    from jsonb_each(extras) as e
    where case when operation = 'edit' and e.key in ('reply_to', 'song_id') then true else case e.key
      when 'reply_to' then jsonb_typeof(e.value) <> 'null' and not private.is_uuid(e.value #>> '{}')
      when 'song_id' then jsonb_typeof(e.value) <> 'null' and not private.is_uuid(e.value #>> '{}')
      when 'mentions' then case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) > 50
        or exists (select from jsonb_array_elements(e.value) as m where not private.is_uuid(m #>> '{}')) else true end
      when 'attachments' then case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) > 10 else true end
      else true
    end end
    limit 1;
    strange := case strange when 'reply_to' then 'replyTo' when 'song_id' then 'songId' else strange end;
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to %s the message; %s is not as documented', operation, strange),
      'Correct the named field.', jsonb_build_object('field', strange));
  end if;
end
$$;
comment on function private.check_extras is 'Raises unless reply_to, mentions, attachments and song_id have the right form.';

create function private.song_card(song_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  card jsonb;
begin
  if song_id is null then
    return null;
  end if;
  if private.can_see_song(song_id) then
    select jsonb_build_object('id', s.id, 'title', s.title, 'artist', s.artist) into card from public.songs s where s.id = song_id;
  end if;
  if card is null then
    perform private.raise_error('song_not_found', 'unable to send the song; there is none that you may see', 'Check the id.',
      '{"field": "songId"}');
  end if;
  return card;
end
$$;
comment on function private.song_card is 'What a sender reveals of a song; they must see it themselves.';

create function private.check_attachments(operation text, conversation_id uuid, caller uuid, wanted jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  files jsonb;
begin
  if wanted = '[]' then
    return null;
  end if;
  -- A removal of one of them waits until the message has it, or came first and it is gone.
  perform from storage.objects o
  where o.bucket_id = 'chat' and o.name in (select unnest(array[f ->> 'path', f ->> 'preview']) from jsonb_array_elements(wanted) as f)
  for key share;
  -- Type and size are what Storage knows, not what the sender says; only the sender's own uploads into this conversation count.
  select jsonb_agg(jsonb_build_object(
    'path', o.name,
    -- File systems allow line breaks and marks of direction in a name.
    'name', coalesce(private.name_from(w.file ->> 'name', 255), split_part(o.name, '/', 4)),
    'mime_type', coalesce(o.metadata ->> 'mimetype', 'application/octet-stream'),
    'size', coalesce((o.metadata ->> 'size')::bigint, 0)
  ) || private.attachment_details(operation, w.file, w.place, coalesce(o.metadata ->> 'mimetype', '')) order by w.place)
  into files
  from jsonb_array_elements(wanted) with ordinality as w (file, place)
  join storage.objects o on o.bucket_id = 'chat' and o.name = w.file ->> 'path'
  where o.name ~ ('^' || conversation_id || '/' || caller || '/[^/]+/[^/]+$')
    and (w.file ->> 'name' is null or private.name_from(w.file ->> 'name', 255) is not null);
  if coalesce(jsonb_array_length(files), 0) <> jsonb_array_length(wanted)
    or (select count(distinct f ->> 'path') from jsonb_array_elements(wanted) as f) <> jsonb_array_length(wanted) then
    perform private.raise_error('invalid_input',
      format('unable to %s the message; an attachment is not among your uploads to the conversation, or has no name', operation),
      'Upload to <conversation>/<you>/<uuid>/<name> in bucket chat, then send.', '{"field": "attachments"}');
  end if;
  perform private.check_previews(operation, conversation_id, caller, files);
  return files;
end
$$;
comment on function private.check_attachments is 'The files that a sender names, as Storage knows them; raises unless all are there and the sender''s.';

create function private.attach(operation text, message_id uuid, files jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  -- After those that an edit withdrew or moves.
  taken bigint := coalesce((select max(a.place) from private.message_attachments a where a.message_id = attach.message_id), 0);
  attached integer;
begin
  insert into private.message_attachments as a (path, message_id, place, name, mime_type, size, details, preview_of)
  select w.path, attach.message_id, taken + row_number() over (order by w.preview_of is not null, w.place), w.name, w.mime_type, w.size, w.details, w.preview_of
  from (
    select f.file ->> 'path' as path, f.place, f.file ->> 'name' as name, f.file ->> 'mime_type' as mime_type, (f.file ->> 'size')::bigint as size,
      f.file - array['path', 'name', 'mime_type', 'size'] as details, null as preview_of
    from jsonb_array_elements(files) with ordinality as f (file, place)
    union all
    select o.name, f.place, split_part(o.name, '/', 4), o.metadata ->> 'mimetype', coalesce((o.metadata ->> 'size')::bigint, 0), '{}', f.file ->> 'path'
    from jsonb_array_elements(files) with ordinality as f (file, place)
    join storage.objects o on o.bucket_id = 'chat' and o.name = f.file ->> 'preview'
  ) w
  order by w.path
  on conflict (path) do update
  set place = excluded.place, name = excluded.name, details = excluded.details, preview_of = excluded.preview_of, withdrawn_at = null
  where a.message_id = excluded.message_id;
  get diagnostics attached = row_count;
  if attached < jsonb_array_length(files) + (select count(*) from jsonb_array_elements(files) as f where f ? 'preview') then
    perform private.raise_error('invalid_input', format('unable to %s the message; an attachment belongs to another message', operation),
      'Upload the file again.', '{"field": "attachments"}');
  end if;
end
$$;
comment on function private.attach is 'Gives files to a message, in their order; those that it has already stay, with their new names and places.';

alter table public.message_reactions enable row level security;

revoke all on public.message_reactions, private.message_attachments from public, anon, authenticated, service_role;
grant select on public.message_reactions to service_role;
revoke execute on function
  private.reply_json(uuid),
  private.message_json(public.messages),
  private.shown_message(public.messages),
  private.check_content(text, text, boolean),
  private.check_extras(text, jsonb),
  private.song_card(uuid),
  private.reactions_json(uuid),
  private.attachments_json(uuid),
  private.check_attachments(text, uuid, uuid, jsonb),
  private.attach(text, uuid, jsonb)
from public, anon, authenticated, service_role;

-- Reports, and the bucket of attachments. Participants of a message's conversation read its files; while a message or a report refers
-- to a file, no role removes or replaces it.

create table public.message_reports (
  id uuid primary key default gen_random_uuid(),
  message_id uuid not null references public.messages (id) on delete cascade,
  reporter_id uuid not null references public.profiles (id),
  reason text not null,
  note text not null default '',
  reported jsonb not null,
  created_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolved_by uuid references public.profiles (id),
  resolution text,
  constraint message_reports_message_id_reporter_id_key unique (message_id, reporter_id),
  constraint message_reports_reason_check check (char_length(reason) between 1 and 100),
  constraint message_reports_note_check check (char_length(note) <= 2000),
  constraint message_reports_resolution_check check (char_length(resolution) <= 2000)
);
comment on table public.message_reports is 'Messages that people reported; moderators read them.';
comment on column public.message_reports.reported is
  'The message as it was when it was reported, so that deleting it does not hide it; emptied when its sender''s account is.';

create index message_reports_reporter_id_idx on public.message_reports (reporter_id);
create index message_reports_resolved_by_idx on public.message_reports (resolved_by);
create index message_reports_sender_idx on public.message_reports ((reported ->> 'sender_id'));
create index message_reports_reply_sender_idx on public.message_reports ((reported #>> '{reply,sender_id}'));
create index message_reports_reply_idx on public.message_reports ((reported #>> '{reply,id}'));
create index message_reports_created_at_id_idx on public.message_reports (created_at desc, id desc);

create table private.file_removals (
  bucket_id text not null,
  name text not null,
  queued_at timestamptz not null default clock_timestamp(),
  primary key (bucket_id, name)
);
comment on table private.file_removals is 'Files that nothing refers to any more, for the service to remove through Storage: SQL cannot.';

create index file_removals_queued_at_idx on private.file_removals (queued_at);

create function private.is_own_chat_file(path text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return array_length(string_to_array(path, '/'), 1) = 4
    and split_part(path, '/', 2) = (select auth.uid())::text
    and private.is_uuid(split_part(path, '/', 1))
    and private.is_participant(split_part(path, '/', 1)::uuid);
end
$$;
comment on function private.is_own_chat_file is 'Whether a path is in the caller''s own folder of a conversation that they take part in now.';

create function private.is_file_needed(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Volatile: after waiting for a send it sees what that send has attached.
  return exists (
    select
    from private.message_attachments a
    where a.path = is_file_needed.path and (
      a.withdrawn_at is null
      or exists (select from public.message_reports r where r.message_id = a.message_id and r.resolved_at is null)
    )
  );
end
$$;
comment on function private.is_file_needed is 'Whether a message shows a file, or an open report is about one that did.';

create function private.can_read_chat_file(path text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (
    select
    from private.message_attachments a
    join public.messages m on m.id = a.message_id
    where a.path = can_read_chat_file.path
      and (
        (a.withdrawn_at is null and private.sees_message(m.conversation_id, m.seq))
        or (private.is_moderator() and exists (select from public.message_reports r where r.message_id = m.id))
      )
  ) or (private.is_own_chat_file(path) and not exists (
    -- A user's own file goes with the history that the user cleared.
    select from private.message_attachments a join public.messages m on m.id = a.message_id
    where a.path = can_read_chat_file.path and a.withdrawn_at is null and not private.sees_message(m.conversation_id, m.seq)
  ));
end
$$;
comment on function private.can_read_chat_file is
  'Whether the caller sees the message with that file, or moderates a report of it.';

create function private.drop_files(message_ids uuid[], keep_reported boolean, kept text[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Of what was reported the moderators keep the files until the report is resolved.
  update private.message_attachments a
  set withdrawn_at = clock_timestamp()
  where keep_reported and a.message_id = any (message_ids) and a.withdrawn_at is null and a.path <> all (kept)
    and exists (select from public.message_reports r where r.message_id = a.message_id);
  -- The files themselves are Storage's.
  with gone as (
    delete from private.message_attachments a
    where a.message_id = any (message_ids) and (a.withdrawn_at is null or not keep_reported) and a.path <> all (kept)
    returning a.path
  )
  insert into private.file_removals (bucket_id, name)
  select 'chat', gone.path from gone order by gone.path
  on conflict do nothing;
end
$$;
comment on function private.drop_files is 'Takes files from messages, but for those that are kept, and queues them for their removal.';

create function private.drop_belongings(message_ids uuid[], keep_reported boolean)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.drop_files(message_ids, keep_reported, '{}');
  delete from public.message_reactions r where r.message_id = any (message_ids);
end
$$;
comment on function private.drop_belongings is 'Takes files and reactions from messages that are being emptied.';

create function private.keep_needed_file()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if private.is_file_needed(old.name) then
    perform private.raise_error('forbidden', 'unable to change the file; a message or a report refers to it', 'Delete the message first.');
  end if;
  if tg_op = 'DELETE' then
    delete from private.file_removals q where q.bucket_id = old.bucket_id and q.name = old.name;
    return old;
  end if;
  return new;
end
$$;
comment on function private.keep_needed_file is
  'Trigger: keeps a sent file as it was sent. The Storage server writes as a role that no policy binds, so a policy is not enough.';

create function private.queue_chat_files(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
security definer
set search_path = ''
as $$
declare
  names text[];
begin
  -- What is gone meanwhile, or sent after all, leaves the queue.
  delete from private.file_removals q
  where reached is null and q.bucket_id = 'chat' and (
    private.is_file_needed(q.name)
    or not exists (select from storage.objects o where o.bucket_id = q.bucket_id and o.name = q.name)
  );
  select array_agg(o.name order by o.name) into names
  from (
    select objects.name
    from storage.objects
    where objects.bucket_id = 'chat' and objects.name > coalesce(reached, '')
    order by objects.name
    limit batch_size
  ) o;
  insert into private.file_removals (bucket_id, name)
  select o.bucket_id, o.name
  from storage.objects o
  where o.bucket_id = 'chat' and o.name = any (names) and not private.is_file_needed(o.name)
    and (
      o.created_at < now() - queue_chat_files.keep
      or not exists (select from public.profiles p where p.id::text = split_part(o.name, '/', 2) and p.user_id is not null)
    )
  on conflict do nothing;
  return (coalesce(cardinality(names), 0)::bigint, case when cardinality(names) = batch_size then names[batch_size] end)::private.maintenance_batch;
end
$$;
comment on function private.queue_chat_files is
  'A step of upkeep: queues files of chat that were uploaded long ago and that no message and no open report refers to.';

create function public.list_abandoned_attachments(page_size integer default 1000)
returns setof text
language sql
set search_path = ''
as $$
  -- From the queue, however many files the bucket has.
  select q.name
  from private.file_removals q
  where q.bucket_id = 'chat' and not private.is_file_needed(q.name)
    and exists (select from storage.objects o where o.bucket_id = q.bucket_id and o.name = q.name)
  order by q.name
  limit page_size
$$;
comment on function public.list_abandoned_attachments is
  'For the service role: files in bucket chat that no user can read, or that were never sent; remove them through Storage.';

create function private.has_overdue_files()
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (select from private.file_removals q where q.queued_at < now() - interval '1 day');
end
$$;

create function public.has_overdue_files()
returns boolean
language sql
stable
set search_path = ''
as $$
  select private.has_overdue_files()
$$;
comment on function public.has_overdue_files is 'Whether files have waited for their removal for over a day: then nothing removes them. For doctor.';

create or replace trigger tertulia_keep_needed_files
before delete or update of bucket_id, name, version on storage.objects
for each row
when (old.bucket_id = 'chat')
execute function private.keep_needed_file();

alter table public.message_reports enable row level security;

create policy "Participants read the files of messages"
on storage.objects
for select
to authenticated
using (bucket_id = 'chat' and private.can_read_chat_file(name));

create policy "Participants upload to their own folder of a conversation"
on storage.objects
for insert
to authenticated
with check (bucket_id = 'chat' and private.is_own_chat_file(name));

-- Also after they left: an upload may land after that.
create policy "Users remove their own files that were not sent"
on storage.objects
for delete
to authenticated
using (bucket_id = 'chat' and split_part(name, '/', 2) = lower((select auth.jwt() ->> 'sub')) and not private.is_file_needed(name));

create policy "Users see their own files in the bucket of chat"
on storage.objects
for select
to authenticated
using (bucket_id = 'chat' and split_part(name, '/', 2) = lower((select auth.jwt() ->> 'sub')) and not private.is_file_needed(name));

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('chat', 'chat', false, 26214400, array[
  'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/heic', 'audio/*', 'video/*', 'application/pdf', 'text/plain'
])
on conflict do nothing;

insert into private.maintenance_steps (name, position, function_name, batch_size, keep)
values ('queue_chat_files', 25, 'private.queue_chat_files', 2000, '7 days');

revoke all on public.message_reports, private.file_removals from public, anon, authenticated, service_role;
grant select on public.message_reports to service_role;
grant select on private.file_removals to service_role;
revoke execute on function
  private.is_own_chat_file(text),
  private.is_file_needed(text),
  private.can_read_chat_file(text),
  private.drop_files(uuid[], boolean, text[]),
  private.drop_belongings(uuid[], boolean),
  private.keep_needed_file(),
  private.queue_chat_files(integer, interval, text),
  private.has_overdue_files(),
  public.has_overdue_files(),
  public.list_abandoned_attachments(integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.is_own_chat_file(text),
  private.is_file_needed(text),
  private.can_read_chat_file(text)
to authenticated;
grant execute on function private.is_file_needed(text), public.list_abandoned_attachments(integer) to service_role;
grant execute on function private.has_overdue_files(), public.has_overdue_files() to anon, authenticated;

-- Files that wait in a user's folder of a conversation to be sent: how many there may be, and what becomes of them with the account.

create function private.may_upload_chat_file(path text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- Storage asks this in a transaction that it rolls back before it writes, so uploads at the same moment can pass the limit. Upkeep
  -- removes what is never sent.
  -- What is no path of a conversation, another policy refuses.
  return private.is_uuid(split_part(path, '/', 1)) and private.may_write(split_part(path, '/', 1)::uuid, (select auth.uid())) and coalesce((
    select count(*) < private.at_most('unsent_files')
    from storage.objects o
    where o.bucket_id = 'chat'
      -- As the index of Storage compares names: from the folder's slash to what follows a slash.
      and (o.name collate "C") >= split_part(path, '/', 1) || '/' || split_part(path, '/', 2) || '/'
      and (o.name collate "C") < split_part(path, '/', 1) || '/' || split_part(path, '/', 2) || '0'
      and not exists (select from private.message_attachments a where a.path = o.name)
      -- An upload that is tried again is counted once.
      and o.name <> path
      -- What was taken from a message waits for upkeep.
      and not exists (select from private.file_removals q where q.bucket_id = o.bucket_id and q.name = o.name)
  ), true);
end
$$;
comment on function private.may_upload_chat_file is
  'Whether the caller writes in the conversation, and fewer files than the limit unsent_files wait in the folder.';

create function private.check_upload(conversation_id uuid)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_participant(conversation_id);
  perform private.require_writer(conversation_id, (select auth.uid()));
  if not private.may_upload_chat_file(conversation_id || '/' || (select auth.uid()) || '/') then
    perform private.raise_error('too_many_files', 'unable to upload; too many files there are not sent yet', 'Send or remove some first.');
  end if;
end
$$;

create function public.check_upload(conversation_id uuid)
returns void
language sql
stable
set search_path = ''
as $$
  select private.check_upload(conversation_id)
$$;
comment on function public.check_upload is 'Raises the reason for which Storage refuses the caller''s uploads to a conversation, if there is one.';

create function private.queue_files_of(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.file_removals (bucket_id, name)
  select o.bucket_id, o.name
  from public.conversation_participants p
  join storage.objects o on o.bucket_id = 'chat'
    and (o.name collate "C") >= p.conversation_id || '/' || person || '/'
    and (o.name collate "C") < p.conversation_id || '/' || person || '0'
  where p.user_id = person
  order by o.name
  on conflict do nothing;
end
$$;
comment on function private.queue_files_of is 'Queues the files of chat that a user leaves behind; those of messages go once the messages are empty.';

create policy "Only so many files wait to be sent"
on storage.objects
as restrictive
for insert
to authenticated
with check (bucket_id <> 'chat' or private.may_upload_chat_file(name));

revoke execute on function
  private.may_upload_chat_file(text),
  private.check_upload(uuid),
  public.check_upload(uuid),
  private.queue_files_of(uuid)
from public, anon, authenticated, service_role;
grant execute on function private.may_upload_chat_file(text), private.check_upload(uuid), public.check_upload(uuid) to authenticated;

-- What the database tells of a group within its messages.

create function private.system_event(type text, people uuid[], value jsonb default 'null')
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object('type', type, 'user_ids', (select coalesce(jsonb_agg(distinct person), '[]') from unnest(people) as person),
    'value', value)
$$;
comment on function private.system_event is 'What a system message tells: what happened, to whom, and the new value of a setting.';

create function private.add_system_message(conversation_id uuid, actor uuid, event jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  message public.messages;
  person uuid;
begin
  -- One change with what it tells of: they share a revision.
  insert into public.messages (id, conversation_id, sender_id, seq, revision, content, system, created_at)
  select gen_random_uuid(), c.id, actor, c.last_seq, c.last_revision, '', event, clock_timestamp()
  from public.conversations c
  where c.id = add_system_message.conversation_id
  returning * into message;
  -- What a user has hidden stays so until somebody writes.
  for person in
    update public.conversation_participants p
    set hidden_seq = message.seq, own_revision = p.own_revision + 1
    where p.conversation_id = add_system_message.conversation_id and p.hidden_seq = message.seq - 1 and p.left_at is null
    returning p.user_id
  loop
    perform private.deliver_mine(conversation_id, person);
  end loop;
  return message;
end
$$;
comment on function private.add_system_message is 'Puts a system message into the newest position of a conversation, as a part of its newest change.';

create function private.note_departure(conversation_id uuid, person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- As a part of the change in which the account leaves.
  update public.conversations c set last_seq = c.last_seq + 1 where c.id = note_departure.conversation_id and c.kind = 'group';
  if found then
    perform private.add_system_message(conversation_id, person, private.system_event('left', array[person]));
  end if;
end
$$;
comment on function private.note_departure is 'Tells in a group that a user whose account is being deleted left it.';

revoke execute on function
  private.system_event(text, uuid[], jsonb),
  private.add_system_message(uuid, uuid, jsonb),
  private.note_departure(uuid, uuid)
from public, anon, authenticated, service_role;

-- Who may write to a user and add them to groups, and the requests of those who may not.

create table private.contact_rules (
  user_id uuid primary key references public.profiles (id),
  write text not null default 'everyone',
  groups text not null default 'everyone',
  write_since timestamptz not null default clock_timestamp(),
  constraint contact_rules_write_check check (write in ('everyone', 'known', 'nobody')),
  constraint contact_rules_groups_check check (groups in ('everyone', 'known', 'nobody'))
);
comment on table private.contact_rules is 'Who may write to a user, and add them to groups. A user without a row lets everyone.';
comment on column private.contact_rules.write_since is 'When write was last changed: nobody means that those known before it must ask as well.';

create table private.contact_requests (
  id uuid primary key default gen_random_uuid(),
  sender_id uuid not null references public.profiles (id),
  recipient_id uuid not null references public.profiles (id),
  conversation_id uuid references public.conversations (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  accepted boolean,
  constraint contact_requests_people_check check (sender_id <> recipient_id),
  constraint contact_requests_answer_check check ((answered_at is null) = (accepted is null)),
  constraint contact_requests_conversation_id_recipient_id_key unique (conversation_id, recipient_id)
);
comment on table private.contact_requests is
  'Requests to write to a user, and with a conversation invitations to a group. Answered ones stay, so that repeats are bounded.';

-- One per pair, and one per group and user, whoever of the group invites.
create unique index contact_requests_pair_idx on private.contact_requests (sender_id, recipient_id) where conversation_id is null;
create index contact_requests_sender_id_idx on private.contact_requests (sender_id, created_at desc, id desc);
create index contact_requests_recipient_id_idx on private.contact_requests (recipient_id, created_at desc, id desc);

create function private.knows(person uuid, other uuid, since timestamptz)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  pair constant text := least(person, other) || ':' || greatest(person, other);
begin
  return exists (
    select
    from private.contact_requests r
    where r.conversation_id is null and coalesce(r.answered_at, r.created_at) >= since and (
      (r.sender_id = other and r.recipient_id = person and r.accepted)
      -- A user who asked wants an answer.
      or (r.sender_id = person and r.recipient_id = other and r.accepted is not false)
    )
  ) or exists (
    select
    from public.conversations c
    where c.direct_key = pair and (
      (c.created_by = person and c.created_at >= since)
      or exists (
        select from public.messages m
        where m.sender_id = person and m.conversation_id = c.id and m.created_at >= since
      )
    )
  );
end
$$;
comment on function private.knows is
  'Whether a person has written to another one since a time, has opened their conversation, has accepted their request or asked them.';

create function private.accepts(person uuid, other uuid, purpose text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  rules private.contact_rules;
begin
  select * into rules from private.contact_rules r where r.user_id = person;
  if not found then
    return true;
  end if;
  if purpose = 'groups' then
    return rules.groups = 'everyone' or (rules.groups = 'known' and private.knows(person, other, '-infinity'));
  end if;
  return case rules.write
    when 'everyone' then true
    when 'known' then private.knows(person, other, '-infinity')
    else private.knows(person, other, rules.write_since)
  end;
end
$$;
comment on function private.accepts is 'Whether a person lets another one write to them, or add them to groups: the one rule of consent.';

create function private.require_consent(person uuid, other uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not private.accepts(person, other, 'write') then
    perform private.raise_error('request_needed', 'unable to write; the user accepts messages on request only', 'Send a request first.',
      '{"field": "userId"}');
  end if;
end
$$;

create function private.request_json(request private.contact_requests, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  -- Asking a user shows nothing of a profile that is not listed.
  shows constant boolean := viewer <> request.sender_id or private.can_see_profile(request.recipient_id);
begin
  return (
    select jsonb_build_object('id', request.id, 'kind', case when c.id is null then 'contact' else 'group' end, 'created_at', request.created_at,
      'user', jsonb_build_object('user_id', f.id, 'handle', case when shows then f.handle end,
        'display_name', case when shows then f.display_name else '' end, 'avatar_path', case when shows then f.avatar_path end),
      -- Not by its bare id, by which clients know events of their own conversations.
      'group', case when c.id is not null then jsonb_build_object('id', c.id, 'subject', c.subject) end)
    from public.profiles f
    left join public.conversations c on c.id = request.conversation_id
    where f.id = case viewer when request.sender_id then request.recipient_id else request.sender_id end
  );
end
$$;
comment on function private.request_json is 'A request as its sender or its recipient sees it, with the other one of them. It does not tell the answer.';

create function private.is_request_valid(request private.contact_requests)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return not private.are_blocked(request.recipient_id, array[request.sender_id]) and (
    request.conversation_id is null
    or (
      exists (
        select
        from public.conversation_participants p
        where p.conversation_id = request.conversation_id and p.user_id = request.sender_id and p.left_at is null and p.role <> 'member'
      )
      and not exists (
        select from private.group_bans b where b.conversation_id = request.conversation_id and b.user_id = request.recipient_id
      )
    )
  );
end
$$;
comment on function private.is_request_valid is
  'Whether a request counts: not across a block, an invitation not to a banned user, nor by a user who may not add others any more.';

create function private.make_request(sender uuid, recipient uuid, conversation uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  request private.contact_requests;
  rest constant interval := make_interval(secs => coalesce((select l.per_seconds from private.limits l where l.key = 'request_rest'), 0));
begin
  -- Else a user could make a group for each invitation.
  if conversation is not null and (
    select count(*)
    from private.contact_requests r
    where r.sender_id = sender and r.recipient_id = recipient and r.accepted is not true and r.created_at > clock_timestamp() - rest
  ) >= private.at_most('invitations') then
    return;
  end if;
  insert into private.contact_requests as r (sender_id, recipient_id, conversation_id)
  values (sender, recipient, conversation)
  on conflict do nothing
  returning r.* into request;
  if request.id is null then
    -- Of those of a group the latest stands for its invitation, for an earlier one may not invite any more.
    update private.contact_requests r
    set sender_id = sender
    where r.conversation_id = conversation and r.recipient_id = recipient and r.answered_at is null and r.sender_id <> sender;
    -- An open one is not repeated, and an answered one only after the rest. The sender is not told which it is.
    update private.contact_requests r
    set sender_id = sender, created_at = clock_timestamp(), answered_at = null, accepted = null
    where r.recipient_id = recipient and r.conversation_id is not distinct from conversation and (conversation is not null or r.sender_id = sender)
      and r.answered_at <= clock_timestamp() - rest
    returning r.* into request;
  end if;
  if request.id is not null then
    perform private.deliver_to(recipient, 'request', private.request_json(request, recipient));
  end if;
end
$$;
comment on function private.make_request is 'Asks a user once, and tells their devices; repeats are bounded by the limit request_rest.';

create function private.end_request(request_id uuid, accepted boolean)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  request private.contact_requests;
begin
  update private.contact_requests r
  set answered_at = clock_timestamp(), accepted = accepted
  where r.id = request_id and r.answered_at is null
  returning r.* into request;
  if request.id is not null then
    perform private.deliver_to(request.recipient_id, 'request', private.request_json(request, request.recipient_id) || '{"answered": true}');
  end if;
end
$$;
comment on function private.end_request is 'Keeps the answer to a request that waits, and tells the other devices of the user who answers. The sender is not told.';

create function private.invite(conversation uuid, caller uuid, people uuid[])
returns uuid[]
language plpgsql
set search_path = ''
as $$
declare
  willing uuid[] := '{}';
  person uuid;
begin
  for person in select distinct unnest(people) as one order by one loop
    if person = caller or private.accepts(person, caller, 'groups') then
      willing := willing || person;
    else
      perform private.make_request(caller, person, conversation);
    end if;
  end loop;
  return willing;
end
$$;
comment on function private.invite is 'Of people who are to join a group, those who let the caller add them; the others get an invitation.';

create function private.forget_contacts(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from private.contact_rules r where r.user_id = person;
  delete from private.contact_requests r where r.sender_id = person or r.recipient_id = person;
end
$$;
comment on function private.forget_contacts is 'Deletes the rules and requests of an account that goes.';

insert into private.limits (key, at_most, per_seconds, what_for) values
  ('request', 20, 3600, 'requests to write to users'),
  ('invitations', 5, null, 'requests of a user to another one that are not accepted, before groups add more'),
  ('request_rest', 1, 2592000, 'requests to the same user, or to join the same group, after an answer');

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.contact_rules', 53, 'user_id', 't.user_id', null, '{}'),
  -- The answer stays the recipient's.
  ('private.contact_requests', 54, 'sender_id', 't.id', array['id', 'recipient_id', 'conversation_id', 'created_at'], '{}');

revoke all on private.contact_rules, private.contact_requests from public, anon, authenticated, service_role;
revoke execute on function
  private.knows(uuid, uuid, timestamptz),
  private.accepts(uuid, uuid, text),
  private.require_consent(uuid, uuid),
  private.request_json(private.contact_requests, uuid),
  private.is_request_valid(private.contact_requests),
  private.make_request(uuid, uuid, uuid),
  private.end_request(uuid, boolean),
  private.invite(uuid, uuid, uuid[]),
  private.forget_contacts(uuid)
from public, anon, authenticated, service_role;

-- Groups: roles, seats, and the ephemeral topic of a conversation.

create function private.change_group(
  conversation_id uuid, new_live_key boolean, changes jsonb, changed_people uuid[], event jsonb default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  following bigint;
  message public.messages;
begin
  update public.conversations c
  set
    last_revision = c.last_revision + 1,
    -- Not last_message_at: nobody has said anything.
    last_seq = c.last_seq + case when event is null then 0 else 1 end,
    live_key = case when new_live_key then gen_random_uuid() else c.live_key end,
    updated_at = clock_timestamp()
  where c.id = change_group.conversation_id
  returning c.last_revision into following;
  if cardinality(changed_people) > 0 then
    update public.conversation_participants p
    set revision = following
    where p.conversation_id = change_group.conversation_id and p.user_id = any (changed_people);
    -- More of them would not fit into an event.
    changes := case when cardinality(changed_people) <= 8 then
      changes || jsonb_build_object('people', private.people_json(conversation_id, following - 1, null)) end;
  end if;
  if new_live_key then
    -- All leave the topic of the old key at once, and ask for the new one.
    changes := changes || '{"rekeyed": true}';
  end if;
  if event is not null then
    message := private.add_system_message(conversation_id, (select auth.uid()), event);
  end if;
  perform private.deliver_change(conversation_id, changes, case when event is not null then private.message_json(message) end);
  return private.conversation_json(conversation_id);
end
$$;
comment on function private.change_group is
  'Gives a change of a group its revision and its system message, tells everyone what changed, and answers the conversation.';

create function private.welcome_back(conversation_id uuid, pair uuid[])
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  if exists (
    select
    from public.conversation_participants p
    join public.profiles f on f.id = p.user_id and f.user_id is not null
    where p.conversation_id = welcome_back.conversation_id and p.left_at is not null
  ) then
    perform from public.profiles f where f.id = any (pair) and f.user_id is not null order by f.id for share;
    perform from public.conversations c where c.id = welcome_back.conversation_id for no key update;
    update public.conversation_participants p
    set left_at = null, joined_at = clock_timestamp()
    from public.profiles f
    where p.conversation_id = welcome_back.conversation_id and p.left_at is not null and f.id = p.user_id and f.user_id is not null;
    if found then
      return private.change_group(conversation_id, true, '{}', pair);
    end if;
  end if;
  return private.conversation_json(conversation_id);
end
$$;
comment on function private.welcome_back is 'A direct conversation, in which a user who deleted the account and created it again takes part again.';

create function private.check_group_fields(subject jsonb, metadata jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- A null is a field that is not given; a JSON null empties the subject.
  if jsonb_typeof(subject) not in ('string', 'null') then
    perform private.raise_error('invalid_input', 'unable to save the group; its subject is no text', 'Pass a text.', '{"field": "subject"}');
  end if;
  if not private.is_bounded_object(metadata, 8192) then
    perform private.raise_error('invalid_input', 'unable to save the group; metadata must be an object of at most 8 KiB',
      'Shorten the metadata.', '{"field": "metadata"}');
  end if;
  return case when subject #>> '{}' is not null then private.check_text('name', subject #>> '{}', 200, 'save the group', 'subject') end;
end
$$;
comment on function private.check_group_fields is
  'The subject as it is kept; raises unless subject and metadata, where they are given, may stand in a group.';

create function private.lock_group(conversation_id uuid, allowed text[])
returns text
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  group_kind text;
  own_role text;
begin
  perform private.take_token((select auth.uid()), 'group_change');
  perform private.require_participant(conversation_id);
  select c.kind into group_kind from public.conversations c where c.id = conversation_id for no key update;
  if group_kind <> 'group' then
    perform private.raise_error('invalid_input', 'unable to change the group; the conversation is a direct one', 'Make a group.',
      '{"field": "conversationId"}');
  end if;
  -- Again under the lock: the caller may have been removed or set back while this waited.
  perform private.require_participant(conversation_id);
  select p.role into own_role
  from public.conversation_participants p
  where p.conversation_id = lock_group.conversation_id and p.user_id = (select auth.uid());
  if own_role <> all (allowed) then
    perform private.raise_error('forbidden', format('unable to change the group; it takes %s', array_to_string(allowed, ' or ')),
      'Ask an owner of the group.');
  end if;
  return own_role;
end
$$;
comment on function private.lock_group is 'Locks a group for a change by one of the allowed roles and answers the caller''s role.';

create function private.seat_people(conversation_id uuid, caller uuid, people uuid[])
returns integer
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  seated integer;
  newcomers integer;
begin
  select count(*) into seated
  from public.conversation_participants p
  where p.conversation_id = conversation_id and p.left_at is null;
  -- Participants keep their role; former ones come back as members, with nothing unread.
  insert into public.conversation_participants as p (conversation_id, user_id, role, last_read_seq, receipt_seq, visible_from_seq, joined_at)
  select c.id, person, case when person = caller then 'owner' else 'member' end, c.last_seq, c.last_seq,
    -- The system message of the joining is the first that they see.
    case c.history when 'joined' then c.last_seq + 1 else 1 end, clock_timestamp()
  from public.conversations c, (select distinct unnest(people) as person) as wanted
  where c.id = conversation_id
  on conflict on constraint conversation_participants_pkey do update
  set
    role = 'member', left_at = null, last_read_seq = excluded.last_read_seq, receipt_seq = excluded.receipt_seq, joined_at = excluded.joined_at,
    visible_from_seq = greatest(excluded.visible_from_seq, p.cleared_seq + 1),
    muted = false, pinned = false, archived = false, hidden_seq = -1, marked_seq = -1, own_revision = p.own_revision + 1
  where p.left_at is not null;
  get diagnostics newcomers = row_count;
  if seated + newcomers > private.at_most('group_people') then
    perform private.raise_error('group_full',
      format('unable to add people; a group holds at most %s', private.at_most('group_people')), 'Make another group.',
      '{"field": "userIds"}');
  end if;
  return newcomers;
end
$$;
comment on function private.seat_people is 'Puts people into a conversation and answers how many are new to it.';

create function private.check_people(people uuid[], field text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- A nested list is none: functions of lists do not take it.
  if people is null or cardinality(people) > 256 or array_ndims(people) > 1 or exists (select from unnest(people) as person where person is null) then
    perform private.raise_error('invalid_input', 'unable to change the group; it takes a list of at most 256 people', 'Pass their ids.',
      jsonb_build_object('field', field));
  end if;
end
$$;

create function private.take_leave(conversation_id uuid, user_id uuid, type text)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  update public.conversation_participants p
  set left_at = clock_timestamp(), role = 'member'
  where p.conversation_id = take_leave.conversation_id and p.user_id = take_leave.user_id;
  delete from private.drafts d where d.conversation_id = take_leave.conversation_id and d.user_id = take_leave.user_id;
  perform private.deliver_to(user_id, 'removed', jsonb_build_object('conversation_id', conversation_id));
  return private.change_group(conversation_id, true, '{}', array[user_id], private.system_event(type, array[user_id]));
end
$$;
comment on function private.take_leave is 'Takes a person out of a group: no message, no typing, no topic from here on.';

create function private.require_other_owner(conversation_id uuid, caller uuid, reason text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not exists (
    select
    from public.conversation_participants p
    where p.conversation_id = require_other_owner.conversation_id and p.user_id <> caller and p.left_at is null and p.role = 'owner'
  ) then
    perform private.raise_error('last_owner', reason, 'Make another user an owner first.');
  end if;
end
$$;

create function private.may_use_topic(topic text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- Every policy runs for every topic: a foreign one is false, never an error.
  if topic is null or topic not like 'conversation:%' or not private.is_uuid(split_part(topic, ':', 2)) then
    return false;
  end if;
  return exists (
    select
    from public.conversations c
    join public.conversation_participants p on p.conversation_id = c.id
    where c.id = split_part(topic, ':', 2)::uuid and p.user_id = (select auth.uid()) and p.left_at is null
      and topic = 'conversation:' || c.id || ':' || c.live_key
      -- Both learn the new key of a direct conversation with a block in it; neither gets in with it.
      and (c.kind = 'group' or not exists (
        select
        from public.user_blocks b
        where (b.blocker_id = split_part(c.direct_key, ':', 1)::uuid and b.blocked_id = split_part(c.direct_key, ':', 2)::uuid)
          or (b.blocker_id = split_part(c.direct_key, ':', 2)::uuid and b.blocked_id = split_part(c.direct_key, ':', 1)::uuid)
      ))
  );
end
$$;
comment on function private.may_use_topic is 'Whether the caller takes part now in the conversation of an ephemeral topic, and knows its key.';

create policy "Participants hear what passes while a conversation is open"
on realtime.messages
for select
to authenticated
using (
  extension in ('broadcast', 'presence') and topic = (select realtime.topic()) and private.may_use_topic((select realtime.topic()))
);

create policy "Participants say what passes while a conversation is open"
on realtime.messages
for insert
to authenticated
with check (
  extension in ('broadcast', 'presence') and topic = (select realtime.topic()) and private.may_use_topic((select realtime.topic()))
);

-- As for user channels: no policy of the app's own opens these topics to anybody else.
create policy "Nobody else hears what passes in a conversation"
on realtime.messages
as restrictive
for select
to authenticated
using ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:' or private.may_use_topic((select realtime.topic())));

create policy "Nobody else says what passes in a conversation"
on realtime.messages
as restrictive
for insert
to authenticated
with check ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:' or private.may_use_topic((select realtime.topic())));

create policy "Visitors hear nothing of a conversation"
on realtime.messages
as restrictive
for select
to anon
using ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

create policy "Visitors say nothing in a conversation"
on realtime.messages
as restrictive
for insert
to anon
with check ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

revoke execute on function
  private.welcome_back(uuid, uuid[]),
  private.check_group_fields(jsonb, jsonb),
  private.lock_group(uuid, text[]),
  private.change_group(uuid, boolean, jsonb, uuid[], jsonb),
  private.seat_people(uuid, uuid, uuid[]),
  private.check_people(uuid[], text),
  private.take_leave(uuid, uuid, text),
  private.require_other_owner(uuid, uuid, text),
  private.may_use_topic(text)
from public, anon, authenticated, service_role;
grant execute on function private.may_use_topic(text) to authenticated;

-- The calls that make and change groups.

create function private.create_group(group_id uuid, subject text, member_ids uuid[], metadata jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  maker uuid;
  made boolean;
  willing uuid[];
begin
  if group_id is null then
    perform private.raise_error('invalid_input', 'unable to create the group; it has no id', 'Make a UUID per group and keep it when you retry.',
      '{"field": "id"}');
  end if;
  subject := private.check_group_fields(to_jsonb(subject), coalesce(metadata, 'null'));
  perform private.check_people(member_ids, 'memberIds');
  perform private.get_own_profile();

  -- The same group again is a success, and costs nothing.
  select c.created_by into maker from public.conversations c where c.id = group_id;
  if not found then
    perform private.take_token(caller, 'group');
    perform private.take_token(caller, 'add_people', cardinality(member_ids));
    perform private.require_unblocked(caller, member_ids, 'unable to create the group; a member blocked you, or you blocked a member');
    perform private.hold_people(caller || member_ids, 'memberIds');
    insert into public.conversations (id, kind, subject, metadata, created_by, last_revision)
    values (group_id, 'group', subject, metadata, caller, 0)
    on conflict (id) do nothing
    returning true into made;
    if made then
      willing := private.invite(group_id, caller, member_ids);
      perform private.seat_people(group_id, caller, caller || willing);
      -- No client knows the group yet: they all ask for it.
      return private.change_group(group_id, false, null, '{}', private.system_event('created', array_remove(willing, caller)));
    end if;
    select c.created_by into maker from public.conversations c where c.id = group_id;
  end if;
  if maker is distinct from caller then
    perform private.raise_error('group_id_taken', 'unable to create the group; its id belongs to another conversation',
      'Make a new UUID for each group.', '{"field": "id"}');
  end if;
  perform private.require_participant(group_id);
  return private.conversation_json(group_id);
end
$$;

create function private.add_participants(conversation_id uuid, user_ids uuid[])
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  missing uuid[];
begin
  perform private.check_people(user_ids, 'userIds');
  perform private.require_participant(conversation_id);
  -- Those who are in it already may have left the app or blocked the caller: adding them again changes nothing.
  select coalesce(array_agg(distinct wanted), '{}') into missing
  from unnest(user_ids) as wanted
  where not exists (
    select
    from public.conversation_participants p
    where p.conversation_id = add_participants.conversation_id and p.user_id = wanted and p.left_at is null
  );
  perform private.take_token(caller, 'add_people', cardinality(missing));
  perform private.require_unblocked(caller, missing, 'unable to add people; one of them blocked you, or you them');
  perform private.hold_people(missing, 'userIds');
  perform private.lock_group(conversation_id, '{owner,admin}');
  perform private.require_own_people(conversation_id);
  perform private.require_not_banned(conversation_id, missing);
  -- Another may have added some of them meanwhile.
  select coalesce(array_agg(wanted), '{}') into missing
  from unnest(missing) as wanted
  where not exists (
    select
    from public.conversation_participants p
    where p.conversation_id = add_participants.conversation_id and p.user_id = wanted and p.left_at is null
  );
  missing := private.invite(conversation_id, caller, missing);
  if private.seat_people(conversation_id, null, missing) = 0 then
    return private.conversation_json(conversation_id);
  end if;
  return private.change_group(conversation_id, false, '{}', missing, private.system_event('joined', missing));
end
$$;

create function private.remove_participant(conversation_id uuid, user_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  own_role text;
  other_role text;
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to remove the participant; the id is your own', 'Call leave for yourself.',
      '{"field": "userId"}');
  end if;
  own_role := private.lock_group(conversation_id, '{owner,admin}');
  perform private.require_own_people(conversation_id);
  select p.role into other_role
  from public.conversation_participants p
  where p.conversation_id = remove_participant.conversation_id and p.user_id = remove_participant.user_id and p.left_at is null;
  if other_role is null then
    return private.conversation_json(conversation_id);
  end if;
  if own_role = 'admin' and other_role <> 'member' then
    perform private.raise_error('forbidden', 'unable to remove the participant; admins can remove members only', 'Ask an owner of the group.');
  end if;
  return private.take_leave(conversation_id, user_id, 'removed');
end
$$;

create function private.leave_conversation(conversation_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
begin
  if exists (
    select
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = leave_conversation.conversation_id and p.user_id = caller and p.left_at is not null and c.kind = 'group'
  ) then
    return;
  end if;
  perform private.require_own_people(conversation_id);
  if private.lock_group(conversation_id, '{owner,admin,member}') = 'owner' and exists (
    select
    from public.conversation_participants p
    where p.conversation_id = leave_conversation.conversation_id and p.user_id <> caller and p.left_at is null
  ) then
    perform private.require_other_owner(conversation_id, caller, 'unable to leave the group; you are its last owner');
  end if;
  perform private.take_leave(conversation_id, caller, 'left');
end
$$;

create function private.set_role(conversation_id uuid, user_id uuid, role text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  other_role text;
begin
  if role is null or role not in ('owner', 'admin', 'member') then
    perform private.raise_error('invalid_input', 'unable to set the role; it is owner, admin or member', 'Choose one of them.',
      '{"field": "role"}');
  end if;
  perform private.lock_group(conversation_id, '{owner}');
  perform private.require_own_people(conversation_id);
  select p.role into other_role
  from public.conversation_participants p
  where p.conversation_id = set_role.conversation_id and p.user_id = set_role.user_id and p.left_at is null;
  if other_role is null then
    perform private.raise_error('profile_not_found', 'unable to set the role; the user is not in the group', 'Add them first.',
      '{"field": "userId"}');
  end if;
  if other_role = role then
    return private.conversation_json(conversation_id);
  end if;
  if user_id = caller then
    perform private.require_other_owner(conversation_id, caller, 'unable to set the role; you are the group''s last owner');
  end if;
  update public.conversation_participants p
  set role = set_role.role
  where p.conversation_id = set_role.conversation_id and p.user_id = set_role.user_id;
  return private.change_group(conversation_id, false, '{}', array[user_id]);
end
$$;

create function public.create_group(group_id uuid, subject text, member_ids uuid[], metadata jsonb default '{}')
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_group(group_id, subject, member_ids, metadata)
$$;
comment on function public.create_group is 'A group with the caller as its owner; the same id again answers the same group. At most 256 people.';

create function public.add_participants(conversation_id uuid, user_ids uuid[])
returns jsonb
language sql
set search_path = ''
as $$
  select private.add_participants(conversation_id, user_ids)
$$;
comment on function public.add_participants is
  'Adds people to a group, or invites those who do not let the caller add them; those who are in it stay as they are. For owners and admins.';

create function public.remove_participant(conversation_id uuid, user_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.remove_participant(conversation_id, user_id)
$$;
comment on function public.remove_participant is 'Takes a person out of a group. Owners remove anybody else, admins remove members.';

create function public.leave_conversation(conversation_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.leave_conversation(conversation_id)
$$;
comment on function public.leave_conversation is 'Leaves a group; its last owner hands over first, unless no other user is in it.';

create function public.set_role(conversation_id uuid, user_id uuid, role text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_role(conversation_id, user_id, role)
$$;
comment on function public.set_role is 'Makes a person of a group owner, admin or member. For owners; the last one cannot step down.';

revoke execute on function
  private.create_group(uuid, text, uuid[], jsonb),
  private.add_participants(uuid, uuid[]),
  private.remove_participant(uuid, uuid),
  private.leave_conversation(uuid),
  private.set_role(uuid, uuid, text),
  public.create_group(uuid, text, uuid[], jsonb),
  public.add_participants(uuid, uuid[]),
  public.remove_participant(uuid, uuid),
  public.leave_conversation(uuid),
  public.set_role(uuid, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_group(uuid, text, uuid[], jsonb),
  private.add_participants(uuid, uuid[]),
  private.remove_participant(uuid, uuid),
  private.leave_conversation(uuid),
  private.set_role(uuid, uuid, text),
  public.create_group(uuid, text, uuid[], jsonb),
  public.add_participants(uuid, uuid[]),
  public.remove_participant(uuid, uuid),
  public.leave_conversation(uuid),
  public.set_role(uuid, uuid, text)
to authenticated;

-- The settings of a group: subject, metadata, who writes in it, and what users see who join later.

create function private.update_group(conversation_id uuid, changes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  strange text;
  before record;
  kept_subject text;
  changed jsonb;
  field text;
  answer jsonb;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to update the group; the changes are not an object', 'Send an object of fields.');
  end if;
  select e.key into strange
  from jsonb_each(changes) as e
  where e.key not in ('subject', 'metadata', 'writers', 'history')
    or (e.key = 'writers' and e.value not in ('"everyone"', '"admins"'))
    or (e.key = 'history' and e.value not in ('"all"', '"joined"'))
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to update the group; %s cannot be set to that', strange), 'Correct the named field.',
      jsonb_build_object('field', strange));
  end if;
  kept_subject := private.check_group_fields(changes -> 'subject', changes -> 'metadata');
  perform private.lock_group(conversation_id, '{owner,admin}');
  select c.subject, c.metadata, c.writers, c.history into before from public.conversations c where c.id = conversation_id;
  update public.conversations c
  set
    subject = case when changes ? 'subject' then kept_subject else c.subject end,
    metadata = coalesce(changes -> 'metadata', c.metadata),
    writers = coalesce(changes ->> 'writers', c.writers),
    history = coalesce(changes ->> 'history', c.history)
  where c.id = conversation_id
    and (c.subject, c.metadata, c.writers, c.history) is distinct from (
      case when changes ? 'subject' then kept_subject else c.subject end, coalesce(changes -> 'metadata', c.metadata),
      coalesce(changes ->> 'writers', c.writers), coalesce(changes ->> 'history', c.history));
  if not found then
    return private.conversation_json(conversation_id);
  end if;
  select jsonb_object_agg(e.key, e.value) into changed
  from public.conversations c
  cross join jsonb_each(jsonb_build_object('subject', c.subject, 'metadata', c.metadata, 'writers', c.writers,
    'history', c.history)) as e
  where c.id = conversation_id and e.value is distinct from to_jsonb(before) -> e.key;
  -- Each is a change with a system message of its own; only the app knows what its metadata says.
  for field in select key from jsonb_object_keys(changed) as key order by key loop
    answer := private.change_group(conversation_id, false, jsonb_build_object(field, changed -> field), '{}', case
      when field = 'subject' then private.system_event('renamed', '{}', changed -> field)
      when field <> 'metadata' then private.system_event(field, '{}', changed -> field)
    end);
  end loop;
  return answer;
end
$$;

create function public.update_group(conversation_id uuid, changes jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.update_group(conversation_id, changes)
$$;
comment on function public.update_group is 'Changes subject, metadata, writers and history of a group. For owners and admins.';

revoke execute on function private.update_group(uuid, jsonb), public.update_group(uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function private.update_group(uuid, jsonb), public.update_group(uuid, jsonb) to authenticated;

-- Bans a user from a group, and takes a ban back.

create function private.ban_user(conversation_id uuid, user_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  own_role text;
  other_role text;
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to ban the user; the id is your own', 'Pass the id of another user.',
      '{"field": "userId"}');
  end if;
  perform private.require_participant(conversation_id);
  -- As an addition does: so an account that is being deleted leaves no ban behind.
  perform private.hold_people(array[user_id], 'userId');
  own_role := private.lock_group(conversation_id, '{owner,admin}');
  perform private.require_own_people(conversation_id);
  select p.role into other_role
  from public.conversation_participants p
  where p.conversation_id = ban_user.conversation_id and p.user_id = ban_user.user_id and p.left_at is null;
  if own_role = 'admin' and other_role <> 'member' then
    perform private.raise_error('forbidden', 'unable to ban the user; admins can ban members only', 'Ask an owner of the group.');
  end if;
  insert into private.group_bans (conversation_id, user_id, banned_by)
  values (conversation_id, user_id, caller)
  on conflict on constraint group_bans_pkey do nothing;
  -- Declined and not deleted: else a ban that is taken back would let the group invite the user again and again.
  update private.contact_requests r
  set answered_at = clock_timestamp(), accepted = false
  where r.conversation_id = ban_user.conversation_id and r.recipient_id = ban_user.user_id and r.answered_at is null;
  if other_role is null then
    return private.conversation_json(conversation_id);
  end if;
  return private.take_leave(conversation_id, user_id, 'banned');
end
$$;

create function private.unban_user(conversation_id uuid, user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  perform private.lock_group(conversation_id, '{owner,admin}');
  delete from private.group_bans b where b.conversation_id = unban_user.conversation_id and b.user_id = unban_user.user_id;
end
$$;

create function private.list_bans(conversation_id uuid, page_size integer, before_at timestamptz, before_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
begin
  perform private.require_participant(conversation_id);
  -- One more than a page tells that there is another.
  perform private.check_page_size('list bans', page_size, 200, 1);
  if num_nulls(before_at, before_id) = 1 then
    perform private.raise_error('invalid_cursor', 'unable to list bans; the cursor is not whole', 'Pass it back unchanged.');
  end if;
  if not exists (
    select
    from public.conversation_participants p
    where p.conversation_id = list_bans.conversation_id and p.user_id = (select auth.uid()) and p.role <> 'member' and p.left_at is null
  ) then
    perform private.raise_error('forbidden', 'unable to list bans; it takes owner or admin', 'Ask an owner of the group.');
  end if;
  return coalesce((
    select jsonb_agg(jsonb_build_object('user_id', b.user_id,
      -- A ban shows no profile that its caller does not see.
      'handle', case when private.can_see_profile(b.user_id) then f.handle end,
      'display_name', case when private.can_see_profile(b.user_id) then f.display_name else '' end,
      'banned_by', b.banned_by, 'created_at', b.created_at) order by b.created_at desc, b.user_id desc)
    from (
      select *
      from private.group_bans
      where group_bans.conversation_id = list_bans.conversation_id
        and (before_at is null or (group_bans.created_at, group_bans.user_id) < (before_at, before_id))
      order by group_bans.created_at desc, group_bans.user_id desc
      limit page_size
    ) b
    join public.profiles f on f.id = b.user_id
  ), '[]');
end
$$;

create function public.ban_user(conversation_id uuid, user_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.ban_user(conversation_id, user_id)
$$;
comment on function public.ban_user is
  'Removes a user from a group, or one who is not in it, and keeps them out. Owners ban any other user, admins all but owners and admins.';

create function public.unban_user(conversation_id uuid, user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unban_user(conversation_id, user_id)
$$;
comment on function public.unban_user is 'Takes a ban back; the user is not added. For owners and admins.';

create function public.list_bans(
  conversation_id uuid, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_bans(conversation_id, page_size, before_at, before_id)
$$;
comment on function public.list_bans is 'Who is banned from a group, the newest first. For its owners and admins.';

revoke execute on function
  private.ban_user(uuid, uuid),
  private.unban_user(uuid, uuid),
  private.list_bans(uuid, integer, timestamptz, uuid),
  public.ban_user(uuid, uuid),
  public.unban_user(uuid, uuid),
  public.list_bans(uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.ban_user(uuid, uuid),
  private.unban_user(uuid, uuid),
  private.list_bans(uuid, integer, timestamptz, uuid),
  public.ban_user(uuid, uuid),
  public.unban_user(uuid, uuid),
  public.list_bans(uuid, integer, timestamptz, uuid)
to authenticated;

-- Direct conversations, and the calls that block a user.

create function private.make_direct(caller uuid, other_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  pair constant text := least(caller, other_id) || ':' || greatest(caller, other_id);
  conversation uuid;
begin
  select c.id into conversation from public.conversations c where c.direct_key = pair;
  if conversation is not null then
    return private.welcome_back(conversation, array[caller, other_id]);
  end if;
  -- Of two at once one inserts, the other waits for it here and then finds its row.
  insert into public.conversations (kind, direct_key, created_by)
  values ('direct', pair, caller)
  on conflict (direct_key) do nothing
  returning id into conversation;
  if conversation is null then
    select c.id into conversation from public.conversations c where c.direct_key = pair;
    return private.conversation_json(conversation);
  end if;
  insert into public.conversation_participants (conversation_id, user_id)
  values (conversation, caller), (conversation, other_id);
  perform private.deliver_change(conversation, null);
  return private.conversation_json(conversation);
end
$$;
comment on function private.make_direct is 'The conversation of two people whose accounts are held, made if there is none.';

create function private.open_direct(other_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  pair text;
  conversation uuid;
begin
  if other_id is null or other_id = caller then
    perform private.raise_error('invalid_input', 'unable to open the conversation; the id is your own',
      'Pass the id of another user.', '{"field": "userId"}');
  end if;

  perform private.get_own_profile();

  -- A conversation that is there is found also when the other person's account is gone.
  pair := least(caller, other_id) || ':' || greatest(caller, other_id);
  select c.id into conversation from public.conversations c where c.direct_key = pair;
  -- Who blocked the other still reads what was written before.
  if conversation is null or not exists (select from public.user_blocks b where b.blocker_id = caller and b.blocked_id = other_id) then
    perform private.require_unblocked(caller, array[other_id], 'unable to open the conversation; one of you blocked the other');
  end if;
  if conversation is not null then
    return private.welcome_back(conversation, array[caller, other_id]);
  end if;
  if not exists (select from public.profiles p where p.id = other_id and p.user_id is not null) and not private.repair_profiles(array[other_id]) then
    perform private.raise_error('profile_not_found', 'unable to open the conversation; there is no such user', 'Check the id.',
      '{"field": "userId"}');
  end if;

  perform private.require_consent(other_id, caller);
  perform private.take_token(caller, 'open_direct');
  perform private.hold_people(array[caller, other_id], 'userId');
  return private.make_direct(caller, other_id);
end
$$;

create function public.open_direct(other_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.open_direct(other_id)
$$;
comment on function public.open_direct is 'The caller''s conversation with another person, made on the first call by either of them.';

create function private.require_undisturbed(direct_key text, caller uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  other uuid;
begin
  -- Under the lock of the conversation, which a block takes as well. Volatile, so that it sees what was committed meanwhile.
  if direct_key is not null then
    other := case caller when split_part(direct_key, ':', 1)::uuid then split_part(direct_key, ':', 2)::uuid
      else split_part(direct_key, ':', 1)::uuid end;
    perform private.require_unblocked(caller, array[other], 'unable to write; one of you blocked the other');
    perform private.require_consent(other, caller);
  end if;
end
$$;
comment on function private.require_undisturbed is
  'Raises in a direct conversation in which one blocked the other, or whose other user does not let the caller write; groups go on.';

create function private.turn_direct_key(one uuid, other uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  pair text := least(one, other) || ':' || greatest(one, other);
  conversation uuid;
begin
  select c.id into conversation from public.conversations c where c.direct_key = pair for no key update;
  if found then
    -- A change like any other, so that both leave the topic that they are on.
    perform private.change_group(conversation, true, '{}', '{}');
  end if;
end
$$;
comment on function private.turn_direct_key is
  'Locks the direct conversation of two people, gives it another key for typing and presence, and tells both that something changed.';

create function private.block_user(user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to block the user; the id is your own', 'Pass the id of another user.',
      '{"field": "userId"}');
  end if;
  if exists (select from public.user_blocks b where b.blocker_id = caller and b.blocked_id = user_id) then
    return;
  end if;
  perform private.take_token(caller, 'block');
  perform private.hold_people(array[caller, user_id], 'userId');
  -- Requests before the conversation, as an answer takes them. One that is made at this moment is not shown across a block.
  -- Declined and not deleted: else a block that is taken back would let a user ask again and again.
  update private.contact_requests r
  set answered_at = clock_timestamp(), accepted = false
  where r.answered_at is null and ((r.sender_id = user_id and r.recipient_id = caller) or (r.sender_id = caller and r.recipient_id = user_id));
  perform private.turn_direct_key(caller, user_id);
  insert into public.user_blocks (blocker_id, blocked_id) values (caller, user_id) on conflict do nothing;
end
$$;

create function private.unblock_user(user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  delete from public.user_blocks b where b.blocker_id = caller and b.blocked_id = unblock_user.user_id;
end
$$;

create function private.list_blocks()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  return coalesce((
    select jsonb_agg(
      jsonb_build_object('user_id', b.blocked_id, 'handle', f.handle, 'display_name', f.display_name, 'created_at', b.created_at)
      order by b.created_at desc, b.blocked_id
    )
    from public.user_blocks b
    join public.profiles f on f.id = b.blocked_id
    where b.blocker_id = caller
  ), '[]');
end
$$;

create function public.block_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.block_user(user_id)
$$;
comment on function public.block_user is 'Blocks a person: neither writes to the other directly. Groups of both go on.';

create function public.unblock_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unblock_user(user_id)
$$;
comment on function public.unblock_user is 'Takes one''s block of a person back.';

create function public.list_blocks()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_blocks()
$$;
comment on function public.list_blocks is 'Whom the caller blocked, newest first.';

revoke execute on function
  private.make_direct(uuid, uuid),
  private.open_direct(uuid),
  public.open_direct(uuid),
  private.require_undisturbed(text, uuid),
  private.turn_direct_key(uuid, uuid),
  private.block_user(uuid),
  private.unblock_user(uuid),
  private.list_blocks(),
  public.block_user(uuid),
  public.unblock_user(uuid),
  public.list_blocks()
from public, anon, authenticated, service_role;
grant execute on function
  private.open_direct(uuid),
  public.open_direct(uuid),
  private.block_user(uuid),
  private.unblock_user(uuid),
  private.list_blocks(),
  public.block_user(uuid),
  public.unblock_user(uuid),
  public.list_blocks()
to authenticated;

-- The calls by which users say who may reach them, ask each other, and answer.

create function private.rules_json(person uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_build_object('write', r.write, 'groups', r.groups) from private.contact_rules r where r.user_id = person
  ), '{"write": "everyone", "groups": "everyone"}');
end
$$;

create function private.get_contact_rules()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.rules_json(private.require_user());
end
$$;

create function private.set_contact_rules(rules jsonb)
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
  if jsonb_typeof(rules) is distinct from 'object' then
    strange := 'rules';
  else
    select e.key into strange
    from jsonb_each(rules) as e
    where e.key not in ('write', 'groups') or e.value not in ('"everyone"', '"known"', '"nobody"')
    limit 1;
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to set the rules; %s cannot be set to that', strange),
      'Set write and groups to everyone, known or nobody.', jsonb_build_object('field', strange));
  end if;
  perform private.take_token(caller, 'change');
  perform private.hold_account();
  insert into private.contact_rules as r (user_id, write, groups)
  values (caller, coalesce(rules ->> 'write', 'everyone'), coalesce(rules ->> 'groups', 'everyone'))
  on conflict on constraint contact_rules_pkey do update
  -- Of two calls at once each sets what it names.
  set
    write = coalesce(rules ->> 'write', r.write),
    groups = coalesce(rules ->> 'groups', r.groups),
    write_since = case when rules ->> 'write' <> r.write then clock_timestamp() else r.write_since end;
  return private.rules_json(caller);
end
$$;

create function private.accept_contact(request_id uuid, caller uuid, sender uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  perform private.end_request(request_id, true);
  return private.make_direct(caller, sender);
end
$$;

create function private.accept_invitation(request private.contact_requests)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  perform private.end_request(request.id, true);
  if private.seat_people(request.conversation_id, null, array[request.recipient_id]) = 0 then
    return private.conversation_json(request.conversation_id);
  end if;
  return private.change_group(request.conversation_id, false, '{}', array[request.recipient_id],
    private.system_event('joined', array[request.recipient_id]));
end
$$;
comment on function private.accept_invitation is 'Seats a user who accepts an invitation in the group, whose lock is held.';

create function private.request_contact(user_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  theirs uuid;
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to send the request; the id is your own', 'Pass the id of another user.',
      '{"field": "userId"}');
  end if;
  perform private.take_token(caller, 'request');
  perform private.require_unblocked(caller, array[user_id], 'unable to send the request; one of you blocked the other');
  perform private.hold_people(array[caller, user_id], 'userId');
  select r.id into theirs
  from private.contact_requests r
  where r.sender_id = user_id and r.recipient_id = caller and r.conversation_id is null and r.answered_at is null;
  if theirs is not null then
    -- Both want it.
    perform private.accept_contact(theirs, caller, user_id);
    return 'open';
  end if;
  if private.accepts(user_id, caller, 'write') then
    return 'open';
  end if;
  perform private.make_request(caller, user_id, null);
  return 'sent';
end
$$;

create function private.list_requests(page_size integer, before_at timestamptz, before_id uuid, sent boolean)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- One more than a page tells that there is another.
  perform private.check_page_size('list requests', page_size, 200, 1);
  if num_nulls(before_at, before_id) = 1 then
    perform private.raise_error('invalid_cursor', 'unable to list requests; the cursor is not whole', 'Pass it back unchanged.');
  end if;
  return coalesce((
    select jsonb_agg(private.request_json(r, caller) order by r.created_at desc, r.id desc)
    from (
      select *
      from private.contact_requests
      where case when sent
          -- A declined one looks like one that waits. Senders who may not invite any more learn nothing of the group.
          then contact_requests.sender_id = caller and contact_requests.accepted is not true and private.is_request_valid(contact_requests)
          else contact_requests.recipient_id = caller and contact_requests.answered_at is null and private.is_request_valid(contact_requests)
            and (contact_requests.conversation_id is not null or not private.accepts(caller, contact_requests.sender_id, 'write'))
        end
        and (before_at is null or (contact_requests.created_at, contact_requests.id) < (before_at, before_id))
      order by contact_requests.created_at desc, contact_requests.id desc
      limit page_size
    ) r
  ), '[]');
end
$$;

create function private.raise_request_not_found()
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('request_not_found', 'unable to answer the request; there is none for you that waits', 'List the requests again.',
    '{"field": "requestId"}');
end
$$;

create function private.answer_request(request_id uuid, accept boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  request private.contact_requests;
begin
  if accept is null then
    perform private.raise_error('invalid_input', 'unable to answer the request; accept is true or false', 'Pass one of them.', '{"field": "accept"}');
  end if;
  perform private.take_token(caller, 'change');
  select * into request from private.contact_requests r where r.id = request_id and r.recipient_id = caller;
  if request.id is null then
    perform private.raise_request_not_found();
  end if;
  if accept then
    perform from public.profiles f where f.id in (caller, request.sender_id) and f.user_id is not null order by f.id for share;
  end if;
  perform private.hold_account();
  if accept then
    perform from public.conversations c where c.id = request.conversation_id for no key update;
  end if;
  -- Again under the locks: another device may have answered, a block or a ban may have come first.
  select * into request from private.contact_requests r where r.id = request_id for update;
  if request.id is null or (case
    when request.answered_at is null then accept and not private.is_request_valid(request)
    -- The same answer again is a success, but does not bring back a user who has left since.
    else request.accepted <> accept or (accept and request.conversation_id is not null and not private.is_participant(request.conversation_id))
  end) then
    perform private.raise_request_not_found();
  end if;
  if not accept then
    perform private.end_request(request_id, false);
    return null;
  elsif request.conversation_id is null then
    return private.accept_contact(request_id, caller, request.sender_id);
  end if;
  return private.accept_invitation(request);
end
$$;

create function public.get_contact_rules()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_contact_rules()
$$;
comment on function public.get_contact_rules is 'Who may write to the caller, and add them to groups: everyone, known or nobody.';

create function public.set_contact_rules(rules jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_contact_rules(rules)
$$;
comment on function public.set_contact_rules is 'Sets write and groups to everyone, known or nobody; what is not named stays.';

create function public.request_contact(user_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.request_contact(user_id)
$$;
comment on function public.request_contact is 'Asks a user whether the caller may write: open when that needs no answer, else sent, whether or not it was repeated.';

create function public.list_requests(
  page_size integer default 50, before_at timestamptz default null, before_id uuid default null, sent boolean default false
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_requests(page_size, before_at, before_id, sent)
$$;
comment on function public.list_requests is 'Requests that wait for the caller''s answer, or that the caller sent and nobody accepted, the newest first.';

create function public.answer_request(request_id uuid, accept boolean)
returns jsonb
language sql
set search_path = ''
as $$
  select private.answer_request(request_id, accept)
$$;
comment on function public.answer_request is 'Accepts a request, and answers its conversation, or declines it, of which the sender learns nothing.';

revoke execute on function
  private.rules_json(uuid),
  private.get_contact_rules(),
  private.set_contact_rules(jsonb),
  private.accept_contact(uuid, uuid, uuid),
  private.accept_invitation(private.contact_requests),
  private.request_contact(uuid),
  private.list_requests(integer, timestamptz, uuid, boolean),
  private.raise_request_not_found(),
  private.answer_request(uuid, boolean),
  public.get_contact_rules(),
  public.set_contact_rules(jsonb),
  public.request_contact(uuid),
  public.list_requests(integer, timestamptz, uuid, boolean),
  public.answer_request(uuid, boolean)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_contact_rules(),
  private.set_contact_rules(jsonb),
  private.request_contact(uuid),
  private.list_requests(integer, timestamptz, uuid, boolean),
  private.answer_request(uuid, boolean),
  public.get_contact_rules(),
  public.set_contact_rules(jsonb),
  public.request_contact(uuid),
  public.list_requests(integer, timestamptz, uuid, boolean),
  public.answer_request(uuid, boolean)
to authenticated;

-- What a service reads to send push notifications: each message once, with the participants who have not read it.
--
-- A position is a transaction number. Numbers are given in another order than transactions commit, so only positions are shown
-- before
-- which no transaction is open. A late commit is never missed.

create table private.undelivered_messages (
  position bigint not null default (pg_current_xact_id()::text)::bigint,
  message_id uuid not null references public.messages (id) on delete cascade,
  sent_at timestamptz not null default now(),
  primary key (position, message_id)
);
comment on table private.undelivered_messages is 'Messages of the last three days for the push feed, by the transaction that sent them.';

create index undelivered_messages_message_id_idx on private.undelivered_messages (message_id);

create function private.queue_push(message_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.undelivered_messages (message_id) values (queue_push.message_id);
end
$$;
comment on function private.queue_push is 'Puts a new message into the push feed.';

create function private.list_undelivered(after_id bigint, page_size integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  items jsonb;
  reached bigint;
begin
  perform private.check_page_size('list undelivered messages', page_size, 1000);
  delete from private.undelivered_messages u
  where u.position < coalesce(after_id, 0) and u.sent_at < now() - interval '3 days';
  with page as (
    select u.position, u.message_id
    from private.undelivered_messages u
    where u.position > coalesce(after_id, 0) and u.position < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint
    order by u.position
    fetch first page_size rows with ties
  ),
  told as (
    select page.position, m.seq, jsonb_build_object(
      'id', page.position,
      'message', case when r.some_see_no_reply then private.without_reply(private.message_json(m)) else private.message_json(m) end,
      'conversation', jsonb_build_object('id', c.id, 'kind', c.kind, 'subject', c.subject),
      'sender', jsonb_build_object('user_id', f.id, 'handle', f.handle, 'display_name', f.display_name),
      'recipients', r.recipients
    ) as item
    from page
    join public.messages m on m.id = page.message_id and m.deleted_at is null
    join public.conversations c on c.id = m.conversation_id
    join public.profiles f on f.id = m.sender_id
    cross join lateral (
      select jsonb_agg(p.user_id order by p.user_id) as recipients,
        bool_or(p.visible_from_seq > (select o.seq from public.messages o where o.id = m.reply_to)) as some_see_no_reply
      from public.conversation_participants p
      where p.conversation_id = m.conversation_id and p.left_at is null and p.user_id <> m.sender_id and not p.muted
        and p.last_read_seq < m.seq and p.visible_from_seq <= m.seq
        and not exists (select from public.user_blocks b where b.blocker_id = p.user_id and b.blocked_id = m.sender_id)
    ) r
    where r.recipients is not null
  )
  select coalesce((select jsonb_agg(told.item order by told.position, told.seq) from told), '[]'), (select max(page.position) from page)
  into items, reached;
  return jsonb_build_object('items', items, 'next_id', coalesce(reached, after_id, 0));
end
$$;

create function public.list_undelivered(after_id bigint default 0, page_size integer default 100)
returns jsonb
language sql
set search_path = ''
as $$
  select private.list_undelivered(after_id, page_size)
$$;
comment on function public.list_undelivered is
  'Messages after a position, each with the people who should be pushed: in it, not the sender, not muted, not read. For the service.';

revoke all on private.undelivered_messages from public, anon, authenticated, service_role;
revoke execute on function
  private.queue_push(uuid),
  private.list_undelivered(bigint, integer),
  public.list_undelivered(bigint, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_undelivered(bigint, integer),
  public.list_undelivered(bigint, integer)
to service_role;

-- Sends a message.

create function private.raise_message_id_taken()
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('message_id_taken', 'unable to send the message; its id belongs to another message',
    'Make a new UUID for each message.', '{"field": "id"}');
end
$$;

create function private.require_sender(conversation_id uuid, sender uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not exists (select from public.profiles p where p.id = sender and p.user_id is not null) then
    perform private.raise_error('account_not_found', 'unable to send the message; the signed-in user has no account here', 'Sign in again.');
  end if;
  perform private.require_participant(conversation_id);
end
$$;
comment on function private.require_sender is
  'Refuses a user who was removed or deleted while the send waited for the lock: whatever else it meets comes of that.';

create function private.send_message(conversation_id uuid, message_id uuid, content text, metadata jsonb, extras jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  sent public.messages;
  pair text;
  allowed text;
  fresh jsonb;
  files jsonb;
  card jsonb;
  original uuid;
  named uuid[] := '{}';
begin
  if message_id is null then
    perform private.raise_error('invalid_input', 'unable to send the message; it has no id', 'Make a UUID per message and keep it when you retry.',
      '{"field": "id"}');
  end if;
  if extras is distinct from '{}' then
    perform private.check_extras('send', extras);
  end if;
  perform private.check_content('send', content,
    jsonb_path_exists(extras, '$.attachments[0]') or extras ->> 'song_id' is not null);
  if metadata is null or not private.is_bounded_object(metadata, 8192) then
    perform private.raise_error('invalid_input', 'unable to send the message; metadata must be an object of at most 8 KiB', 'Shorten the metadata.',
      '{"field": "metadata"}');
  end if;
  -- Before any lock: a stranger cannot hold up a conversation, and a send that was repeated costs nothing.
  if not private.is_participant(conversation_id) then
    perform private.require_participant(null);
  end if;
  if not exists (select from public.messages m where m.id = message_id) then
    perform private.take_token(caller, 'send');
  end if;

  select c.direct_key, c.writers into pair, allowed from public.conversations c where c.id = conversation_id for no key update;
  if not found then
    perform private.require_participant(null);
  end if;

  -- Under the lock: the same id again is the same message, and allocates nothing.
  select m.* into sent from public.messages m where m.id = message_id;
  if found then
    if sent.conversation_id <> conversation_id or sent.sender_id <> caller or sent.system is not null then
      perform private.raise_message_id_taken();
    end if;
    return private.shown_message(sent);
  end if;

  if pair is not null then
    perform private.require_undisturbed(pair, caller);
  elsif allowed <> 'everyone' then
    perform private.require_writer(conversation_id, caller);
  end if;
  if extras <> '{}' then
    original := (extras ->> 'reply_to')::uuid;
    if original is not null
      and not exists (select from public.messages m where m.id = original and m.conversation_id = conversation_id and m.system is null
        and private.sees_message(m.conversation_id, m.seq)) then
      perform private.require_sender(conversation_id, caller);
      perform private.raise_error('invalid_input', 'unable to send the message; what it replies to is not in the conversation',
        'Reply to a message of the same conversation.', '{"field": "replyTo"}');
    end if;
    -- A user may have left since the message was written: that is no reason to refuse it.
    select coalesce(array_agg(p.user_id order by p.user_id), '{}') into named
    from public.conversation_participants p
    where p.conversation_id = conversation_id and p.left_at is null
      and p.user_id in (select m::uuid from jsonb_array_elements_text(extras -> 'mentions') as m);
    card := private.song_card((extras ->> 'song_id')::uuid);
    files := private.check_attachments('send', conversation_id, caller, coalesce(extras -> 'attachments', '[]'));
  end if;

  with head as (
    update public.conversations c
    set
      last_seq = c.last_seq + 1,
      last_revision = c.last_revision + 1,
      last_message_at = clock_timestamp(),
      updated_at = clock_timestamp()
    where c.id = conversation_id
    returning c.last_seq, c.last_revision, c.last_message_at
  ),
  -- While this waited for the lock, the sender may have been removed or deleted: then nothing is inserted.
  place as (
    update public.conversation_participants p
    set last_read_seq = head.last_seq, receipt_seq = head.last_seq
    from head
    where p.conversation_id = conversation_id and p.user_id = caller and p.left_at is null
      and exists (select from public.profiles f where f.id = caller and f.user_id is not null)
    returning head.*
  )
  insert into public.messages (id, conversation_id, sender_id, seq, revision, content, metadata, reply_to, mentions, song, created_at)
  select message_id, conversation_id, caller, place.last_seq, place.last_revision, content, metadata, original, named, card,
    place.last_message_at
  from place
  on conflict (id) do nothing
  returning * into sent;
  if sent.id is null then
    perform private.require_sender(conversation_id, caller);
    -- The same id at the same moment in another conversation, whose lock is not ours. What was allocated goes with the error.
    perform private.raise_message_id_taken();
  end if;
  if files is not null then
    perform private.attach('send', message_id, files);
  end if;
  perform private.queue_push(message_id);
  delete from private.drafts d
  where d.conversation_id = conversation_id and d.user_id = caller and (d.message_id is null or d.message_id = message_id);
  if found then
    update public.conversation_participants p
    set own_revision = p.own_revision + 1
    where p.conversation_id = conversation_id and p.user_id = caller;
    perform private.deliver_mine(conversation_id, caller);
  end if;

  fresh := private.message_json(sent);
  perform private.deliver(conversation_id, 'message', fresh);
  return fresh;
end
$$;

create function private.lock_message(message_id uuid, operation text)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  conversation uuid;
  place bigint;
  found_message public.messages;
begin
  select m.conversation_id, m.seq into conversation, place from public.messages m where m.id = lock_message.message_id;
  if conversation is not null and (private.sees_message(conversation, place) or (operation = 'delete' and private.is_moderator())) then
    perform from public.conversations c where c.id = conversation for no key update;
    -- Again under the lock: membership and text may have changed while we waited.
    if private.sees_message(conversation, place) or (operation = 'delete' and private.is_moderator()) then
      select m.* into found_message from public.messages m where m.id = lock_message.message_id;
    end if;
  end if;
  if found_message.id is null or (found_message.deleted_at is not null and operation <> 'delete') then
    perform private.raise_error('message_not_found', format('unable to %s the message; there is none in your conversations', operation),
      'Check the id; it may have been deleted.');
  end if;
  if found_message.system is not null and operation <> 'delete' then
    perform private.raise_error('forbidden', format('unable to %s the message; it is a system message', operation),
      'Choose a message of a user.');
  end if;
  return found_message;
end
$$;
comment on function private.lock_message is 'A message of the caller''s conversations, with its conversation locked.';

create function public.send_message(
  conversation_id uuid, message_id uuid, content text, metadata jsonb default '{}', extras jsonb default '{}'
)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  -- plpgsql, for it keeps its plan: this is the call that is made most.
  return private.send_message(conversation_id, message_id, content, metadata, extras);
end
$$;
comment on function public.send_message is
  'Sends a message; the same id again answers the same message and sends nothing. extras: reply_to, mentions, attachments, song_id.';

revoke execute on function
  private.raise_message_id_taken(),
  private.require_sender(uuid, uuid),
  private.send_message(uuid, uuid, text, jsonb, jsonb),
  private.lock_message(uuid, text),
  public.send_message(uuid, uuid, text, jsonb, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.send_message(uuid, uuid, text, jsonb, jsonb),
  public.send_message(uuid, uuid, text, jsonb, jsonb)
to authenticated;

-- Edits, deletes and reacts to messages.

create function private.check_edit(changes jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if jsonb_typeof(changes) is distinct from 'object' or changes = '{}' then
    perform private.raise_error('invalid_input', 'unable to edit the message; the changes are not an object with fields',
      'Send content, mentions, attachments or metadata.', '{"field": "changes"}');
  end if;
  if changes ? 'content' then
    perform private.check_content('edit', case when jsonb_typeof(changes -> 'content') = 'string' then changes ->> 'content' end, true);
  end if;
  if changes ? 'metadata' and not private.is_bounded_object(changes -> 'metadata', 8192) then
    perform private.raise_error('invalid_input', 'unable to edit the message; metadata must be an object of at most 8 KiB', 'Shorten the metadata.',
      '{"field": "metadata"}');
  end if;
  perform private.check_extras('edit', changes - array['content', 'metadata']);
end
$$;
comment on function private.check_edit is 'Raises unless changes of a message have the right form.';

create function private.edit_message(message_id uuid, changes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  message public.messages;
  wanted public.messages;
  files jsonb;
  next bigint;
  edited jsonb;
begin
  perform private.check_edit(changes);
  perform private.take_token(caller, 'change');
  message := private.lock_message(message_id, 'edit');
  if message.sender_id <> caller then
    perform private.raise_error('forbidden', 'unable to edit the message; another user sent it', 'Edit your own messages.');
  end if;

  -- Of two edits at once each sets what it names.
  wanted := message;
  wanted.content := coalesce(changes ->> 'content', message.content);
  wanted.metadata := coalesce(changes -> 'metadata', message.metadata);
  if changes ? 'mentions' then
    select coalesce(array_agg(p.user_id order by p.user_id), '{}') into wanted.mentions
    from public.conversation_participants p
    where p.conversation_id = message.conversation_id and (p.left_at is null or p.user_id = any (message.mentions))
      and p.user_id in (select m::uuid from jsonb_array_elements_text(changes -> 'mentions') as m);
  end if;
  files := private.attachments_json(message_id);
  if changes ? 'attachments' then
    edited := coalesce(private.check_attachments('edit', message.conversation_id, caller, changes -> 'attachments'), '[]');
  end if;
  if wanted is not distinct from message and coalesce(edited, files) = files then
    return private.shown_message(message);
  end if;
  perform private.check_content('edit', wanted.content, message.song is not null or coalesce(edited, files) <> '[]');
  if message.created_at < clock_timestamp() - interval '24 hours' then
    perform private.raise_error('too_late', 'unable to edit the message; it is older than 24 hours', 'Send another message.');
  end if;
  -- The words of an edit are new ones.
  perform private.require_writer(message.conversation_id, caller);
  perform private.require_undisturbed((select c.direct_key from public.conversations c where c.id = message.conversation_id), caller);

  if edited <> files then
    perform private.drop_files(array[message_id], true, 
      array_remove(array(select unnest(array[f ->> 'path', f ->> 'preview']) from jsonb_array_elements(edited) as f), null));
    perform private.attach('edit', message_id, edited);
  end if;
  next := private.next_revision(message.conversation_id);
  update public.messages m
  set content = wanted.content, metadata = wanted.metadata, mentions = wanted.mentions, edited_at = clock_timestamp(), revision = next
  where m.id = message_id
  returning m.* into message;
  edited := private.message_json(message);
  -- Reactions stay as they are: a client keeps those that it knows.
  perform private.deliver(message.conversation_id, 'message', edited - 'reactions');
  return private.shown_message(message);
end
$$;

create function private.delete_message(message_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  message public.messages;
  next bigint;
  deleted jsonb;
begin
  if private.is_moderator() then
    -- The others must take part, and a deleted account does not.
    perform private.hold_account();
  end if;
  message := private.lock_message(message_id, 'delete');
  -- A system message is of the group, whoever made the change.
  if (message.sender_id <> caller or message.system is not null) and not private.is_moderator() and not exists (
    select
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = message.conversation_id and p.user_id = caller and p.left_at is null
      and p.role in ('owner', 'admin') and c.kind = 'group'
  ) then
    perform private.raise_error('forbidden', 'unable to delete the message; another user sent it',
      'Ask its sender, or an owner or admin of the group.');
  end if;
  if message.deleted_at is not null then
    return private.shown_message(message);
  end if;

  perform private.drop_belongings(array[message_id], true);
  next := private.next_revision(message.conversation_id);
  update public.messages m
  set
    content = '', metadata = '{}', reply_to = null, mentions = '{}', song = null, system = null, edited_at = null,
    pinned_at = null,     deleted_at = clock_timestamp(), revision = next
  where m.id = message_id
  returning m.* into message;
  deleted := private.message_json(message);
  perform private.deliver(message.conversation_id, 'message', deleted);
  return deleted;
end
$$;

create function public.edit_message(message_id uuid, changes jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.edit_message(message_id, changes)
$$;
comment on function public.edit_message is
  'Changes the caller''s own message within 24 hours: content, mentions, attachments and metadata, each as a whole.';

create function public.delete_message(message_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.delete_message(message_id)
$$;
comment on function public.delete_message is
  'Empties a message for everyone; it keeps its position. For the sender, owners and admins of the group, and moderators.';

create function private.react(message_id uuid, emoji text, present boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  message public.messages;
  next bigint;
  changed jsonb;
begin
  emoji := private.check_text('emoji', emoji, 16, 'react', 'emoji');
  if present is null then
    perform private.raise_error('invalid_input', 'unable to react to the message; present is true or false', 'Pass one of them.', '{"field": "present"}');
  end if;
  perform private.take_token(caller, 'change');
  message := private.lock_message(message_id, 'react to');
  if present = exists (
    select
    from public.message_reactions r
    where r.message_id = react.message_id and r.emoji = react.emoji and r.user_id = caller
  ) then
    return private.shown_message(message);
  end if;

  next := private.next_revision(message.conversation_id);
  if present then
    perform private.require_undisturbed((select c.direct_key from public.conversations c where c.id = message.conversation_id), caller);
    insert into public.message_reactions (message_id, emoji, user_id, revision) values (message_id, emoji, caller, next);
    if (select count(distinct r.emoji) from public.message_reactions r where r.message_id = react.message_id)
      > private.at_most('message_reactions')
    then
      perform private.raise_error('too_many_reactions', format('unable to react to the message; a message has at most %s different emojis', private.at_most('message_reactions')),
        'Choose one that is there already.', '{"field": "emoji"}');
    end if;
  else
    delete from public.message_reactions r
    where r.message_id = react.message_id and r.emoji = react.emoji and r.user_id = caller;
  end if;

  update public.messages m set revision = next where m.id = message_id returning m.* into message;
  changed := private.message_json(message);
  -- One person's step, however many have reacted. Positions name the message in fewer bytes than its id; place says where the emoji
  -- stands now that one of those who chose it has taken it back.
  perform private.deliver(message.conversation_id, 'reaction', jsonb_strip_nulls(jsonb_build_object(
    'conversation_id', message.conversation_id, 'seq', message.seq, 'revision', next, 'user_id', caller, 'emoji', emoji, 'present', present,
    'place', case when not present then (
      select r.n - 1 from jsonb_array_elements(changed -> 'reactions') with ordinality as r (entry, n) where r.entry ->> 'emoji' = emoji
    ) end)));
  return private.shown_message(message);
end
$$;

create function public.react(message_id uuid, emoji text, present boolean default true)
returns jsonb
language sql
set search_path = ''
as $$
  select private.react(message_id, emoji, present)
$$;
comment on function public.react is 'Sets or takes back one''s reaction to a message; again, it changes nothing.';

create policy "Participants see the reactions"
on public.message_reactions
for select
to authenticated
using (private.can_see_message(message_id));

revoke execute on function
  private.check_edit(jsonb),
  private.edit_message(uuid, jsonb),
  private.delete_message(uuid),
  public.edit_message(uuid, jsonb),
  public.delete_message(uuid),
  private.react(uuid, text, boolean),
  public.react(uuid, text, boolean)
from public, anon, authenticated, service_role;
grant execute on function
  private.edit_message(uuid, jsonb),
  private.delete_message(uuid),
  public.edit_message(uuid, jsonb),
  public.delete_message(uuid),
  private.react(uuid, text, boolean),
  public.react(uuid, text, boolean)
to authenticated;

-- Pins messages for everyone in a conversation, and lists the replies to a message.

create function private.pin_message(message_id uuid, pinned boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  message public.messages;
  next bigint;
  changed jsonb;
begin
  if pinned is null then
    perform private.raise_error('invalid_input', 'unable to pin the message; pinned is true or false', 'Pass one of them.', '{"field": "pinned"}');
  end if;
  perform private.take_token(caller, 'change');
  message := private.lock_message(message_id, 'pin');
  if exists (
    select
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = message.conversation_id and p.user_id = caller and c.kind = 'group' and p.role = 'member'
  ) then
    perform private.raise_error('forbidden', 'unable to pin the message; it takes an owner or admin of the group', 'Ask an owner of the group.');
  end if;
  if pinned = (message.pinned_at is not null) then
    return private.shown_message(message);
  end if;
  if pinned then
    perform private.require_undisturbed((select c.direct_key from public.conversations c where c.id = message.conversation_id), caller);
    if (select count(*) from public.messages m where m.conversation_id = message.conversation_id and m.pinned_at is not null)
      >= private.at_most('pinned_messages')
    then
      perform private.raise_error('too_many_pins',
        format('unable to pin the message; a conversation has at most %s', private.at_most('pinned_messages')), 'Unpin another message first.');
    end if;
  end if;
  next := private.next_revision(message.conversation_id);
  update public.messages m
  set pinned_at = case when pinned then clock_timestamp() end, revision = next
  where m.id = message_id
  returning m.* into message;
  changed := private.message_json(message);
  perform private.deliver(message.conversation_id, 'message', changed - 'reactions');
  return private.shown_message(message);
end
$$;

create function private.list_pinned(conversation_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
begin
  perform private.require_participant(conversation_id);
  return coalesce((
    select jsonb_agg(private.shown_message(m) order by m.pinned_at desc, m.seq desc)
    from public.messages m
    where m.conversation_id = list_pinned.conversation_id and m.pinned_at is not null and m.seq >= private.visible_from(conversation_id)
  ), '[]');
end
$$;

create function private.list_replies(message_id uuid, after_seq bigint, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- One more than a page tells that there is another.
  perform private.check_page_size('list replies', page_size, 200, 1);
  if private.require_user() is null
    or not exists (select from public.messages m where m.id = message_id and private.sees_message(m.conversation_id, m.seq))
  then
    perform private.raise_error('message_not_found', 'unable to list replies; there is no such message in your conversations', 'Check the id.',
      '{"field": "messageId"}');
  end if;
  return coalesce((
    select jsonb_agg(private.shown_message(m) order by m.seq)
    from (
      select *
      from public.messages
      where messages.reply_to = message_id and messages.seq > coalesce(after_seq, 0)
      order by messages.seq
      limit page_size
    ) m
  ), '[]');
end
$$;

create function public.pin_message(message_id uuid, pinned boolean default true)
returns jsonb
language sql
set search_path = ''
as $$
  select private.pin_message(message_id, pinned)
$$;
comment on function public.pin_message is
  'Pins a message for everyone, or unpins it; again, it changes nothing. In a direct conversation both may, in a group owners and admins.';

create function public.list_pinned(conversation_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_pinned(conversation_id)
$$;
comment on function public.list_pinned is 'The pinned messages of a conversation, the one that was pinned last first.';

create function public.list_replies(message_id uuid, after_seq bigint default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_replies(message_id, after_seq, page_size)
$$;
comment on function public.list_replies is 'A page of the replies to a message, oldest first, after a position. Deleted ones are not among them.';

revoke execute on function
  private.pin_message(uuid, boolean),
  private.list_pinned(uuid),
  private.list_replies(uuid, bigint, integer),
  public.pin_message(uuid, boolean),
  public.list_pinned(uuid),
  public.list_replies(uuid, bigint, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.pin_message(uuid, boolean),
  private.list_pinned(uuid),
  private.list_replies(uuid, bigint, integer),
  public.pin_message(uuid, boolean),
  public.list_pinned(uuid),
  public.list_replies(uuid, bigint, integer)
to authenticated;

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
  first constant bigint := private.visible_from(conversation_id);
begin
  perform private.check_page_size('list messages', page_size, 200);
  perform private.require_participant(conversation_id);
  return coalesce((
    select jsonb_agg(private.shown_message(m) order by m.seq desc)
    from (
      select *
      from public.messages
      where messages.conversation_id = list_messages.conversation_id
        and messages.seq < coalesce(before_seq, 9223372036854775807) and messages.seq >= first
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
  first constant bigint := private.visible_from(conversation_id);
  head bigint;
  newest bigint;
begin
  perform private.check_page_size('list messages', page_size, 200);
  perform private.require_participant(conversation_id);
  if seq is null or seq < 1 then
    perform private.raise_error('invalid_input', 'unable to list messages; positions begin with 1', 'Pass the position of a message.',
      '{"field": "seq"}');
  end if;
  select c.last_seq into head from public.conversations c where c.id = conversation_id;
  -- Positions have no gap: the page is a range of them, whole also at either end.
  newest := least(head, greatest(least(seq, head) + page_size / 2, first - 1 + page_size));
  return coalesce((
    select jsonb_agg(private.shown_message(m) order by m.seq desc)
    from public.messages m
    where m.conversation_id = list_messages_around.conversation_id and m.seq > newest - page_size and m.seq <= newest and m.seq >= first
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
  first constant bigint := private.visible_from(conversation_id);
  anew boolean;
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
      where m.conversation_id = sync_conversation.conversation_id and m.revision > since_revision and m.seq >= first
    );

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
      select private.own_side(p) || jsonb_build_object('role', p.role)
      from public.conversation_participants p
      where p.conversation_id = sync_conversation.conversation_id and p.user_id = caller
    ),
    'messages', case
      when anew then private.list_messages(conversation_id, null, page_size)
      else coalesce((
        select jsonb_agg(private.shown_message(m) order by m.revision)
        from public.messages m
        where m.conversation_id = sync_conversation.conversation_id and m.revision > since_revision and m.seq >= first
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

-- Where the words of a query stand in a text, in the code units of UTF-16, as JavaScript, Java and Swift's NSString count.

create function private.utf16_length(value text)
returns integer
language sql
immutable
parallel safe
set search_path = ''
as $$
  -- A code point above U+FFFF, such as an emoji, has two.
  select char_length(value) + case when octet_length(value) > char_length(value) then regexp_count(value, E'[\\U00010000-\\U0010ffff]') else 0 end
$$;
comment on function private.utf16_length is 'How many code units of UTF-16 a text has.';

create function private.words_of(content text)
returns table (place bigint, part bigint, word text, begins integer, ends integer, gap text)
language plpgsql
immutable
set search_path = ''
as $$
declare
  -- What split_words takes for punctuation, with its wide forms. Letters and digits that only look small or round are none.
  sign constant text := E'\\u0001-\\u0020!-%''-/:-@\\u005b-`{-\\u00a9\\u00ab-\\u00b1\\u00b4-\\u00b8\\u00bb\\u00bf\\u2000-\\u206f\\u20a0-\\u20ff'
    '\\u2190-\\u245f\\u2500-\\u2bff\\u3000-\\u303f\\ufe00-\\ufe0f\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65\\U0001f000-\\U0001faff';
  -- Letters that are a word each, with the marks upon them; the parts of a Korean syllable are one.
  letter constant text := E'\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\uff66-\\uff9f\\U00020000-\\U0003ffff';
  mark constant text := E'\\u0e31\\u0e34-\\u0e3a\\u0e47-\\u0e4e\\u0eb1\\u0eb4-\\u0ebc\\u0ec8-\\u0ece\\u102b-\\u103e\\u1056-\\u1060\\u17b4-\\u17d3\\u3099\\u309a\\u30fc\\uff70\\uff9e\\uff9f';
  -- A call for each word would take longer than all the rest.
  astral constant boolean := private.utf16_length(content) > char_length(content);
begin
  return query
    with pieces as (
      select p.n, p.m[1] as gap, p.m[2] as token
      from regexp_matches(content, format(E'([%1$s]*)(&+|[%2$s][%3$s]*|[\\u1100-\\u115f][\\u1160-\\u11ff]*|[\\u1160-\\u11ff]+|[^%1$s&%2$s\\u1100-\\u11ff]+)',
        sign, letter, mark), 'g') with ordinality as p (m, n)
    ),
    placed as (
      select pieces.*, case when astral then private.utf16_length(pieces.token) else char_length(pieces.token) end as length,
        (sum(case when astral then private.utf16_length(pieces.gap || pieces.token) else char_length(pieces.gap || pieces.token) end) over (order by pieces.n))::integer as ends
      from pieces
    )
    select placed.n, w.k, w.word, placed.ends - placed.length, placed.ends, placed.gap
    from placed
    -- Of plain letters, or of digits, there is nothing to fold or split; of both there can be: 1e5x.
    cross join lateral string_to_table(case when placed.token ~ '^(?:[A-Za-z]+|[0-9]+)$' then lower(placed.token)
      else private.split_words(private.fold_text(placed.token)) end, ' ') with ordinality as w (word, k)
    where w.word <> ''
    order by placed.n, w.k;
end
$$;
comment on function private.words_of is 'The words of a text as a search knows them, with their places in the text.';

create function private.joined_words(content text)
returns table (word text, begins integer, ends integer)
language plpgsql
immutable
set search_path = ''
as $$
begin
  if translate(private.fold_text(content), '''!$*./@_-', '') = private.fold_text(content) then
    return;
  end if;
  return query
    with signed as (
      select w.*, w.part > 1 or private.fold_text(w.gap) = any ('{'',!,$,*,.,/,@,_,-}') as goes_on from private.words_of(content) w
    ),
    chained as (
      select signed.*, count(*) filter (where not signed.goes_on) over (order by signed.place, signed.part) as chain from signed
    )
    select string_agg(case when c.goes_on and c.part = 1 then translate(private.fold_text(c.gap), '!$@''*./_-', 'isa') else '' end || c.word, ''
        order by c.place, c.part), min(c.begins), max(c.ends)
    from chained c
    group by c.chain
    having count(*) between 2 and 6;
end
$$;
comment on function private.joined_words is 'The words of a text with a sign inside, written without it: join_words, with their places.';

create function private.highlights(content text, query tsquery)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  words text[];
  begins integer[];
  ends integer[];
  joined text[];
  joined_begins integer[];
  joined_ends integer[];
  unit text;
  parts text[];
  is_prefix boolean;
  size integer;
  found_ranges int4multirange := '{}';
begin
  select array_agg(w.word order by w.place, w.part), array_agg(w.begins order by w.place, w.part), array_agg(w.ends order by w.place, w.part)
  into words, begins, ends
  from private.words_of(content) w;
  select array_agg(j.word), array_agg(j.begins), array_agg(j.ends) into joined, joined_begins, joined_ends from private.joined_words(content) j;
  -- Without what the query excludes.
  foreach unit in array regexp_split_to_array(querytree(query), '[ ()]*[&|][ ()]*') loop
    is_prefix := unit like '%:*%';
    select array_agg(replace(m[1], '''''', '''')) into parts from regexp_matches(unit, E'''((?:[^'']|'''')+)''', 'g') as m;
    size := cardinality(parts);
    found_ranges := found_ranges + coalesce((
      select range_agg(int4range(begins[i], ends[i + size - 1]))
      from generate_series(1, cardinality(words) - size + 1) as i
      where words[i : i + size - 2] = parts[1 : size - 1]
        and (words[i + size - 1] = parts[size] or (is_prefix and starts_with(words[i + size - 1], parts[size])))
    ), '{}');
    if size = 1 then
      -- A word with signs inside, such as "don't", is also one without them.
      found_ranges := found_ranges + coalesce((
        select range_agg(int4range(joined_begins[i], joined_ends[i]))
        from generate_subscripts(joined, 1) as i
        where joined[i] = parts[1] or (is_prefix and starts_with(joined[i], parts[1]))
      ), '{}');
    end if;
  end loop;
  return coalesce((
    select jsonb_agg(jsonb_build_array(lower(r.range), upper(r.range)) order by r.range)
    from (select u.range from unnest(found_ranges) as u (range) order by u.range limit 100) r
  ), '[]');
end
$$;
comment on function private.highlights is
  'Where the words and phrases of a query stand in a text: at most the first 100 ranges, each from a code unit of UTF-16 up to before another.';

revoke execute on function
  private.utf16_length(text),
  private.words_of(text),
  private.joined_words(text),
  private.highlights(text, tsquery)
from public, anon, authenticated, service_role;

-- Searches the messages of the caller's conversations.
--
-- The conversation is a word in each message's vector. One index scan joins the words with the conversations that may be
-- searched,
-- and messages of other conversations are never read.

create function private.search_messages(query text, conversation_id uuid, page_size integer, before_at timestamptz, before_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  words tsquery;
  places tsquery;
  some_cleared boolean;
begin
  -- One more than a page tells that there is another.
  perform private.check_page_size('search messages', page_size, 200, 1);
  if query is null or char_length(query) > 200 then
    perform private.raise_error('invalid_input', 'unable to search; a query has at most 200 characters', 'Shorten it.', '{"field": "query"}');
  end if;
  if num_nulls(before_at, before_id) = 1 then
    perform private.raise_error('invalid_cursor', 'unable to search; the cursor is not whole', 'Pass it back unchanged.');
  end if;
  if conversation_id is not null then
    perform private.require_participant(conversation_id);
  end if;
  words := websearch_to_tsquery('pg_catalog.simple', private.split_query(query));
  if query ~ E'\\w$' then
    -- The last word may be the beginning of one.
    words := regexp_replace(words::text, '''$', ''':*')::tsquery;
  end if;
  select string_agg(quote_literal('c:' || p.conversation_id), '|')::tsquery, bool_or(p.visible_from_seq > 1) into places, some_cleared
  from public.conversation_participants p
  where p.user_id = caller and p.left_at is null and p.conversation_id = coalesce(search_messages.conversation_id, p.conversation_id);
  if places is null or numnode(words) = 0 then
    return '[]';
  end if;
  -- Highlights of whole pages of long messages would take longer than a request may.
  return coalesce((
    select jsonb_agg(private.shown_message(m) || jsonb_build_object('highlights', private.highlights(left(m.content, 200000 / page_size), words)) order by m.created_at desc, m.id desc)
    from (
      select *
      from public.messages
      where messages.search_vector @@ (places && words) and messages.deleted_at is null and messages.system is null
        and (not some_cleared or private.sees_message(messages.conversation_id, messages.seq))
        and (before_at is null or (messages.created_at, messages.id) < (before_at, before_id))
      order by messages.created_at desc, messages.id desc
      limit page_size
    ) m
  ), '[]');
end
$$;

create function public.search_messages(
  query text, conversation_id uuid default null, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.search_messages(query, conversation_id, page_size, before_at, before_id)
$$;
comment on function public.search_messages is
  'Messages of one''s conversations with all the words and where those stand, newest first: "phrase", -without, or; the last word may be a beginning.';

revoke execute on function
  private.search_messages(text, uuid, integer, timestamptz, uuid),
  public.search_messages(text, uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_messages(text, uuid, integer, timestamptz, uuid),
  public.search_messages(text, uuid, integer, timestamptz, uuid)
to authenticated;

-- How far a participant has read. A mark takes no revision: it has an event of its own, written in the mark's transaction.

create function private.told_mark(mine jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object('last_read_seq', mine -> 'last_read_seq', 'unread', mine -> 'unread')
$$;
comment on function private.told_mark is 'What mark_read answers of the user''s own side.';

create function private.mark_read(conversation_id uuid, seq bigint)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  known record;
  shows boolean;
begin
  perform private.require_participant(conversation_id);
  if seq is null or seq < 0 then
    perform private.raise_error('invalid_input', 'unable to mark as read; a position is not negative', 'Pass the position of a message.',
      '{"field": "seq"}');
  end if;
  select c.direct_key, p.last_read_seq, p.marked_seq, least(mark_read.seq, c.last_seq) as wanted into known
  from public.conversations c
  join public.conversation_participants p on p.conversation_id = c.id and p.user_id = caller
  where c.id = conversation_id;
  if known.wanted > known.last_read_seq then
    shows := private.try_token(caller, 'receipt');
    -- While one of two users blocks the other, neither sees how far the other reads.
    if known.direct_key is not null and private.are_blocked(split_part(known.direct_key, ':', 1)::uuid,
      array[split_part(known.direct_key, ':', 2)::uuid]) then
      shows := null;
    end if;
    -- Only the user's own row is locked: reading does not hold up those who write.
    update public.conversation_participants p
    set
      last_read_seq = known.wanted,
      receipt_seq = case when shows is null then p.receipt_seq else known.wanted end,
      receipt_xid = case when shows is null then p.receipt_xid else pg_current_xact_id()::text::bigint end,
      own_revision = p.own_revision + 1
    where p.conversation_id = mark_read.conversation_id and p.user_id = caller and p.left_at is null and known.wanted > p.last_read_seq;
    if not found then
      -- Another device was further, or the user was removed.
      perform private.require_participant(conversation_id);
      known.wanted := 0;
    end if;
  end if;
  if known.wanted > known.last_read_seq then
    if shows then
      perform private.deliver_receipt(conversation_id, caller, known.last_read_seq, known.wanted);
    end if;
    return private.told_mark(private.deliver_mine(conversation_id, caller));
  end if;
  if known.wanted >= known.marked_seq and known.marked_seq >= known.last_read_seq then
    -- Reading takes back that the user marked it as unread, also when there is nothing new to read.
    update public.conversation_participants p
    set marked_seq = -1, own_revision = p.own_revision + 1
    where p.conversation_id = mark_read.conversation_id and p.user_id = caller and p.left_at is null and p.marked_seq = p.last_read_seq;
    if found then
      return private.told_mark(private.deliver_mine(conversation_id, caller));
    end if;
  end if;
  return (
    select jsonb_build_object('last_read_seq', p.last_read_seq,
      'unread', c.last_seq - p.last_read_seq - jsonb_array_length(private.deleted_after(c.id, p.last_read_seq)))
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = mark_read.conversation_id and p.user_id = caller
  );
end
$$;

create function public.mark_read(conversation_id uuid, seq bigint)
returns jsonb
language sql
set search_path = ''
as $$
  select private.mark_read(conversation_id, seq)
$$;
comment on function public.mark_read is 'Moves one''s read position forward, never back and never past the newest message.';

revoke execute on function
  private.told_mark(jsonb),
  private.mark_read(uuid, bigint),
  public.mark_read(uuid, bigint)
from public, anon, authenticated, service_role;
grant execute on function
  private.mark_read(uuid, bigint),
  public.mark_read(uuid, bigint)
to authenticated;

-- A participant's own settings (muted, pinned, archived), and all conversations in one request. None of it takes a revision.

create function private.inbox_item(conversation public.conversations, place public.conversation_participants)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  shown jsonb := private.conversation_json(conversation.id);
begin
  return jsonb_build_object(
    'conversation', shown,
    'live_key', conversation.live_key,
    'last_message', (
      select private.shown_message(m)
      from public.messages m
      where m.conversation_id = conversation.id and m.seq = conversation.last_seq and m.seq >= place.visible_from_seq
    ),
    'unread', conversation.last_seq - place.last_read_seq - jsonb_array_length(shown -> 'deleted_unread')
  ) || private.own_side(place);
end
$$;
comment on function private.inbox_item is 'A conversation as its participant''s inbox shows it.';

create function private.set_conversation_flags(conversation_id uuid, flags jsonb)
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
  perform private.require_participant(conversation_id);
  if jsonb_typeof(flags) is distinct from 'object' then
    strange := 'flags';
  else
    select f.key into strange
    from jsonb_each(flags) as f
    where case f.key
      -- Of a client without a network: the newest message that it knew when the user hid the conversation.
      when 'hidden_seq' then not private.is_whole_within(f.value, 0, 9223372036854775807)
      else f.key not in ('muted', 'pinned', 'archived', 'hidden', 'marked_unread') or jsonb_typeof(f.value) <> 'boolean'
    end
    limit 1;
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to set the flags; %s cannot be set to that', strange),
      'Set muted, pinned, archived, hidden or marked_unread to true or false.', jsonb_build_object('field', strange));
  end if;
  update public.conversation_participants p
  set
    muted = coalesce((flags ->> 'muted')::boolean, p.muted),
    pinned = coalesce((flags ->> 'pinned')::boolean, p.pinned),
    archived = coalesce((flags ->> 'archived')::boolean, p.archived),
    hidden_seq = case (flags ->> 'hidden')::boolean when true then case
      -- System messages bring back nothing that is hidden.
      when exists (
        select
        from public.messages m
        where m.conversation_id = c.id and m.seq > (flags ->> 'hidden_seq')::numeric::bigint and m.system is null
      ) then (flags ->> 'hidden_seq')::numeric::bigint else c.last_seq end when false then -1 else p.hidden_seq end,
    marked_seq = case (flags ->> 'marked_unread')::boolean when true then p.last_read_seq when false then -1 else p.marked_seq end,
    own_revision = p.own_revision + 1
  from public.conversations c
  where c.id = p.conversation_id and p.conversation_id = set_conversation_flags.conversation_id and p.user_id = caller and p.left_at is null
    and (p.muted, p.pinned, p.archived, p.hidden_seq >= c.last_seq, p.marked_seq = p.last_read_seq) is distinct from (
      coalesce((flags ->> 'muted')::boolean, p.muted), coalesce((flags ->> 'pinned')::boolean, p.pinned),
      coalesce((flags ->> 'archived')::boolean, p.archived), coalesce((flags ->> 'hidden')::boolean, p.hidden_seq >= c.last_seq),
      coalesce((flags ->> 'marked_unread')::boolean, p.marked_seq = p.last_read_seq));
  if found then
    perform private.deliver_mine(conversation_id, caller);
  else
    -- Nothing changes, or the user was removed meanwhile.
    perform private.require_participant(conversation_id);
  end if;
  return (
    select private.inbox_item(c, p)
    from public.conversations c
    join public.conversation_participants p on p.conversation_id = c.id
    where c.id = set_conversation_flags.conversation_id and p.user_id = caller
  );
end
$$;

create function private.get_inbox(
  page_size integer, before_pinned boolean, before_at timestamptz, before_id uuid, archived boolean, unread boolean
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  items jsonb;
  following jsonb;
begin
  perform private.check_page_size('read the inbox', page_size, 1000);
  if num_nulls(before_pinned, before_at, before_id) not in (0, 3) then
    perform private.raise_error('invalid_cursor', 'unable to list the inbox; the cursor is not whole', 'Pass next back unchanged.');
  end if;
  with page as (
    select c, p, p.pinned, coalesce(c.last_message_at, c.created_at) as at, c.id
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.user_id = caller and p.left_at is null and p.archived = coalesce(get_inbox.archived, false) and p.hidden_seq < c.last_seq
      -- As the count has it, from which at most 1,000 deleted and system messages are taken.
      and (not coalesce(unread, false) or p.marked_seq = p.last_read_seq or c.last_seq > p.last_read_seq + 1000 or (c.last_seq > p.last_read_seq and exists (
        select from public.messages m where m.conversation_id = c.id and m.seq > p.last_read_seq and m.deleted_at is null and m.system is null
      )))
      and (before_id is null or (p.pinned, coalesce(c.last_message_at, c.created_at), c.id) < (before_pinned, before_at, before_id))
    order by p.pinned desc, at desc, c.id desc
    limit page_size
  )
  select
    coalesce(jsonb_agg(private.inbox_item(page.c, page.p) order by page.pinned desc, page.at desc, page.id desc), '[]'),
    case when count(*) = page_size then
      (array_agg(jsonb_build_object('before_pinned', page.pinned, 'before_at', page.at, 'before_id', page.id)
        order by page.pinned, page.at, page.id))[1]
    end
  into items, following
  from page;
  return jsonb_build_object('items', items, 'next', following);
end
$$;

create function private.sync_inbox(since bigint)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  -- Stable: these and all that is read below belong to one snapshot. A row carries the number of the transaction that wrote it; what
  -- the oldest open one writes is not seen yet, so from its number on everything is looked at again the next time. Rows carry the
  -- lower half of the number: one that was written four thousand million transactions ago may be answered in vain.
  following bigint := pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  reached bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  anew boolean;
  total bigint;
  changed bigint;
  items jsonb := '[]';
  removed jsonb := '[]';
  marks jsonb;
begin
  select
    count(*) filter (where p.left_at is null),
    count(*) filter (where least((following - p.xmin::text::bigint) & 4294967295,
          -- Of a conversation that the caller has left, only the leaving is news.
          case when p.left_at is null then (following - c.xmin::text::bigint) & 4294967295 end)
      <= following - since)
  into total, changed
  from public.conversation_participants p
  join public.conversations c on c.id = p.conversation_id
  where p.user_id = caller;
  anew := since is null or since > following or changed > 1000;
  if anew or changed > 0 then
    select
      coalesce(jsonb_agg(private.inbox_item(page.c, page.p)) filter (where page.here), '[]'),
      coalesce(jsonb_agg(page.id) filter (where not page.here), '[]')
    into items, removed
    from (
      select c, p, c.id, p.left_at is null as here
      from public.conversation_participants p
      join public.conversations c on c.id = p.conversation_id
      where p.user_id = caller and case
        when anew then p.left_at is null
        else least((following - p.xmin::text::bigint) & 4294967295,
          -- Of a conversation that the caller has left, only the leaving is news.
          case when p.left_at is null then (following - c.xmin::text::bigint) & 4294967295 end) <= following - since
      end
      order by p.pinned desc, coalesce(c.last_message_at, c.created_at) desc, c.id desc
      limit 1000
    ) page;
  end if;
  if not anew then
    -- Not by the row's own transaction number, which changes with what each user keeps to themselves.
    select jsonb_object_agg(m.conversation_id, m.marks) into marks
    from (
      select o.conversation_id, jsonb_object_agg(o.user_id, o.receipt_seq) as marks
      from public.conversation_participants p
      join public.conversation_participants o on o.conversation_id = p.conversation_id and o.user_id <> caller and o.left_at is null
      where p.user_id = caller and p.left_at is null and o.receipt_xid >= since
      group by o.conversation_id
    ) m;
  end if;
  return jsonb_build_object('anew', anew, 'position', reached, 'total', total, 'items', items, 'removed', removed)
    || case when marks is null then '{}' else jsonb_build_object('marks', marks) end;
end
$$;

create function public.set_conversation_flags(conversation_id uuid, flags jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_conversation_flags(conversation_id, flags)
$$;
comment on function public.set_conversation_flags is 'Sets muted, pinned, archived, hidden and marked_unread of a conversation for the caller.';

create function public.get_inbox(
  page_size integer default 50,
  before_pinned boolean default null,
  before_at timestamptz default null,
  before_id uuid default null,
  archived boolean default false,
  unread boolean default false
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_inbox(page_size, before_pinned, before_at, before_id, archived, unread)
$$;
comment on function public.get_inbox is
  'One''s conversations with their newest message and what is unread: pinned ones first, then by last activity; up to 1,000 at once.';

create function public.sync_inbox(since bigint default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.sync_inbox(since)
$$;
comment on function public.sync_inbox is
  'What changed among one''s conversations since a position that it answered before; the first 1,000 of them without one, or far behind.';

revoke execute on function
  private.inbox_item(public.conversations, public.conversation_participants),
  private.set_conversation_flags(uuid, jsonb),
  private.get_inbox(integer, boolean, timestamptz, uuid, boolean, boolean),
  private.sync_inbox(bigint),
  public.set_conversation_flags(uuid, jsonb),
  public.get_inbox(integer, boolean, timestamptz, uuid, boolean, boolean),
  public.sync_inbox(bigint)
from public, anon, authenticated, service_role;
grant execute on function
  private.set_conversation_flags(uuid, jsonb),
  private.get_inbox(integer, boolean, timestamptz, uuid, boolean, boolean),
  private.sync_inbox(bigint),
  public.set_conversation_flags(uuid, jsonb),
  public.get_inbox(integer, boolean, timestamptz, uuid, boolean, boolean),
  public.sync_inbox(bigint)
to authenticated;

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

-- Reports of messages, and what moderators do with them.

create function private.report_message(message_id uuid, reason text, note text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  message public.messages;
begin
  reason := private.check_text('name', reason, 100, 'report the message', 'reason');
  if note <> '' then
    perform private.check_text('lines', note, 2000, 'report the message', 'note');
  end if;
  if exists (select from public.message_reports r where r.message_id = report_message.message_id and r.reporter_id = caller) then
    return;
  end if;
  perform private.take_token(caller, 'report');
  perform private.hold_account();
  -- A deletion of the message at this moment waits, and then keeps what was reported.
  perform from public.conversations c
  where c.id = (select m.conversation_id from public.messages m where m.id = report_message.message_id) for share;
  select m.* into message
  from public.messages m
  where m.id = message_id and m.deleted_at is null
    and (
      private.sees_message(m.conversation_id, m.seq)
      -- A user who was just removed may have been removed for what they would report.
      or exists (
        select
        from public.conversation_participants p
        where p.conversation_id = m.conversation_id and p.user_id = caller and p.left_at > now() - interval '7 days' and m.created_at <= p.left_at
          and m.seq >= p.visible_from_seq
      )
    );
  if message.id is null then
    perform private.raise_error('message_not_found', 'unable to report the message; there is none in your conversations',
      'Check the id; it may have been deleted.');
  end if;
  if message.system is not null then
    perform private.raise_error('forbidden', 'unable to report the message; it is a system message', 'Choose a message of a user.');
  end if;
  insert into public.message_reports (message_id, reporter_id, reason, note, reported)
  values (message_id, caller, reason, coalesce(note, ''), private.message_json(message))
  on conflict on constraint message_reports_message_id_reporter_id_key do nothing;
end
$$;

create function private.list_reports(page_size integer, before_at timestamptz, before_id uuid, resolved boolean)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_moderator();
  if not exists (select from public.profiles p where p.id = (select auth.uid()) and p.user_id is not null) then
    perform private.raise_error('account_not_found', 'unable to list the reports; the account was deleted', 'Sign in again.');
  end if;
  -- One more than a page tells that there is another.
  perform private.check_page_size('list reports', page_size, 200, 1);
  return coalesce((
    select jsonb_agg(to_jsonb(r) || jsonb_build_object(
      'conversation_id', m.conversation_id, 'sender_id', m.sender_id, 'message', private.message_json(m)
    ) order by r.created_at desc, r.id desc)
    from (
      select *
      from public.message_reports
      where (message_reports.resolved_at is not null) = coalesce(resolved, false)
        and (before_at is null or (message_reports.created_at, message_reports.id) < (before_at, before_id))
      order by message_reports.created_at desc, message_reports.id desc
      limit page_size
    ) r
    join public.messages m on m.id = r.message_id
  ), '[]');
end
$$;

create function private.resolve_report(report_id uuid, note text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
begin
  perform private.require_moderator();
  if note <> '' then
    perform private.check_text('lines', note, 2000, 'resolve the report', 'note');
  end if;
  -- When two moderators resolve it at once, the first note stays.
  update public.message_reports r
  set resolved_at = clock_timestamp(), resolved_by = caller, resolution = coalesce(note, '')
  where r.id = report_id and r.resolved_at is null;
  if not found and not exists (select from public.message_reports r where r.id = report_id) then
    perform private.raise_error('report_not_found', 'unable to resolve the report; there is none', 'Check the id.', '{"field": "id"}');
  end if;
end
$$;

create function public.report_message(message_id uuid, reason text, note text default '')
returns void
language sql
set search_path = ''
as $$
  select private.report_message(message_id, reason, note)
$$;
comment on function public.report_message is 'Reports a message to the moderators, once a user; also for a week after the caller left or was removed.';

create function public.list_reports(
  page_size integer default 50, before_at timestamptz default null, before_id uuid default null, resolved boolean default false
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_reports(page_size, before_at, before_id, resolved)
$$;
comment on function public.list_reports is 'Reports, newest first, with the message as it was and as it is. For moderators.';

create function public.resolve_report(report_id uuid, note text default '')
returns void
language sql
set search_path = ''
as $$
  select private.resolve_report(report_id, note)
$$;
comment on function public.resolve_report is 'Marks a report as dealt with. For moderators.';

create policy "Moderators read the reports"
on public.message_reports
for select
to authenticated
using ((select private.is_moderator()));

revoke execute on function
  private.report_message(uuid, text, text),
  private.list_reports(integer, timestamptz, uuid, boolean),
  private.resolve_report(uuid, text),
  public.report_message(uuid, text, text),
  public.list_reports(integer, timestamptz, uuid, boolean),
  public.resolve_report(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.report_message(uuid, text, text),
  private.list_reports(integer, timestamptz, uuid, boolean),
  private.resolve_report(uuid, text),
  public.report_message(uuid, text, text),
  public.list_reports(integer, timestamptz, uuid, boolean),
  public.resolve_report(uuid, text)
to authenticated;

-- When a user was last active, for users who show it, to those whom they write with.

create table private.last_seen (
  user_id uuid primary key references public.profiles (id),
  seen_at timestamptz not null default clock_timestamp()
);
comment on table private.last_seen is 'When a user was last active. A user without a row does not show it.';

create function private.mark_active(visible boolean)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  if visible is not null and visible <> exists (select from private.last_seen s where s.user_id = caller) then
    perform private.take_token(caller, 'last_seen');
    perform private.hold_account();
    if visible then
      insert into private.last_seen (user_id) values (caller) on conflict do nothing;
    else
      delete from private.last_seen s where s.user_id = caller;
    end if;
  elsif visible is distinct from false then
    -- At most one write a minute, from however many devices: of two at once the second finds the first one's time.
    update private.last_seen s
    set seen_at = clock_timestamp()
    where s.user_id = caller and (s.seen_at < clock_timestamp() - interval '1 minute' or s.seen_at > clock_timestamp() + interval '1 minute');
  end if;
  return exists (select from private.last_seen s where s.user_id = caller);
end
$$;

create function private.list_last_seen(user_ids uuid[])
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.check_people(user_ids, 'userIds');
  return coalesce((
    select jsonb_agg(jsonb_build_object('user_id', s.user_id, 'seen_at', s.seen_at, 'online', s.seen_at > clock_timestamp() - interval '2 minutes')
      order by s.seen_at desc, s.user_id)
    from private.last_seen s
    where s.user_id = any (user_ids) and (s.user_id = caller or (
      exists (
        select
        from public.conversation_participants mine
        join public.conversation_participants theirs on theirs.conversation_id = mine.conversation_id
        where mine.user_id = caller and mine.left_at is null and theirs.user_id = s.user_id and theirs.left_at is null
          -- A stranger who opens a conversation learns nothing until the user answers. A deleted system message looks like a deleted answer.
          and exists (select from public.messages m where m.sender_id = s.user_id and m.conversation_id = theirs.conversation_id
            and m.system is null and m.deleted_at is null)
      )
      and not private.are_blocked(caller, array[s.user_id])
    ))
  ), '[]');
end
$$;

create function public.mark_active(visible boolean default null)
returns boolean
language sql
set search_path = ''
as $$
  select private.mark_active(visible)
$$;
comment on function public.mark_active is
  'Keeps that the caller is active now, at most once a minute, if the caller shows it; visible begins or ends that. Answers whether it is shown.';

create function public.list_last_seen(user_ids uuid[])
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_last_seen(user_ids)
$$;
comment on function public.list_last_seen is
  'When users were last active, of those who show it and have written in a conversation with the caller, but across no block.';

revoke all on private.last_seen from public, anon, authenticated, service_role;
revoke execute on function
  private.mark_active(boolean),
  private.list_last_seen(uuid[]),
  public.mark_active(boolean),
  public.list_last_seen(uuid[])
from public, anon, authenticated, service_role;
grant execute on function
  private.mark_active(boolean),
  private.list_last_seen(uuid[]),
  public.mark_active(boolean),
  public.list_last_seen(uuid[])
to authenticated;

-- What an account leaves behind when it goes: groups, reports and limits.

create function private.hold_leaving(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- From here on no user can add this one to a conversation: the call waits, and finds the account gone.
  perform from public.profiles p where p.id = person for no key update;
  -- A change of a circle holds it before its conversation.
  perform private.hold_circles_of(person);
end
$$;
comment on function private.hold_leaving is 'Holds a person who goes and their circles, before any conversation.';

create function private.pass_on_groups(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- The longest-standing admin, else member, takes over what had no other owner.
  update public.conversation_participants p
  -- The change itself takes its number when the person leaves, with the lock held from here to there.
  set role = 'owner', revision = (select c.last_revision + 1 from public.conversations c where c.id = p.conversation_id)
  from (
    select distinct on (heir.conversation_id) heir.conversation_id, heir.user_id
    from public.conversation_participants mine
    join public.conversation_participants heir on heir.conversation_id = mine.conversation_id
    where mine.user_id = person and mine.role = 'owner' and mine.left_at is null
      -- In the conversation of a circle it is the circle's heir.
      and not exists (select from private.circle_conversations k where k.conversation_id = mine.conversation_id)
      and heir.user_id <> person and heir.left_at is null
      and not exists (
        select
        from public.conversation_participants o
        where o.conversation_id = mine.conversation_id and o.user_id <> person and o.role = 'owner' and o.left_at is null
      )
    order by heir.conversation_id, heir.role, heir.joined_at, heir.user_id
  ) next
  where p.conversation_id = next.conversation_id and p.user_id = next.user_id;
end
$$;
comment on function private.pass_on_groups is 'Gives the groups that a person owns alone to the longest-standing admin, else member.';

create function private.forget_reported(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Reports hold messages as they were, also those that were deleted before the account.
  update public.message_reports r set reported = '{}' where r.reported ->> 'sender_id' = person::text;
  update public.message_reports r
  set reported = jsonb_set(r.reported, '{reply,excerpt}', '""')
  where r.reported #>> '{reply,sender_id}' = person::text;
  perform private.drop_files(
    array(
      select distinct a.message_id
      from private.message_attachments a
      join public.messages m on m.id = a.message_id
      where m.sender_id = person and a.withdrawn_at is not null
    ), false, '{}');
end
$$;
comment on function private.forget_reported is 'Takes what a person wrote and sent out of reports.';

create function private.drop_tokens(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- A call that holds one waits for the account: waiting for it here would go in a circle.
  delete from private.rate_limits l
  where l.user_id = person and l.action in (select r.action from private.rate_limits r where r.user_id = person for update skip locked);
end
$$;
comment on function private.drop_tokens is 'Forgets what a person has left of limits, but for what a call holds at this moment.';

revoke execute on function
  private.hold_leaving(uuid),
  private.pass_on_groups(uuid),
  private.forget_reported(uuid),
  private.drop_tokens(uuid)
from public, anon, authenticated, service_role;

-- What happens to conversations when an account is deleted: the user leaves, their messages are emptied, order and
-- synchronisation hold.
--
-- The trigger fires before the account's row goes, because the profile's row changes after it, and a send that refers to that
-- row
-- already holds its conversation.

create table private.chat_erasures (
  user_id uuid not null references public.profiles (id),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  up_to_seq bigint not null,
  primary key (user_id, conversation_id)
);
comment on table private.chat_erasures is 'Conversations in which a deleted account''s messages are still to be emptied.';
comment on column private.chat_erasures.up_to_seq is
  'The newest message when the account went: an account that comes back under the old id keeps what it writes then.';

create index chat_erasures_conversation_id_idx on private.chat_erasures (conversation_id);

create function private.empty_messages(conversation_id uuid, sender uuid, most integer, up_to_seq bigint)
returns integer
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  head bigint;
  emptied uuid[];
  changed bigint;
begin
  select array_agg(m.id) into emptied
  from (
    select messages.id
    from public.messages
    where messages.conversation_id = empty_messages.conversation_id and messages.sender_id = sender and messages.deleted_at is null
      and messages.seq <= up_to_seq
      -- Of what the database tells, a new subject is the person's own words. The rest is ids, and the group's history.
      and (messages.system is null or messages.system ->> 'type' = 'renamed')
    limit most
  ) m;
  select c.last_revision into head from public.conversations c where c.id = conversation_id;
  perform private.drop_belongings(emptied, false);
  update public.message_reports r set reported = '{}' where r.message_id = any (emptied);
  -- A report of a reply holds the beginning of what it replies to, also once the reply itself was deleted.
  update public.message_reports r
  set reported = jsonb_set(r.reported, '{reply,excerpt}', '""')
  where r.reported #>> '{reply,id}' = any (emptied::text[]);
  with numbered as (
    select m.id, row_number() over (order by m.seq) as n from public.messages m where m.id = any (emptied)
  )
  update public.messages m
  set
    revision = head + numbered.n, content = '', metadata = '{}', reply_to = null, mentions = '{}', song = null, system = null, edited_at = null,
    pinned_at = null,     deleted_at = clock_timestamp()
  from numbered
  where m.id = numbered.id;
  get diagnostics changed = row_count;
  -- One more for the event: a client that hears of it sees that others are missing, and synchronises.
  update public.conversations c
  set last_revision = head + changed + 1, updated_at = clock_timestamp()
  where c.id = conversation_id;
  return coalesce(cardinality(emptied), 0);
end
$$;
comment on function private.empty_messages is
  'Empties up to so many messages of a person in a conversation whose lock is held, and answers how many.';

create function private.leave_chat()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  joined uuid[];
  departed uuid[];
  wrote uuid[];
  conversation uuid;
  few boolean;
begin
  -- First, and waiting: a call that holds a token waits for the account next.
  delete from private.rate_limits l where l.user_id = old.id;
  perform private.hold_leaving(old.id);
  select coalesce(array_agg(p.conversation_id), '{}') into joined
  from public.conversation_participants p
  where p.user_id = old.id and p.left_at is null;
  few := (select count(*) from (select from public.messages m where m.sender_id = old.id and m.deleted_at is null limit 2001) m) <= 2000;
  select coalesce(array_agg(distinct m.conversation_id), '{}') into wrote
  from public.messages m where m.sender_id = old.id and m.deleted_at is null;

  perform from public.conversations c
  where c.id = any (joined) or (few and c.id = any (wrote))
  order by c.id
  for no key update;

  perform private.pass_on_groups(old.id);
  with gone as (
    update public.conversation_participants p
    set
      left_at = clock_timestamp(), role = 'member',
      revision = (select c.last_revision + 1 from public.conversations c where c.id = p.conversation_id)
    where p.user_id = old.id and p.left_at is null
    returning p.conversation_id
  )
  select array_agg(gone.conversation_id) into departed from gone;
  update public.conversations c set live_key = gen_random_uuid() where c.id = any (joined);
  delete from private.drafts d where d.user_id = old.id;
  delete from private.message_mentions m where m.user_id = old.id;
  delete from private.last_seen s where s.user_id = old.id;
  delete from public.user_blocks b where b.blocker_id = old.id or b.blocked_id = old.id;
  delete from private.group_bans b where b.user_id = old.id;
  perform private.forget_contacts(old.id);
  update public.message_reports r set note = '' where r.reporter_id = old.id and r.note <> '';
  perform private.forget_reported(old.id);
  perform private.queue_files_of(old.id);

  -- A few messages are emptied at once; many, in batches by empty_deleted_accounts.
  foreach conversation in array (
    select coalesce(array_agg(distinct c order by c), '{}')
    from unnest(joined || case when few then wrote else '{}' end) as c
  ) loop
    perform private.empty_messages(conversation, old.id, case when few then 2147483647 else 0 end, 9223372036854775807);
    -- Whoever left or was removed while the locks were waited for is told of already.
    if conversation = any (departed) then
      perform private.note_departure(conversation, old.id);
    end if;
  end loop;
  if not few then
    insert into private.chat_erasures as e (user_id, conversation_id, up_to_seq)
    -- A first message may have come while the locks were waited for.
    select old.id, c.id, c.last_seq from public.conversations c where c.id = any (wrote || joined)
    -- Deleted, back, and deleted again.
    on conflict on constraint chat_erasures_pkey do update set up_to_seq = excluded.up_to_seq;
  end if;

  -- A write that the locks were waited for has taken a token; one that waits for us has, and is refused.
  perform private.drop_tokens(old.id);

  -- The others are told when the profile is empty too.
  perform set_config('tertulia.left_conversations', (
    coalesce(nullif(current_setting('tertulia.left_conversations', true), ''), '{}')::uuid[]
    || joined || case when few then wrote else '{}' end
  )::text, true);
  return coalesce(new, old);
end
$$;
comment on function private.leave_chat is 'Trigger: takes a person out of every conversation before the account goes.';

create function private.tell_of_deleted_person()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Of very many conversations the others learn of it by their next check.
  perform private.deliver_change(recent.id,
    jsonb_build_object('people', private.people_json(recent.id, recent.last_revision - 1, null), 'rekeyed', true),
    (select private.message_json(m) from public.messages m where m.conversation_id = recent.id and m.revision = recent.last_revision))
  from (
    select c.id, c.last_revision
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.user_id = new.id
      and p.conversation_id = any (nullif(current_setting('tertulia.left_conversations', true), '')::uuid[])
    order by c.last_message_at desc nulls last
    limit 100
  ) recent;
  return null;
end
$$;
comment on function private.tell_of_deleted_person is 'Trigger: delivers what an account''s deletion changed once the profile is empty.';

create function private.tell_of_new_name()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  place record;
begin
  -- Locks in the order of ids, after the profile's. Of very many conversations the others learn of it by their next check.
  for place in
    select c.id, row_number() over (order by c.last_message_at desc nulls last) <= 100 as recent
    from public.conversations c
    where c.id in (select p.conversation_id from public.conversation_participants p where p.user_id = new.id and p.left_at is null)
    order by c.id
  loop
    update public.conversations c
    set last_revision = c.last_revision + 1, updated_at = clock_timestamp()
    where c.id = place.id;
    update public.conversation_participants p
    set revision = c.last_revision
    from public.conversations c
    where c.id = place.id and p.conversation_id = c.id and p.user_id = new.id;
    if place.recent then
      perform private.deliver_change(c.id, jsonb_build_object('people', private.people_json(c.id, c.last_revision - 1, null)))
      from public.conversations c
      where c.id = place.id;
    end if;
  end loop;
  return null;
end
$$;
comment on function private.tell_of_new_name is 'Trigger: shows a user''s new name, handle or picture in their conversations.';

create function private.empty_deleted_accounts(batch integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  erasure private.chat_erasures;
  emptied integer := 0;
begin
  if batch is null or batch not between 1 and 10000 then
    perform private.raise_error('invalid_input', 'unable to empty messages; a batch has 1 to 10,000', 'Choose a batch size.',
      '{"field": "batch"}');
  end if;
  -- One conversation a call, each in a transaction of its own; several callers take different ones.
  select * into erasure from private.chat_erasures e limit 1 for update skip locked;
  if found then
    perform from public.conversations c where c.id = erasure.conversation_id for no key update;
    emptied := private.empty_messages(erasure.conversation_id, erasure.user_id, batch, erasure.up_to_seq);
    perform private.deliver_change(erasure.conversation_id, null);
    if emptied < batch then
      delete from private.chat_erasures e where e.user_id = erasure.user_id and e.conversation_id = erasure.conversation_id;
    end if;
  end if;
  return jsonb_build_object('emptied', emptied, 'remaining', (select count(*) from private.chat_erasures));
end
$$;

create function public.empty_deleted_accounts(batch integer default 1000)
returns jsonb
language sql
set search_path = ''
as $$
  select private.empty_deleted_accounts(batch)
$$;
comment on function public.empty_deleted_accounts is
  'Empties a batch of a deleted account''s messages in one conversation; call it until nothing remains. For the service.';

create or replace trigger tertulia_leave_chat
before delete on auth.users
for each row
execute function private.leave_chat();

create or replace trigger tertulia_leave_chat_softly
before update of deleted_at on auth.users
for each row
when (new.deleted_at is not null and old.deleted_at is null)
execute function private.leave_chat();

create trigger profiles_left_chat
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.tell_of_deleted_person();

create trigger profiles_renamed_in_chat
after update of handle, display_name, avatar_path on public.profiles
for each row
when (new.user_id is not null and (old.handle, old.display_name, old.avatar_path) is distinct from (new.handle, new.display_name, new.avatar_path))
execute function private.tell_of_new_name();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.conversation_participants', 3, 'user_id', 't.conversation_id', null, '{}'),
  ('private.last_seen', 52, 'user_id', 't.user_id', null, '{}'),
  ('private.drafts', 51, 'user_id', 't.conversation_id', null, '{}'),
  ('public.messages', 4, 'sender_id', 't.id', null, array['search_vector']),
  ('public.message_reactions', 5, 'user_id', 't.message_id || t.emoji', null, '{}'),
  -- A reported message holds another user's words.
  ('public.message_reports', 7, 'reporter_id', 't.id', array['id', 'message_id', 'reason', 'note', 'created_at'], '{}');

revoke all on private.chat_erasures from public, anon, authenticated, service_role;
revoke execute on function
  private.empty_messages(uuid, uuid, integer, bigint),
  private.leave_chat(),
  private.tell_of_deleted_person(),
  private.tell_of_new_name(),
  private.empty_deleted_accounts(integer),
  public.empty_deleted_accounts(integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.empty_deleted_accounts(integer),
  public.empty_deleted_accounts(integer)
to service_role;

commit;
