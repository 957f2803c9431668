-- Circles: groups of people with whom songs and setlists are shared. Everything that changes a circle or its members holds its row.

create table public.circles (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  picture_path text,
  created_by uuid not null references public.profiles (id),
  version integer not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint circles_name_check check (char_length(name) between 1 and 120)
);
comment on table public.circles is 'A band, a choir, a team: people with whom songs and setlists are shared together.';
comment on column public.circles.created_by is 'Who created it; that gives no role.';
comment on column public.circles.version is 'From 1; one more with each change of the name, the picture or the members.';
comment on column public.circles.picture_path is 'A file in the circle''s folder of the bucket of pictures.';

create index circles_created_by_idx on public.circles (created_by);

create table public.circle_members (
  circle_id uuid not null references public.circles (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  role text not null default 'member',
  joined_at timestamptz not null default clock_timestamp(),
  primary key (circle_id, user_id),
  constraint circle_members_role_check check (role in ('owner', 'admin', 'member'))
);
comment on table public.circle_members is 'Who is in which circle now. A member who leaves has no row, and with it no role in anything that is shared with the circle.';

create index circle_members_user_id_idx on public.circle_members (user_id, circle_id);

create function private.hold_circles_of(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- In order: two members may go at the same moment.
  perform
  from public.circles c
  where c.id in (select m.circle_id from public.circle_members m where m.user_id = person)
  order by c.id
  for update;
end
$$;
comment on function private.hold_circles_of is 'Holds every circle that a person who goes is in.';

alter table public.circles enable row level security;
alter table public.circle_members enable row level security;

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.circle_members', 26, 'user_id', 't.circle_id', null, '{}');

revoke all on public.circles, public.circle_members from public, anon, authenticated, service_role;
grant select on public.circles, public.circle_members to service_role;
revoke execute on function private.hold_circles_of(uuid) from public, anon, authenticated, service_role;
