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
