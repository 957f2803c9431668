-- Chat: conversations whose messages have one order for everyone.
--
-- Every change in a conversation takes its next revision under the lock of its row, so revision order is commit order.
-- Lock order: rate limit, people (profiles), conversation, participants, messages.
-- Functions of later files are called here: reactions, groups, blocks and rate limits, attachments. All are pushed together.
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
  live_key uuid not null default gen_random_uuid(),
  created_by uuid references public.profiles (id),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
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
  'Part of the topic for typing and presence; another one when somebody leaves, is removed or blocks. Never in a broadcast.';
comment on column public.conversations.metadata is 'The app''s own fields: an object of at most 8 KiB.';

create table public.conversation_participants (
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  role text not null default 'member',
  last_read_seq bigint not null default 0,
  muted boolean not null default false,
  pinned boolean not null default false,
  archived boolean not null default false,
  own_revision bigint not null default 0,
  joined_at timestamptz not null default now(),
  left_at timestamptz,
  primary key (conversation_id, user_id),
  constraint conversation_participants_role_check check (role in ('owner', 'admin', 'member'))
);
comment on table public.conversation_participants is 'Who takes part in which conversation, and who did.';
comment on column public.conversation_participants.last_read_seq is 'Position up to which the person has read; it only moves forward.';
comment on column public.conversation_participants.own_revision is
  'Number of the newest change of one''s own side, so that of two events the newer one stands; a send that moves the mark takes none.';
comment on column public.conversation_participants.left_at is
  'When the person left, was removed or deleted the account; null for who is in it now.';

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
  created_at timestamptz not null default now(),
  edited_at timestamptz,
  deleted_at timestamptz,
  search_vector tsvector not null generated always as (
    to_tsvector('pg_catalog.simple', private.fold(content)) || array_to_tsvector(array['c:' || conversation_id])
  ) stored,
  constraint messages_conversation_id_seq_key unique (conversation_id, seq),
  constraint messages_conversation_id_revision_key unique (conversation_id, revision),
  constraint messages_content_check check (char_length(content) <= 8000),
  constraint messages_mentions_check check (cardinality(mentions) <= 50),
  constraint messages_song_check check (private.is_bounded_object(song, 2048)),
  constraint messages_metadata_check check (private.is_bounded_object(metadata, 8192)),
  constraint messages_deleted_check check (
    deleted_at is null
    or (content = '' and metadata = '{}' and reply_to is null and mentions = '{}' and song is null and edited_at is null)
  )
);
comment on table public.messages is 'One message: its id made by the sender''s client, its place in the conversation by the database.';
comment on column public.messages.seq is 'Position in the conversation, from 1, without gap.';
comment on column public.messages.revision is 'Change number in the conversation of this row''s newest change.';
comment on column public.messages.song is 'A card that the sender revealed: id, title, artist. It gives no access to the song.';
comment on column public.messages.deleted_at is 'When it was deleted; the row stays as an empty tombstone that keeps its position.';
comment on column public.messages.search_vector is 'The folded words, and the conversation as a word, so that one index scan finds words in conversations.';
comment on column public.messages.metadata is 'The app''s own fields: an object of at most 8 KiB.';

create index conversations_created_by_idx on public.conversations (created_by);
create index conversation_participants_user_id_idx on public.conversation_participants (user_id);
create index messages_sender_id_conversation_id_idx on public.messages (sender_id, conversation_id);
create index messages_search_vector_idx on public.messages using gin (search_vector);
create index messages_reply_to_idx on public.messages (reply_to) where reply_to is not null;

create function private.is_uuid(value text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return coalesce(value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', false);
end
$$;
comment on function private.is_uuid is 'Whether a text can be cast to uuid, so that no policy raises on a foreign topic or path.';

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

create function private.hold_people(people uuid[], field text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  wanted integer;
  held integer;
begin
  -- In the order of ids, and before any conversation: the deletion of an account waits here, or we find the account gone.
  select count(distinct person) into wanted from unnest(people) as person;
  perform from public.profiles p where p.id = any (people) and p.user_id is not null order by p.id for share;
  get diagnostics held = row_count;
  if held < wanted or array_position(people, null) is not null then
    perform private.raise_error('profile_not_found', 'unable to go on; there is no such person', 'Check the id.',
      jsonb_build_object('field', field));
  end if;
end
$$;
comment on function private.hold_people is 'Keeps accounts from being deleted until the end of the transaction; raises when one is not there.';

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
  where p.conversation_id = deliver.conversation_id and p.left_at is null;
exception when others then
  -- A broadcast is a hint; clients synchronise by revision. It never fails the change itself.
  raise warning 'unable to deliver %; %', deliver.event, sqlerrm;
end
$$;
comment on function private.deliver is 'Broadcasts a change to the user channel of every participant.';

create function private.deliver_to(user_id uuid, event text, payload jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into realtime.messages (topic, extension, event, payload, private)
  values ('user:' || deliver_to.user_id, 'broadcast', deliver_to.event, deliver_to.payload, true);
exception when others then
  raise warning 'unable to deliver %; %', deliver_to.event, sqlerrm;
end
$$;
comment on function private.deliver_to is 'Broadcasts to the user channel of one person.';

create function private.reply_json(message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('id', r.id, 'seq', r.seq, 'sender_id', r.sender_id, 'excerpt', left(r.content, 140))
    from public.messages r
    where r.id = reply_json.message_id
  );
end
$$;
comment on function private.reply_json is 'What a reply shows of the message that it replies to.';

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
    'song', message.song,
    'reactions', private.reactions_json(message.id)
  );
end
$$;
comment on function private.message_json is 'A message as broadcasts, sends, pages and synchronisation all show it.';

create function private.conversation_json(conversation_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
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
        select coalesce(jsonb_agg(
          jsonb_build_object('user_id', p.user_id, 'handle', f.handle, 'display_name', f.display_name, 'role', p.role,
            'joined_at', p.joined_at, 'last_read_seq', p.last_read_seq)
          order by p.joined_at, p.user_id
        ), '[]')
        from public.conversation_participants p
        join public.profiles f on f.id = p.user_id
        -- Whoever deleted the account stays in a direct conversation, as an empty name.
        where p.conversation_id = c.id and (p.left_at is null or c.kind = 'direct')
      )
    )
    from public.conversations c
    where c.id = conversation_json.conversation_id
  );
end
$$;
comment on function private.conversation_json is 'A conversation with its head and participants, the part that everyone in it sees.';

create function private.deliver_conversation(conversation_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  conversation jsonb := private.conversation_json(conversation_id);
begin
  perform private.deliver(conversation_id, 'conversation', jsonb_build_object(
    'conversation_id', conversation_id, 'revision', conversation -> 'last_revision', 'conversation', conversation));
  return conversation;
end
$$;
comment on function private.deliver_conversation is 'Tells every participant of a changed conversation and answers it.';

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
      return private.change_group(conversation_id, true);
    end if;
  end if;
  return private.conversation_json(conversation_id);
end
$$;
comment on function private.welcome_back is 'A direct conversation, with whoever deleted the account and made it anew taking part again.';

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
  perform private.require_unblocked(caller, array[other_id], 'unable to open the conversation; one of you blocked the other');

  -- A conversation that is there is found also when the other person's account is gone.
  pair := least(caller, other_id) || ':' || greatest(caller, other_id);
  select c.id into conversation from public.conversations c where c.direct_key = pair;
  if conversation is not null then
    return private.welcome_back(conversation, array[caller, other_id]);
  end if;
  if not exists (select from public.profiles p where p.id = other_id and p.user_id is not null) then
    perform private.raise_error('profile_not_found', 'unable to open the conversation; there is no such person', 'Check the id.',
      '{"field": "userId"}');
  end if;

  perform private.hold_people(array[caller, other_id], 'userId');
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
  return private.deliver_conversation(conversation);
end
$$;

create function private.check_content(operation text, content text, may_be_empty boolean)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if content is null or char_length(content) > 8000 or (content !~ '\S' and not (may_be_empty and content = '')) then
    perform private.raise_error('invalid_input', format('unable to %s the message; its text must have 1 to 8,000 characters', operation),
      'Shorten or fill the text.', '{"field": "content"}');
  end if;
end
$$;
comment on function private.check_content is 'Raises unless a text may stand in a message; an empty one may, beside an attachment or a song.';

create function private.check_extras(extras jsonb)
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
    where case e.key
      when 'reply_to' then jsonb_typeof(e.value) <> 'null' and not private.is_uuid(e.value #>> '{}')
      when 'song_id' then jsonb_typeof(e.value) <> 'null' and not private.is_uuid(e.value #>> '{}')
      when 'mentions' then case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) > 50
        or exists (select from jsonb_array_elements(e.value) as m where not private.is_uuid(m #>> '{}')) else true end
      when 'attachments' then case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) > 10 else true end
      else true
    end
    limit 1;
    strange := case strange when 'reply_to' then 'replyTo' when 'song_id' then 'songId' else strange end;
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to send the message; %s is not as documented', strange),
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
    perform private.check_extras(extras);
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

  select c.direct_key into pair from public.conversations c where c.id = conversation_id for no key update;
  if not found then
    perform private.require_participant(null);
  end if;

  -- Under the lock: the same id again is the same message, and allocates nothing.
  select m.* into sent from public.messages m where m.id = message_id;
  if found then
    if sent.conversation_id <> conversation_id or sent.sender_id <> caller then
      perform private.raise_message_id_taken();
    end if;
    return private.message_json(sent);
  end if;

  if pair is not null then
    perform private.require_undisturbed(pair, caller);
  end if;
  if extras <> '{}' then
    original := (extras ->> 'reply_to')::uuid;
    if original is not null
      and not exists (select from public.messages m where m.id = original and m.conversation_id = conversation_id) then
      perform private.raise_error('invalid_input', 'unable to send the message; what it replies to is not in the conversation',
        'Reply to a message of the same conversation.', '{"field": "replyTo"}');
    end if;
    -- Somebody may have left since the message was written: that is no reason to refuse it.
    select coalesce(array_agg(p.user_id order by p.user_id), '{}') into named
    from public.conversation_participants p
    where p.conversation_id = conversation_id and p.left_at is null
      and p.user_id in (select m::uuid from jsonb_array_elements_text(extras -> 'mentions') as m);
    card := private.song_card((extras ->> 'song_id')::uuid);
    files := private.check_attachments(conversation_id, caller, coalesce(extras -> 'attachments', '[]'));
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
  -- Whoever was removed or lost the account while this waited for the lock is no participant any more, and nothing is inserted.
  place as (
    update public.conversation_participants p
    set last_read_seq = head.last_seq
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
    if not exists (select from public.profiles p where p.id = caller and p.user_id is not null) then
      perform private.raise_error('account_not_found', 'unable to send the message; the signed-in person has no account here', 'Sign in again.');
    end if;
    perform private.require_participant(conversation_id);
    -- The same id at the same moment in another conversation, whose lock is not ours. What was allocated goes with the error.
    perform private.raise_message_id_taken();
  end if;
  if files is not null then
    perform private.attach(message_id, files);
  end if;
  perform private.queue_push(message_id);

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
  found_message public.messages;
begin
  select m.conversation_id into conversation from public.messages m where m.id = lock_message.message_id;
  if conversation is not null and (private.is_participant(conversation) or (operation = 'delete' and private.is_moderator())) then
    perform from public.conversations c where c.id = conversation for no key update;
    -- Again under the lock: membership and text may have changed while we waited.
    if private.is_participant(conversation) or (operation = 'delete' and private.is_moderator()) then
      select m.* into found_message from public.messages m where m.id = lock_message.message_id;
    end if;
  end if;
  if found_message.id is null or (found_message.deleted_at is not null and operation <> 'delete') then
    perform private.raise_error('message_not_found', format('unable to %s the message; there is none in your conversations', operation),
      'Check the id; it may have been deleted.');
  end if;
  return found_message;
end
$$;
comment on function private.lock_message is 'A message of the caller''s conversations, with its conversation locked.';

create function private.next_revision(changed public.messages, replies_too boolean)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  head bigint;
  replies bigint := 0;
begin
  select c.last_revision into head from public.conversations c where c.id = changed.conversation_id;
  if replies_too then
    -- Replies show the first characters of the message. They change first and the message last: whoever hears of its
    -- revision sees that others are missing, and synchronises.
    with numbered as (
      select m.id, row_number() over (order by m.seq) as n
      from public.messages m
      where m.reply_to = changed.id
    )
    update public.messages m
    set revision = head + numbered.n
    from numbered
    where m.id = numbered.id;
    get diagnostics replies = row_count;
  end if;
  update public.conversations c
  set last_revision = head + replies + 1, updated_at = clock_timestamp()
  where c.id = changed.conversation_id;
  return head + replies + 1;
end
$$;
comment on function private.next_revision is 'The next change number of a conversation whose lock is held; replies take those before it.';

create function private.edit_message(message_id uuid, content text)
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
  edited jsonb;
begin
  perform private.check_content('edit', content, true);
  perform private.take_token(caller, 'change');
  message := private.lock_message(message_id, 'edit');
  if message.sender_id <> caller then
    perform private.raise_error('forbidden', 'unable to edit the message; it is somebody else''s', 'Edit your own messages.');
  end if;
  if message.content = content then
    return private.message_json(message);
  end if;
  perform private.check_content('edit', content, message.song is not null or private.attachments_json(message_id) <> '[]');
  if message.created_at < clock_timestamp() - interval '24 hours' then
    perform private.raise_error('too_late', 'unable to edit the message; it is older than 24 hours', 'Send another message.');
  end if;
  perform private.require_undisturbed((select c.direct_key from public.conversations c where c.id = message.conversation_id), caller);

  next := private.next_revision(message, left(message.content, 140) <> left(content, 140));
  update public.messages m
  set content = edit_message.content, edited_at = clock_timestamp(), revision = next
  where m.id = message_id
  returning m.* into message;
  edited := private.message_json(message);
  perform private.deliver(message.conversation_id, 'message', edited);
  return edited;
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
  message := private.lock_message(message_id, 'delete');
  if message.sender_id <> caller and not private.is_moderator() and not exists (
    select
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = message.conversation_id and p.user_id = caller and p.left_at is null
      and p.role in ('owner', 'admin') and c.kind = 'group'
  ) then
    perform private.raise_error('forbidden', 'unable to delete the message; it is somebody else''s',
      'Its sender, and owners and admins of a group, may delete it.');
  end if;
  if message.deleted_at is not null then
    return private.message_json(message);
  end if;

  perform private.drop_belongings(array[message_id]);
  next := private.next_revision(message, true);
  update public.messages m
  set
    content = '', metadata = '{}', reply_to = null, mentions = '{}', song = null, edited_at = null,
    deleted_at = clock_timestamp(), revision = next
  where m.id = message_id
  returning m.* into message;
  deleted := private.message_json(message);
  perform private.deliver(message.conversation_id, 'message', deleted);
  return deleted;
end
$$;

create function private.check_page_size(page_size integer, largest integer)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if page_size is null or page_size not between 1 and largest then
    perform private.raise_error('invalid_input', format('unable to list messages; a page holds 1 to %s', largest),
      format('Choose a page size from 1 to %s.', largest), '{"field": "limit"}');
  end if;
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
  perform private.check_page_size(page_size, 200);
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
begin
  perform private.check_page_size(page_size, 200);
  perform private.require_participant(conversation_id);
  if seq is null or seq < 1 then
    perform private.raise_error('invalid_input', 'unable to list messages; positions begin with 1', 'Pass the position of a message.',
      '{"field": "seq"}');
  end if;
  select c.last_seq into head from public.conversations c where c.id = conversation_id;
  -- Positions have no gap: the page is a range of them, whole also at either end.
  newest := least(head, greatest(least(seq, head) + page_size / 2, page_size));
  return coalesce((
    select jsonb_agg(private.message_json(m) order by m.seq desc)
    from public.messages m
    where m.conversation_id = list_messages_around.conversation_id and m.seq > newest - page_size and m.seq <= newest
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
begin
  perform private.require_participant(conversation_id);
  return (select m.seq from public.messages m where m.id = message_id and m.conversation_id = find_message.conversation_id);
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
  head record;
  anew boolean;
begin
  perform private.require_participant(conversation_id);
  -- Stable: every query below sees the caller's one snapshot, so head and rows belong together.
  select c.last_revision, c.live_key into head from public.conversations c where c.id = conversation_id;
  anew := since_revision is null or since_revision > head.last_revision or head.last_revision - since_revision > 1000
    or (
      -- Bounded in bytes too: a slow line could never catch up with what one answer must bring whole.
      select coalesce(sum(octet_length(m.content) + octet_length(m.metadata::text)), 0) > 1000000
      from public.messages m
      where m.conversation_id = sync_conversation.conversation_id and m.revision > since_revision
    );

  return jsonb_build_object(
    'anew', anew,
    'conversation', private.conversation_json(conversation_id),
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
    where p.user_id = caller and p.left_at is null and p.conversation_id = any (conversation_ids)
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

create function public.edit_message(message_id uuid, content text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.edit_message(message_id, content)
$$;
comment on function public.edit_message is 'Changes the text of one''s own message within 24 hours.';

create function public.delete_message(message_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.delete_message(message_id)
$$;
comment on function public.delete_message is
  'Empties a message for everyone; it keeps its position. For the sender, owners and admins of the group, and moderators.';

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
comment on function public.find_message is 'The position of a message in a conversation of the caller, or null when it is not there.';

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
using (private.is_participant(conversation_id));

create policy "Participants read the messages"
on public.messages
for select
to authenticated
using (private.is_participant(conversation_id));

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

revoke all on public.conversations, public.conversation_participants, public.messages from public, anon, authenticated, service_role;
grant select (id, kind, subject, last_seq, last_revision, last_message_at, created_by, metadata, created_at, updated_at)
  on public.conversations to service_role;
grant select (conversation_id, user_id, role, last_read_seq, joined_at, left_at) on public.conversation_participants to service_role;
grant select (
  id, conversation_id, sender_id, seq, revision, content, metadata, reply_to, mentions, song, created_at, edited_at, deleted_at
) on public.messages to service_role;

revoke execute on function
  private.is_uuid(text),
  private.is_participant(uuid),
  private.require_participant(uuid),
  private.hold_people(uuid[], text),
  private.deliver(uuid, text, jsonb),
  private.deliver_to(uuid, text, jsonb),
  private.reply_json(uuid),
  private.message_json(public.messages),
  private.conversation_json(uuid),
  private.deliver_conversation(uuid),
  private.welcome_back(uuid, uuid[]),
  private.open_direct(uuid),
  private.check_content(text, text, boolean),
  private.check_extras(jsonb),
  private.song_card(uuid),
  private.raise_message_id_taken(),
  private.send_message(uuid, uuid, text, jsonb, jsonb),
  private.lock_message(uuid, text),
  private.next_revision(public.messages, boolean),
  private.edit_message(uuid, text),
  private.delete_message(uuid),
  private.check_page_size(integer, integer),
  private.list_messages(uuid, bigint, integer),
  private.list_messages_around(uuid, bigint, integer),
  private.find_message(uuid, uuid),
  private.sync_conversation(uuid, bigint, integer),
  private.list_heads(uuid[]),
  public.open_direct(uuid),
  public.send_message(uuid, uuid, text, jsonb, jsonb),
  public.edit_message(uuid, text),
  public.delete_message(uuid),
  public.list_messages(uuid, bigint, integer),
  public.list_messages_around(uuid, bigint, integer),
  public.find_message(uuid, uuid),
  public.sync_conversation(uuid, bigint, integer),
  public.list_heads(uuid[])
from public, anon, authenticated, service_role;
grant execute on function
  private.is_participant(uuid),
  private.open_direct(uuid),
  private.send_message(uuid, uuid, text, jsonb, jsonb),
  private.edit_message(uuid, text),
  private.delete_message(uuid),
  private.list_messages(uuid, bigint, integer),
  private.list_messages_around(uuid, bigint, integer),
  private.find_message(uuid, uuid),
  private.sync_conversation(uuid, bigint, integer),
  private.list_heads(uuid[]),
  public.open_direct(uuid),
  public.send_message(uuid, uuid, text, jsonb, jsonb),
  public.edit_message(uuid, text),
  public.delete_message(uuid),
  public.list_messages(uuid, bigint, integer),
  public.list_messages_around(uuid, bigint, integer),
  public.find_message(uuid, uuid),
  public.sync_conversation(uuid, bigint, integer),
  public.list_heads(uuid[])
to authenticated;

commit;
