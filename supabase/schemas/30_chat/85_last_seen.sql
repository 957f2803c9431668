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
