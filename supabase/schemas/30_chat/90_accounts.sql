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
