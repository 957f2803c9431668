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
