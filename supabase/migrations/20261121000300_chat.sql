-- Chat: direct conversations whose messages have one order for everyone.
--
-- Every change in a conversation takes its next revision under the lock of its row, so revision order is commit order.
-- Lock order: conversation, participants, messages.
-- Roll back: drop table public.messages, public.conversation_participants, public.conversations cascade; drop the functions
-- below and the policy on realtime.messages.

begin;
set local lock_timeout = '10s';

create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  kind text not null default 'direct',
  subject text,
  direct_key text,
  last_seq bigint not null default 0,
  last_revision bigint not null default 0,
  last_message_at timestamptz,
  created_by uuid references public.profiles (id),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint conversations_kind_check check (kind = 'direct'),
  constraint conversations_direct_key_check check ((kind = 'direct') = (direct_key is not null)),
  constraint conversations_direct_key_key unique (direct_key),
  constraint conversations_subject_check check (char_length(subject) between 1 and 200),
  constraint conversations_metadata_check check (private.is_bounded_object(metadata, 8192))
);
comment on table public.conversations is 'A conversation and its head: the newest position and the newest change number.';
comment on column public.conversations.direct_key is 'Both ids in order: makes the conversation of two people unique under any race.';
comment on column public.conversations.last_seq is 'Position of the newest message; positions have no gap.';
comment on column public.conversations.last_revision is 'Number of the newest change; allocated under the row lock, so its order is commit order.';
comment on column public.conversations.metadata is 'The app''s own fields: an object of at most 8 KiB.';

create table public.conversation_participants (
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  joined_at timestamptz not null default now(),
  primary key (conversation_id, user_id)
);
comment on table public.conversation_participants is 'Who takes part in which conversation.';

create table public.messages (
  id uuid primary key,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  sender_id uuid not null references public.profiles (id),
  seq bigint not null,
  revision bigint not null,
  content text not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  constraint messages_conversation_id_seq_key unique (conversation_id, seq),
  constraint messages_conversation_id_revision_key unique (conversation_id, revision),
  constraint messages_content_check check (char_length(content) between 1 and 8000),
  constraint messages_metadata_check check (private.is_bounded_object(metadata, 8192))
);
comment on table public.messages is 'One message: its id made by the sender''s client, its place in the conversation by the database.';
comment on column public.messages.seq is 'Position in the conversation, from 1, without gap.';
comment on column public.messages.revision is 'Change number in the conversation of this row''s newest change.';
comment on column public.messages.metadata is 'The app''s own fields: an object of at most 8 KiB.';

create index conversations_created_by_idx on public.conversations (created_by);
create index conversation_participants_user_id_idx on public.conversation_participants (user_id);
create index messages_sender_id_idx on public.messages (sender_id);

create function private.is_participant(conversation_id uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select
    from public.conversation_participants p
    where p.conversation_id = is_participant.conversation_id and p.user_id = (select auth.uid())
  )
$$;
comment on function private.is_participant is 'Whether the caller takes part; the one definition behind every chat policy.';

create function private.require_participant(conversation_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_user();
  if conversation_id is null or not private.is_participant(conversation_id) then
    -- The same answer for a conversation that is not there and for somebody else's.
    perform private.raise_error('conversation_not_found', 'unable to reach the conversation; there is none that you take part in',
      'Check the id, or open the conversation first.');
  end if;
end
$$;

create function private.deliver(conversation_id uuid, event text, payload jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Recipients are chosen here, in the transaction of the change: whoever is not a participant now receives nothing.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || p.user_id, 'broadcast', deliver.event, deliver.payload, true
  from public.conversation_participants p
  where p.conversation_id = deliver.conversation_id;
exception when others then
  -- A broadcast is a hint; clients synchronise by revision. It never fails the change itself.
  raise warning 'unable to deliver %; %', deliver.event, sqlerrm;
end
$$;
comment on function private.deliver is 'Broadcasts a change to the user channel of every participant.';

create function private.message_json(message public.messages)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select to_jsonb(message)
$$;
comment on function private.message_json is 'A message as broadcasts, sends, pages and synchronisation all show it.';

create function private.conversation_json(conversation_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', c.id,
    'kind', c.kind,
    'subject', c.subject,
    'last_seq', c.last_seq,
    'last_revision', c.last_revision,
    'last_message_at', c.last_message_at,
    'metadata', c.metadata,
    'created_at', c.created_at,
    'participants', (
      select jsonb_agg(
        jsonb_build_object('user_id', p.user_id, 'handle', f.handle, 'display_name', f.display_name, 'joined_at', p.joined_at)
        order by p.joined_at, p.user_id
      )
      from public.conversation_participants p
      join public.profiles f on f.id = p.user_id
      where p.conversation_id = c.id
    )
  )
  from public.conversations c
  where c.id = conversation_json.conversation_id
$$;
comment on function private.conversation_json is 'A conversation with its head and participants, as the API answers it.';

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
    perform private.raise_error('invalid_input', 'unable to open the conversation; it takes another person',
      'Pass the id of somebody else.', '{"field": "userId"}');
  end if;

  perform private.get_own_profile();
  pair := least(caller, other_id) || ':' || greatest(caller, other_id);
  select c.id into conversation from public.conversations c where c.direct_key = pair;
  if conversation is null then
    -- A conversation that is there is found also when the other person's account is gone.
    if not exists (select from public.profiles p where p.id = other_id and p.user_id is not null) then
      perform private.raise_error('profile_not_found', 'unable to open the conversation; there is no such person', 'Check the id.',
        '{"field": "userId"}');
    end if;
    -- Of two at once one inserts, the other waits for it here and then finds its row.
    insert into public.conversations (kind, direct_key, created_by)
    values ('direct', pair, caller)
    on conflict (direct_key) do nothing
    returning id into conversation;
    if conversation is null then
      select c.id into conversation from public.conversations c where c.direct_key = pair;
    else
      insert into public.conversation_participants (conversation_id, user_id)
      values (conversation, caller), (conversation, other_id);
    end if;
  end if;

  return private.conversation_json(conversation);
end
$$;

create function private.send_message(conversation_id uuid, message_id uuid, content text, metadata jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  head record;
  sent public.messages;
begin
  if message_id is null then
    perform private.raise_error('invalid_input', 'unable to send the message; it has no id', 'Make a UUID per message and keep it when you retry.',
      '{"field": "id"}');
  end if;
  if content is null or content !~ '\S' or char_length(content) > 8000 then
    perform private.raise_error('invalid_input', 'unable to send the message; its text must have 1 to 8,000 characters', 'Shorten or fill the text.',
      '{"field": "content"}');
  end if;
  if metadata is null or not private.is_bounded_object(metadata, 8192) then
    perform private.raise_error('invalid_input', 'unable to send the message; metadata must be an object of at most 8 KiB', 'Shorten the metadata.',
      '{"field": "metadata"}');
  end if;
  -- Before the lock: a stranger cannot hold up a conversation.
  perform private.require_participant(conversation_id);

  perform from public.conversations c where c.id = conversation_id for no key update;
  if not found then
    perform private.require_participant(null);
  end if;
  if not exists (select from public.profiles p where p.id = caller and p.user_id is not null) then
    perform private.raise_error('account_not_found', 'unable to send the message; the signed-in person has no account here', 'Sign in again.');
  end if;

  -- Under the lock: the same id again is the same message, and allocates nothing.
  select m.* into sent from public.messages m where m.id = message_id;
  if found then
    if sent.conversation_id <> conversation_id or sent.sender_id <> caller then
      perform private.raise_error('message_id_taken', 'unable to send the message; its id belongs to another message',
        'Make a new UUID for each message.', '{"field": "id"}');
    end if;
    return private.message_json(sent);
  end if;

  update public.conversations c
  set
    last_seq = c.last_seq + 1,
    last_revision = c.last_revision + 1,
    last_message_at = clock_timestamp(),
    updated_at = clock_timestamp()
  where c.id = conversation_id
  returning c.last_seq, c.last_revision, c.last_message_at into head;

  begin
    insert into public.messages (id, conversation_id, sender_id, seq, revision, content, metadata, created_at)
    values (message_id, conversation_id, caller, head.last_seq, head.last_revision, content, metadata, head.last_message_at)
    returning * into sent;
  exception when unique_violation then
    -- The same id at the same moment in another conversation, whose lock is not ours.
    perform private.raise_error('message_id_taken', 'unable to send the message; its id belongs to another message',
      'Make a new UUID for each message.', '{"field": "id"}');
  end;

  perform private.deliver(conversation_id, 'message', private.message_json(sent));
  return private.message_json(sent);
end
$$;

create function private.list_messages(conversation_id uuid, before_seq bigint, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
begin
  if page_size is null or page_size not between 1 and 200 then
    perform private.raise_error('invalid_input', 'unable to list messages; a page holds 1 to 200', 'Choose a page size from 1 to 200.',
      '{"field": "limit"}');
  end if;
  perform private.require_participant(conversation_id);
  return coalesce((
    select jsonb_agg(private.message_json(m) order by m.seq desc)
    from (
      select *
      from public.messages
      where messages.conversation_id = list_messages.conversation_id
        and messages.seq < coalesce(before_seq, 9223372036854775807)
      order by messages.seq desc
      limit page_size
    ) m
  ), '[]');
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
  head bigint;
  anew boolean;
begin
  perform private.require_participant(conversation_id);
  -- Stable: every query below sees the caller's one snapshot, so head and rows belong together.
  select c.last_revision into head from public.conversations c where c.id = conversation_id;
  anew := since_revision is null or since_revision > head or head - since_revision > 1000
    or (
      -- Bounded in bytes too: a slow line could never catch up with what one answer must bring whole.
      select coalesce(sum(octet_length(m.content) + octet_length(m.metadata::text)), 0) > 1000000
      from public.messages m
      where m.conversation_id = sync_conversation.conversation_id and m.revision > since_revision
    );

  return jsonb_build_object(
    'anew', anew,
    'conversation', private.conversation_json(conversation_id),
    'messages', case
      when anew then private.list_messages(conversation_id, null, page_size)
      else coalesce((
        select jsonb_agg(private.message_json(m) order by m.revision)
        from public.messages m
        where m.conversation_id = sync_conversation.conversation_id and m.revision > since_revision
      ), '[]')
    end
  );
end
$$;

create function private.list_heads(conversation_ids uuid[])
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  if cardinality(conversation_ids) > 1000 then
    perform private.raise_error('invalid_input', 'unable to check heads; at most 1,000 conversations at once', 'Ask in parts.',
      '{"field": "conversationIds"}');
  end if;
  return coalesce((
    select jsonb_object_agg(c.id, c.last_revision)
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.user_id = caller and p.conversation_id = any (conversation_ids)
  ), '{}');
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

create function public.send_message(conversation_id uuid, message_id uuid, content text, metadata jsonb default '{}')
returns jsonb
language sql
set search_path = ''
as $$
  select private.send_message(conversation_id, message_id, content, metadata)
$$;
comment on function public.send_message is 'Sends a message; the same id again answers the same message and sends nothing.';

create function public.list_messages(conversation_id uuid, before_seq bigint default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_messages(conversation_id, before_seq, page_size)
$$;
comment on function public.list_messages is 'A page of messages, newest first, older than a position.';

create function public.sync_conversation(conversation_id uuid, since_revision bigint default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.sync_conversation(conversation_id, since_revision, page_size)
$$;
comment on function public.sync_conversation is
  'Head, participants and all changes since a revision from one snapshot; far behind (over 1,000), the newest page instead.';

create function public.list_heads(conversation_ids uuid[])
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_heads(conversation_ids)
$$;
comment on function public.list_heads is 'The newest revision of each named conversation that the caller takes part in.';

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
using (user_id = (select auth.uid()) or private.is_participant(conversation_id));

create policy "Participants read the messages"
on public.messages
for select
to authenticated
using (private.is_participant(conversation_id));

create policy "People hear their own user channel"
on realtime.messages
for select
to authenticated
using (extension = 'broadcast' and (select realtime.topic()) = 'user:' || lower((select auth.jwt()) ->> 'sub'));

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

revoke all on public.conversations, public.conversation_participants, public.messages from public, anon, authenticated, service_role;
grant select (id, kind, subject, last_seq, last_revision, last_message_at, created_by, metadata, created_at, updated_at)
  on public.conversations to authenticated, service_role;
grant select (conversation_id, user_id, joined_at) on public.conversation_participants to authenticated, service_role;
grant select (id, conversation_id, sender_id, seq, revision, content, metadata, created_at)
  on public.messages to authenticated, service_role;

revoke execute on function
  private.is_participant(uuid),
  private.require_participant(uuid),
  private.deliver(uuid, text, jsonb),
  private.message_json(public.messages),
  private.conversation_json(uuid),
  private.open_direct(uuid),
  private.send_message(uuid, uuid, text, jsonb),
  private.list_messages(uuid, bigint, integer),
  private.sync_conversation(uuid, bigint, integer),
  private.list_heads(uuid[]),
  public.open_direct(uuid),
  public.send_message(uuid, uuid, text, jsonb),
  public.list_messages(uuid, bigint, integer),
  public.sync_conversation(uuid, bigint, integer),
  public.list_heads(uuid[])
from public, anon, authenticated, service_role;
grant execute on function
  private.is_participant(uuid),
  private.open_direct(uuid),
  private.send_message(uuid, uuid, text, jsonb),
  private.list_messages(uuid, bigint, integer),
  private.sync_conversation(uuid, bigint, integer),
  private.list_heads(uuid[]),
  public.open_direct(uuid),
  public.send_message(uuid, uuid, text, jsonb),
  public.list_messages(uuid, bigint, integer),
  public.sync_conversation(uuid, bigint, integer),
  public.list_heads(uuid[])
to authenticated;

commit;
