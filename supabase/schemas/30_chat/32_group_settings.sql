-- The settings of a group: subject, metadata, and who writes in it.

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
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to update the group; the changes are not an object', 'Send an object of fields.');
  end if;
  select e.key into strange
  from jsonb_each(changes) as e
  where e.key not in ('subject', 'metadata', 'writers')
    or (e.key = 'writers' and e.value not in ('"everyone"', '"admins"'))
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to update the group; %s cannot be set to that', strange), 'Correct the named field.',
      jsonb_build_object('field', strange));
  end if;
  kept_subject := private.check_group_fields(changes -> 'subject', changes -> 'metadata');
  perform private.lock_group(conversation_id, '{owner,admin}');
  select c.subject, c.metadata, c.writers into before from public.conversations c where c.id = conversation_id;
  update public.conversations c
  set
    subject = case when changes ? 'subject' then kept_subject else c.subject end,
    metadata = coalesce(changes -> 'metadata', c.metadata),
    writers = coalesce(changes ->> 'writers', c.writers)
  where c.id = conversation_id
    and (c.subject, c.metadata, c.writers) is distinct from (
      case when changes ? 'subject' then kept_subject else c.subject end, coalesce(changes -> 'metadata', c.metadata),
      coalesce(changes ->> 'writers', c.writers));
  if not found then
    return private.conversation_json(conversation_id);
  end if;
  return private.change_group(conversation_id, false, (
    select jsonb_object_agg(e.key, e.value)
    from public.conversations c
    cross join jsonb_each(jsonb_build_object('subject', c.subject, 'metadata', c.metadata, 'writers', c.writers)) as e
    where c.id = conversation_id and e.value is distinct from to_jsonb(before) -> e.key
  ), '{}');
end
$$;

create function public.update_group(conversation_id uuid, changes jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.update_group(conversation_id, changes)
$$;
comment on function public.update_group is 'Changes subject, metadata and writers of a group. For owners and admins.';

revoke execute on function private.update_group(uuid, jsonb), public.update_group(uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function private.update_group(uuid, jsonb), public.update_group(uuid, jsonb) to authenticated;
