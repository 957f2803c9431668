-- The calls of the API about invitations into circles.

create function public.invite_to_circle(
  circle_id uuid,
  user_id uuid default null,
  handle text default null,
  email text default null,
  role text default 'member',
  message text default null,
  expires_at timestamptz default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.invite_to_circle(circle_id, user_id, handle, email, role, message, expires_at)
$$;
comment on function public.invite_to_circle is
  'Invites a person, by id, handle or address, into a circle; doing so again changes role, message and expiry. Never tells whether an address has an account. For owners and admins.';

create function public.create_circle_link(circle_id uuid, max_uses integer default null, expires_at timestamptz default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_circle_link(circle_id, max_uses, expires_at)
$$;
comment on function public.create_circle_link is
  'Creates a link by which users join a circle as members; its token is in this answer and nowhere else. For owners and admins.';

create function public.list_circle_invitations(
  circle_id uuid,
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_circle_invitations(circle_id, page_size, before_created_at, before_id)
$$;
comment on function public.list_circle_invitations is
  'Invitations and links of a circle, ended ones too, the latest first; a page of at most 201. For owners and admins.';

create function public.revoke_circle_invitation(invitation_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.revoke_circle_invitation(invitation_id)
$$;
comment on function public.revoke_circle_invitation is
  'Ends an invitation or a link of a circle; members who came by it stay. Doing so again changes nothing. For owners and admins.';

create function public.get_circle_invitation(token text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.get_circle_invitation(token)
$$;
comment on function public.get_circle_invitation is 'What a token invites to, before it is accepted: the circle''s name and picture, who invites, the role.';

create function public.accept_circle_invitation(invitation_id uuid default null, token text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.accept_circle_invitation(invitation_id, token)
$$;
comment on function public.accept_circle_invitation is 'Joins a circle by an invitation of the caller''s or by a token; answers the circle. Once more changes nothing.';

create function public.decline_circle_invitation(invitation_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.decline_circle_invitation(invitation_id)
$$;
comment on function public.decline_circle_invitation is 'Declines an invitation of the caller''s; does nothing when it has ended.';

create function public.list_circle_invitations_received()
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_circle_invitations_received()
$$;
comment on function public.list_circle_invitations_received is 'Invitations that the caller can accept, the latest 200.';

create function public.create_circle_invitation_link(invitation_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.create_circle_invitation_link(invitation_id)
$$;
comment on function public.create_circle_invitation_link is
  'For the service: a token for one invitation by address, to be sent there; accept_circle_invitation takes it. A new one ends the last.';

create view private.circle_invitations_made as select * from private.circle_invitations;

create view private.circle_invitations_received as
select id, kind, user_id, role, message, created_at, expires_at, ended_at, end_reason from private.circle_invitations where kind <> 'link';

-- A creator who is in a circle no more does not learn its present name.
create view private.circles_created as
select c.*
from public.circles c
where exists (select from public.circle_members m where m.circle_id = c.id and m.user_id = c.created_by);

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.circles_created', 29, 'created_by', 't.id', array['id', 'name', 'created_at'], '{}'),
  ('private.circle_invitations_made', 27, 'invited_by', 't.id', null, array['token_hash', 'user_id']),
  ('private.circle_invitations_received', 28, 'user_id', 't.id', null, '{}');

revoke all on private.circle_invitations_made, private.circle_invitations_received, private.circles_created from public, anon, authenticated, service_role;
revoke execute on function
  private.raise_invitation_not_found(),
  private.invitation_stands(private.circle_invitations),
  private.circle_invitation_json(private.circle_invitations, uuid),
  private.check_circle_invitation(text, text, timestamptz),
  private.lock_circle_to_invite(uuid, text, text),
  private.person_of_handle(text),
  private.open_circle_invitation(uuid, uuid, text),
  private.invite_to_circle(uuid, uuid, text, text, text, text, timestamptz),
  private.create_circle_link(uuid, integer, timestamptz),
  private.list_circle_invitations(uuid, integer, timestamptz, uuid),
  private.revoke_circle_invitation(uuid),
  private.is_invited(private.circle_invitations, uuid),
  private.read_invitation(uuid, text, uuid),
  private.check_invitation(private.circle_invitations, boolean, uuid),
  private.get_circle_invitation(text),
  private.accept_circle_invitation(uuid, text),
  private.decline_circle_invitation(uuid),
  private.list_circle_invitations_received(),
  private.create_circle_invitation_link(uuid),
  public.invite_to_circle(uuid, uuid, text, text, text, text, timestamptz),
  public.create_circle_link(uuid, integer, timestamptz),
  public.list_circle_invitations(uuid, integer, timestamptz, uuid),
  public.revoke_circle_invitation(uuid),
  public.get_circle_invitation(text),
  public.accept_circle_invitation(uuid, text),
  public.decline_circle_invitation(uuid),
  public.list_circle_invitations_received(),
  public.create_circle_invitation_link(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.invite_to_circle(uuid, uuid, text, text, text, text, timestamptz),
  private.create_circle_link(uuid, integer, timestamptz),
  private.list_circle_invitations(uuid, integer, timestamptz, uuid),
  private.revoke_circle_invitation(uuid),
  private.get_circle_invitation(text),
  private.accept_circle_invitation(uuid, text),
  private.decline_circle_invitation(uuid),
  private.list_circle_invitations_received(),
  public.invite_to_circle(uuid, uuid, text, text, text, text, timestamptz),
  public.create_circle_link(uuid, integer, timestamptz),
  public.list_circle_invitations(uuid, integer, timestamptz, uuid),
  public.revoke_circle_invitation(uuid),
  public.get_circle_invitation(text),
  public.accept_circle_invitation(uuid, text),
  public.decline_circle_invitation(uuid),
  public.list_circle_invitations_received()
to authenticated;
grant execute on function
  private.create_circle_invitation_link(uuid),
  public.create_circle_invitation_link(uuid)
to service_role;
