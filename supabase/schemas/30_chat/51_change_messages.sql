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
  if message.sender_id <> caller and not private.is_moderator() and not exists (
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
    content = '', metadata = '{}', reply_to = null, mentions = '{}', song = null, edited_at = null, pinned_at = null,
    deleted_at = clock_timestamp(), revision = next
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
