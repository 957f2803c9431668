-- Reviews of a user, for users who can see the profile.

create function private.list_reviews(user_id uuid, page_size integer, before_at timestamptz, before_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
  person uuid := coalesce(user_id, caller);
begin
  perform private.check_page_size('list reviews', page_size, 200, 1);
  if not private.can_see_profile(person) then
    return '[]';
  end if;
  return coalesce((
    select jsonb_agg(private.review_json(r) || jsonb_build_object('reviewer', (
        select private.person_json(p.id)
        from public.profiles p
        where p.id = r.reviewer_id and (p.is_listed or private.can_see_profile(p.id))
      )) order by r.created_at desc, r.id desc)
    from (
      select *
      from public.profile_reviews o
      where o.profile_id = person and (before_at is null or (o.created_at, o.id) < (before_at, before_id))
        and (o.hidden_at is null or o.reviewer_id = caller or private.is_moderator())
      order by o.created_at desc, o.id desc
      limit page_size
    ) r
  ), '[]');
end
$$;

create function public.list_reviews(
  user_id uuid default null, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_reviews(user_id, page_size, before_at, before_id)
$$;
comment on function public.list_reviews is
  'Reviews of a user, or of the caller, the latest first. A reviewer whose profile the caller does not see has no name; hidden ones see their writer and moderators.';

revoke execute on function
  private.list_reviews(uuid, integer, timestamptz, uuid),
  public.list_reviews(uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_reviews(uuid, integer, timestamptz, uuid),
  public.list_reviews(uuid, integer, timestamptz, uuid)
to authenticated;
