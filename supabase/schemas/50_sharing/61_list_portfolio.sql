-- A portfolio, for users who can see the profile.

create function private.list_portfolio(user_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  person uuid := coalesce(user_id, private.require_account());
begin
  perform private.require_account();
  if not private.can_see_profile(person) then
    return '[]';
  end if;
  return coalesce((
    select jsonb_agg(private.portfolio_item_json(i) order by i.position) from public.portfolio_items i where i.profile_id = person
  ), '[]');
end
$$;

create function public.list_portfolio(user_id uuid default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_portfolio(user_id)
$$;
comment on function public.list_portfolio is
  'The portfolio of a user, or the caller''s own, in the user''s order; empty where the caller does not see the profile.';

revoke execute on function private.list_portfolio(uuid), public.list_portfolio(uuid) from public, anon, authenticated, service_role;
grant execute on function private.list_portfolio(uuid), public.list_portfolio(uuid) to authenticated;
