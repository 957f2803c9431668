-- Notices: what happened to shares.

create table public.notices (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id) on delete cascade,
  kind text not null,
  target_kind text not null,
  song_id uuid references public.songs (id) on delete set null,
  setlist_id uuid references public.setlists (id) on delete set null,
  circle_id uuid references public.circles (id) on delete set null,
  actor_id uuid references public.profiles (id),
  data jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  read_at timestamptz
);
comment on table public.notices is 'What a person should hear of: shares and transfers offered, answered, changed and ended, and what happens in circles.';
comment on column public.notices.circle_id is 'The circle that it is about, or with which the song or setlist was shared.';
comment on column public.notices.data is 'The target''s title as it was, and the id and role of the share or transfer.';

create index notices_user_id_created_at_id_idx on public.notices (user_id, created_at desc, id desc);
create index notices_song_id_idx on public.notices (song_id);
create index notices_setlist_id_idx on public.notices (setlist_id);
create index notices_circle_id_idx on public.notices (circle_id);
create index notices_actor_id_idx on public.notices (actor_id);
create index notices_created_at_idx on public.notices (created_at);

create function private.notice_json(notice public.notices)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', notice.id, 'kind', notice.kind, 'target_kind', notice.target_kind, 'actor', private.person_json(notice.actor_id),
    'title', notice.data -> 'title', 'role', notice.data -> 'role', 'subject_id', notice.data -> 'subject_id',
    'created_at', notice.created_at, 'read_at', notice.read_at, 'circle_id', null)
    -- A user who never had access does not learn an id.
    || case when notice.kind not in ('share_offered', 'transfer_offered', 'transfer_cancelled', 'circle_invited') and not notice.data ? 'pending'
      then private.target_json(notice.target_kind, coalesce(notice.song_id, notice.setlist_id)) || jsonb_build_object('circle_id', notice.circle_id)
      else private.target_json(notice.target_kind, null) end;
end
$$;

create function private.notify(person uuid, kind text, target private.targets, actor uuid, data jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  notice public.notices;
begin
  insert into public.notices (user_id, kind, target_kind, song_id, setlist_id, circle_id, actor_id, data)
  select p.id, notify.kind, target.kind, case when target.kind = 'song' then target.id end, case when target.kind = 'setlist' then target.id end,
    case when target.kind = 'circle' then target.id else (data ->> 'circle_id')::uuid end, actor,
    data - 'circle_id' || jsonb_build_object('title', target.title)
  from public.profiles p
  where p.id = person and p.user_id is not null
  returning * into notice;
  if found then
    perform private.deliver_to(person, 'notice', private.notice_json(notice));
  end if;
end
$$;
comment on function private.notify is 'Keeps a notice for a person and delivers it.';

-- Notices.

create function private.list_notices(page_size integer, before_created_at timestamptz, before_id uuid, only_unread boolean)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list the notices', page_size, 200, 1);
  return query
    select private.notice_json(n)
    from public.notices n
    where n.user_id = caller
      and (n.created_at, n.id) < (before_created_at, before_id)
      and (n.read_at is null or not only_unread)
    order by n.created_at desc, n.id desc
    limit page_size;
end
$$;

create function public.list_notices(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  only_unread boolean default false
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_notices(page_size, before_created_at, before_id, only_unread)
$$;
comment on function public.list_notices is 'The caller''s notices of shares and transfers, the latest first; a page of at most 201.';

create function private.read_notices(notice_ids uuid[])
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  marked integer;
begin
  if cardinality(notice_ids) > 200 then
    perform private.raise_error('invalid_input', 'unable to mark the notices; it takes 200 at most', 'Mark them in several parts.',
      '{"field": "notice_ids"}');
  end if;
  update public.notices n
  set read_at = clock_timestamp()
  where n.user_id = caller and n.read_at is null and (notice_ids is null or n.id = any (notice_ids));
  get diagnostics marked = row_count;
  return marked;
end
$$;

create function public.read_notices(notice_ids uuid[] default null)
returns integer
language sql
set search_path = ''
as $$
  select private.read_notices(notice_ids)
$$;
comment on function public.read_notices is 'Marks notices of the caller as read, those named or all; answers how many were not.';

create function public.prune_notices(batch_size integer default 1000, older_than interval default '180 days')
returns integer
language plpgsql
set search_path = ''
as $$
declare
  pruned integer;
begin
  delete from public.notices n
  where n.id in (
    select o.id
    from public.notices o
    where o.created_at < clock_timestamp() - greatest(coalesce(older_than, interval '180 days'), interval '0')
    order by o.created_at
    limit least(greatest(coalesce(batch_size, 1000), 0), 10000)
    for update skip locked
  );
  get diagnostics pruned = row_count;
  return pruned;
end
$$;
comment on function public.prune_notices is 'For the service: removes one batch of old notices; answers how many. Call it until 0.';

alter table public.notices enable row level security;

create policy "People see their own notices"
on public.notices
for select
to authenticated
using (user_id = (select auth.uid()));

revoke all on public.notices from public, anon, authenticated, service_role;
grant select, delete, update on public.notices to service_role;
revoke execute on function
  private.notify(uuid, text, private.targets, uuid, jsonb),
  private.notice_json(public.notices),
  private.list_notices(integer, timestamptz, uuid, boolean),
  private.read_notices(uuid[]),
  public.list_notices(integer, timestamptz, uuid, boolean),
  public.read_notices(uuid[]),
  public.prune_notices(integer, interval)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_notices(integer, timestamptz, uuid, boolean),
  private.read_notices(uuid[]),
  public.list_notices(integer, timestamptz, uuid, boolean),
  public.read_notices(uuid[])
to authenticated;
grant execute on function public.prune_notices(integer, interval) to service_role;
