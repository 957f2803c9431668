-- Circles: invitations, who is kept out, and what the calls about circles share.

create table private.circle_invitations (
  id uuid primary key default gen_random_uuid(),
  circle_id uuid not null references public.circles (id) on delete cascade,
  kind text not null,
  invited_by uuid not null references public.profiles (id),
  user_id uuid references public.profiles (id),
  invited_email text,
  token_hash bytea unique,
  role text not null,
  message text,
  max_uses integer,
  use_count integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null default clock_timestamp() + interval '14 days',
  ended_at timestamptz,
  end_reason text,
  constraint circle_invitations_kind_check check (
    case kind
      when 'person' then user_id is not null and invited_email is null and token_hash is null
      when 'email' then true
      when 'link' then token_hash is not null and user_id is null and invited_email is null
      else false
    end
  ),
  constraint circle_invitations_role_check check (role = 'member' or (role = 'admin' and kind <> 'link')),
  constraint circle_invitations_message_check check (char_length(message) between 1 and 1000),
  constraint circle_invitations_invited_email_check check (char_length(invited_email) <= 320),
  constraint circle_invitations_max_uses_check check (max_uses between 1 and 100000),
  constraint circle_invitations_end_check check (
    (ended_at is null) = (end_reason is null) and end_reason in ('accepted', 'declined', 'revoked', 'removed', 'account_deleted')
  )
);
comment on table private.circle_invitations is
  'Invitations into circles: of a person, of an address, or by a link. None of them is a membership before it is accepted.';
comment on column private.circle_invitations.token_hash is 'SHA-256 of the token, which is returned once and not stored.';
comment on column private.circle_invitations.invited_email is 'Only the user who invited sees it.';
comment on column private.circle_invitations.user_id is 'Who is invited; of an address, the user who accepted.';

create unique index circle_invitations_person_key on private.circle_invitations (circle_id, user_id) where kind = 'person' and ended_at is null;
create unique index circle_invitations_email_key on private.circle_invitations (circle_id, invited_email) where kind = 'email' and ended_at is null;
create index circle_invitations_list_idx on private.circle_invitations (circle_id, created_at desc, id desc);
create index circle_invitations_user_id_idx on private.circle_invitations (user_id, created_at desc, id desc);
create index circle_invitations_invited_by_idx on private.circle_invitations (invited_by);
create index circle_invitations_invited_email_idx on private.circle_invitations (invited_email) where ended_at is null;

create table private.circle_exclusions (
  circle_id uuid not null references public.circles (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  is_ban boolean not null,
  excluded_by uuid not null references public.profiles (id),
  created_at timestamptz not null default clock_timestamp(),
  primary key (circle_id, user_id)
);
comment on table private.circle_exclusions is
  'Who was removed from a circle: older links and invitations do not let that user in again. A ban keeps out until it is lifted.';

create index circle_exclusions_user_id_idx on private.circle_exclusions (user_id);
create index circle_exclusions_excluded_by_idx on private.circle_exclusions (excluded_by);
create index circle_exclusions_list_idx on private.circle_exclusions (circle_id, created_at desc, user_id desc) where is_ban;

create function private.circle_summary(circle public.circles, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', circle.id, 'name', circle.name, 'picture_path', circle.picture_path,
    'role', private.role_of('circle', circle.id, viewer),
    'member_count', (select count(*) from public.circle_members m where m.circle_id = circle.id),
    'conversation_id', (select k.conversation_id from private.circle_conversations k where k.circle_id = circle.id),
    'version', circle.version, 'created_at', circle.created_at, 'updated_at', circle.updated_at);
end
$$;
comment on function private.circle_summary is 'A circle as lists show it to a member.';

create function private.circle_json(circle_id uuid, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select private.circle_summary(c, viewer) || jsonb_build_object('members', (
      select jsonb_agg(jsonb_build_object('id', p.id, 'handle', p.handle, 'display_name', p.display_name, 'avatar_path', p.avatar_path,
        'role', m.role, 'joined_at', m.joined_at) order by array_position('{owner,admin,member}'::text[], m.role), m.joined_at, m.user_id)
      from public.circle_members m
      join public.profiles p on p.id = m.user_id
      where m.circle_id = c.id
    ))
    from public.circles c
    where c.id = circle_json.circle_id
  );
end
$$;
comment on function private.circle_json is 'A circle with its members, for a member.';

create function private.raise_circle_not_found(operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_role('circle', false, null, operation, '{}');
end
$$;

create function private.lock_circle(circle_id uuid, operation text, allowed text[])
returns public.circles
language plpgsql
set search_path = ''
as $$
declare
  circle public.circles;
begin
  select c.* into circle from public.circles c where c.id = lock_circle.circle_id for no key update;
  -- Asked after the lock: the caller may have been removed or set back while this waited.
  perform private.require_role('circle', circle.id is not null, private.role_in('circle', circle_id), operation, allowed);
  return circle;
end
$$;
comment on function private.lock_circle is 'Holds a circle in which the caller has one of the roles; raises circle_not_found to all who are not members.';

create function private.touch_circle(circle_id uuid, change_type text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  following integer;
begin
  update public.circles c
  set version = c.version + 1, updated_at = clock_timestamp()
  where c.id = touch_circle.circle_id
  returning c.version into following;
  perform private.deliver_target_change('circle', circle_id, following, change_type);
end
$$;
comment on function private.touch_circle is 'Counts a change of a circle whose row is held, and tells the members who watch it.';

create function private.can_notify(person uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  -- A notice refers to a profile. An account that is being deleted holds its own, and waits for the circle that we hold.
  perform from public.profiles p where p.id = person and p.user_id is not null for key share skip locked;
  return found;
end
$$;
comment on function private.can_notify is 'Whether a user can get a notice without waiting; holds the profile until the notice is written.';

create function private.notify_of_circle(person uuid, kind text, circle public.circles, actor uuid, data jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.notify(person, notify_of_circle.kind, t, actor, jsonb_build_object('subject_id', circle.id) || data)
  from private.targets t
  where t.kind = 'circle' and t.id = circle.id and private.can_notify(person);
end
$$;

create function private.end_circle_watches(circle_id uuid, people uuid[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Of what those people have open, all that the circle gave them; private.renew_watch holds the rows of members until its watch is written.
  perform private.end_lost_watches(w.target_kind, w.target_id)
  from (
    select distinct o.target_kind, o.target_id
    from private.watchers o
    where o.user_id = any (people)
      and (
        (o.target_kind = 'circle' and o.target_id = end_circle_watches.circle_id)
        or exists (
          select
          from public.shares h
          where h.circle_id = end_circle_watches.circle_id and h.target_kind = o.target_kind and h.target_id = o.target_id and h.ended_at is null
        )
      )
    order by o.target_kind desc, o.target_id
  ) as w;
end
$$;
comment on function private.end_circle_watches is 'Ends what people who left a circle have open because of it.';

create function private.take_out_of_circle(circle_id uuid, person uuid, change_type text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from public.circle_members m where m.circle_id = take_out_of_circle.circle_id and m.user_id = person;
  perform private.end_circle_watches(circle_id, array[person]);
  perform private.touch_circle(circle_id, change_type);
end
$$;
comment on function private.take_out_of_circle is 'Ends the membership of a person in a circle that is held, and every role that came with it.';

create function private.require_room_for_circle(person uuid, operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- The caller has taken a token of circle_join, a row of that person's: two of their calls count one after the other.
  if (select count(*) from public.circle_members m where m.user_id = person) >= private.at_most('circles_joined') then
    perform private.raise_error('too_many_circles', format('unable to %s; you are in %s circles', operation, private.at_most('circles_joined')),
      'Leave one first.');
  end if;
end
$$;

create function private.require_room_for_invitation(circle_id uuid, operation text, wanted text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if (
    select count(*)
    from private.circle_invitations i
    where i.circle_id = require_room_for_invitation.circle_id and i.ended_at is null and i.expires_at > now()
      and (i.kind = 'link') = (wanted = 'circle_links')
  ) >= private.at_most(wanted) then
    perform private.raise_error('too_many_invitations',
      format('unable to %s; the circle has %s that are open', operation, private.at_most(wanted)), 'Revoke one first.');
  end if;
end
$$;
comment on function private.require_room_for_invitation is 'Raises when as many invitations or links of a circle that is held are open as may be.';

create policy "Members see their circles"
on public.circles
for select
to authenticated
using (private.role_in('circle', id) is not null);

create policy "Members see who is in their circles"
on public.circle_members
for select
to authenticated
using (private.role_in('circle', circle_id) is not null);

revoke all on private.circle_invitations, private.circle_exclusions from public, anon, authenticated, service_role;
revoke execute on function
  private.circle_summary(public.circles, uuid),
  private.circle_json(uuid, uuid),
  private.raise_circle_not_found(text),
  private.lock_circle(uuid, text, text[]),
  private.touch_circle(uuid, text),
  private.can_notify(uuid),
  private.notify_of_circle(uuid, text, public.circles, uuid, jsonb),
  private.end_circle_watches(uuid, uuid[]),
  private.take_out_of_circle(uuid, uuid, text),
  private.require_room_for_circle(uuid, text),
  private.require_room_for_invitation(uuid, text, text)
from public, anon, authenticated, service_role;
