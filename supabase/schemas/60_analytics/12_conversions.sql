-- Conversions: a contact that became business, once for each conversation.

create function private.record_conversation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  other uuid := nullif(replace(replace(new.direct_key, new.created_by::text, ''), ':', ''), '')::uuid;
begin
  if new.created_by is not null and other is not null then
    perform private.record_event('conversation', other, new.created_by);
  end if;
  return null;
exception
  when others then
    -- A failure of figures never stops a conversation of two users.
    raise warning 'unable to count the conversation; %', sqlerrm;
    return null;
end
$$;
comment on function private.record_conversation is 'Trigger: a direct conversation counts for the one who did not open it.';

create function private.add_conversion(conversation_id uuid, profile_id uuid, by_service boolean)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  pair uuid[];
  other uuid;
begin
  select string_to_array(c.direct_key, ':')::uuid[] into pair from public.conversations c where c.id = add_conversion.conversation_id;
  if not found then
    perform private.raise_error('conversation_not_found', 'unable to record the conversion; there is no such conversation', 'Check the id.');
  end if;
  if pair is null or profile_id is null or profile_id <> all (pair) then
    perform private.raise_error('invalid_input', 'unable to record the conversion; it counts for one of two people who talk with each other',
      'Name a direct conversation, and one of its two people.', '{"field": "conversationId"}');
  end if;
  other := case when pair[1] = profile_id then pair[2] else pair[1] end;
  -- An account that goes at this moment waits, or is gone.
  perform private.hold_people(pair, 'conversationId');
  insert into private.conversions (conversation_id, profile_id, converted_by, by_service)
  values (add_conversion.conversation_id, add_conversion.profile_id, other, add_conversion.by_service)
  on conflict do nothing;
  if not found then
    -- What the service says counts more than what one of the two said first.
    update private.conversions c
    set by_service = true, profile_id = add_conversion.profile_id, converted_by = other
    where c.conversation_id = add_conversion.conversation_id and add_conversion.by_service
      and (not c.by_service or c.profile_id is distinct from add_conversion.profile_id);
    return false;
  end if;
  perform private.record_event('conversion', profile_id, other);
  return true;
end
$$;

create function private.record_conversion(conversation_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  other uuid;
begin
  perform private.require_participant(conversation_id);
  select nullif(replace(replace(c.direct_key, caller::text, ''), ':', ''), '')::uuid into other
  from public.conversations c
  where c.id = record_conversion.conversation_id;
  return private.add_conversion(conversation_id, other, false);
end
$$;

create function public.record_conversion(conversation_id uuid)
returns boolean
language sql
set search_path = ''
as $$
  select private.record_conversion(conversation_id)
$$;
comment on function public.record_conversion is
  'Says that a direct conversation led to what the other person offers; it counts for them, once a conversation. Answers whether it was new.';

create function private.record_conversion_for(conversation_id uuid, profile_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  return private.add_conversion(conversation_id, profile_id, true);
end
$$;

create function public.record_conversion_for(conversation_id uuid, profile_id uuid)
returns boolean
language sql
set search_path = ''
as $$
  select private.record_conversion_for(conversation_id, profile_id)
$$;
comment on function public.record_conversion_for is
  'For the service: records a conversion for the named user of the two, for example when a payment succeeded.';

create trigger conversations_count_for_profile
after insert on public.conversations
for each row
when (new.kind = 'direct')
execute function private.record_conversation();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.own_events', 50, 'user_id', 'extract(epoch from t.at) || t.entity_id::text || t.kind', null, '{}');

revoke execute on function
  private.record_conversation(),
  private.add_conversion(uuid, uuid, boolean),
  private.record_conversion(uuid),
  public.record_conversion(uuid),
  private.record_conversion_for(uuid, uuid),
  public.record_conversion_for(uuid, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.record_conversion(uuid),
  public.record_conversion(uuid)
to authenticated;
grant execute on function
  private.record_conversion_for(uuid, uuid),
  public.record_conversion_for(uuid, uuid)
to service_role;
