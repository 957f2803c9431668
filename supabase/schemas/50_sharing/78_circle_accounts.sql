-- What becomes of circles when an account is deleted.

create function private.lock_circles_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.hold_circles_of(new.id);
  return null;
end
$$;
comment on function private.lock_circles_of_deleted is 'Trigger, before those about songs: holds every circle that a person who goes is in.';

create function private.leave_circles_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  circle public.circles;
  heir uuid;
begin
  for circle in
    select c.*
    from public.circles c
    where c.id in (select m.circle_id from public.circle_members m where m.user_id = new.id)
    order by c.id
  loop
    if not exists (select from public.circle_members m where m.circle_id = circle.id and m.user_id <> new.id) then
      perform private.remove_circle(circle);
      continue;
    end if;
    if private.role_of('circle', circle.id, new.id) = 'owner' and not private.has_other_owner(circle.id, new.id) then
      -- As in groups: the longest-standing admin, else member.
      select o.user_id into heir
      from public.circle_members o
      where o.circle_id = circle.id and o.user_id <> new.id
      order by o.role, o.joined_at, o.user_id
      limit 1;
      update public.circle_members m set role = 'owner' where m.circle_id = circle.id and m.user_id = heir;
      perform private.notify_of_circle(heir, 'circle_role_changed', circle, null, '{"role": "owner"}');
    end if;
    -- What the person watches ends with the trigger for all watches, in one order.
    delete from public.circle_members m where m.circle_id = circle.id and m.user_id = new.id;
    perform private.touch_circle(circle.id, 'left');
  end loop;
  -- No address and no word stays, and nobody is kept out or invited who is gone.
  update private.circle_invitations i
  set ended_at = coalesce(i.ended_at, clock_timestamp()), end_reason = coalesce(i.end_reason, 'account_deleted'), message = null, invited_email = null
  where i.invited_by = new.id;
  update private.circle_invitations i set user_id = null, invited_email = null, message = null where i.user_id = new.id and i.kind = 'email';
  delete from private.circle_invitations i where i.user_id = new.id and i.kind = 'person';
  delete from private.circle_exclusions e where e.user_id = new.id;
  return null;
end
$$;
comment on function private.leave_circles_of_deleted is
  'Trigger: a person who goes leaves every circle; one that nobody else owns gets another owner, one that nobody else is in goes.';

-- Before the songs, whose trigger comes next by name.
create trigger profiles_before_circles
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.lock_circles_of_deleted();

-- After the targets are held, and before the watches end.
create trigger profiles_end_circles
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.leave_circles_of_deleted();

revoke execute on function private.lock_circles_of_deleted(), private.leave_circles_of_deleted() from public, anon, authenticated, service_role;
