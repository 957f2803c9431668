-- Following, which needs to know who sees a profile.

create function private.follow_user(user_id uuid)
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
    perform private.raise_error('invalid_input', 'unable to follow the user; the id is your own', 'Pass the id of another user.',
      '{"field": "userId"}');
  end if;
  if exists (select from public.user_follows f where f.follower_id = caller and f.followed_id = user_id) then
    return;
  end if;
  -- Also holds the caller's other calls back, so that the count below is right.
  perform private.take_token(caller, 'follow');
  perform private.hold_people(array[caller, user_id], 'userId');
  if not private.can_see_profile(user_id) then
    perform private.raise_error('profile_not_found', 'unable to follow the user; there is no such user', 'Check the id.', '{"field": "userId"}');
  end if;
  if (select count(*) from public.user_follows f where f.follower_id = caller) >= private.at_most('following') then
    perform private.raise_error('invalid_input', format('unable to follow the user; you already follow %s', private.at_most('following')),
      'Unfollow another user first.', '{"field": "userId"}');
  end if;
  perform private.lock_pair(caller, user_id);
  perform private.require_unblocked(caller, array[user_id], 'unable to follow the user; one of you blocked the other');
  insert into public.user_follows (follower_id, followed_id) values (caller, user_id) on conflict do nothing;
end
$$;

create function public.follow_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.follow_user(user_id)
$$;
comment on function public.follow_user is 'Follows a person; again does nothing. Refused while a block stands between the two.';

revoke execute on function
  private.follow_user(uuid),
  public.follow_user(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.follow_user(uuid),
  public.follow_user(uuid)
to authenticated;
