-- What is shared: a target is a value (kind, id), and every kind has the same columns here.
--
-- A new kind of target is a branch of this view and of the functions below, and a key of the tables of shares, links and transfers.

create view private.targets as
select 'song' as kind, s.id, s.title, s.created_by, s.visibility, s.created_at, s.deleted_at
from public.songs s
union all
select 'setlist', l.id, l.title, l.created_by, l.visibility, l.created_at, null
from public.setlists l
union all
-- A circle is watched and named in notices as the others are. It is not shared, and its owners are members.
select 'circle', c.id, c.name, null, 'private', c.created_at, null
from public.circles c;
comment on view private.targets is 'Everything that has roles, one row each, as shares, links, transfers, watches and notices read it.';

create function private.check_target_kind(kind text, operation text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if kind is null or kind <> all ('{song,setlist}'::text[]) then
    perform private.raise_error('invalid_input', format('unable to %s; there is no such kind of target', operation), 'Pass song or setlist.',
      '{"field": "target_kind"}');
  end if;
end
$$;

create function private.target_json(kind text, target_id uuid)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('song_id', case when kind = 'song' then target_id end, 'setlist_id', case when kind = 'setlist' then target_id end)
    || case when kind = 'circle' then jsonb_build_object('circle_id', target_id) else '{}' end;
end
$$;
comment on function private.target_json is 'The id of a target in answers, under the name of its kind.';

create function private.hold_target(kind text, target_id uuid, is_shared boolean default false)
returns private.targets
language plpgsql
set search_path = ''
as $$
declare
  target private.targets;
begin
  if is_shared then
    perform from public.circles c where kind = 'circle' and c.id = target_id for share;
    perform from public.songs s where kind = 'song' and s.id = target_id for share;
    perform from public.setlists l where kind = 'setlist' and l.id = target_id for share;
  else
    perform from public.circles c where kind = 'circle' and c.id = target_id for no key update;
    perform from public.songs s where kind = 'song' and s.id = target_id for no key update;
    perform from public.setlists l where kind = 'setlist' and l.id = target_id for no key update;
  end if;
  -- Read after the lock, so that what changed while we waited is seen.
  select t.* into target from private.targets t where t.kind = hold_target.kind and t.id = target_id and t.deleted_at is null;
  return target;
end
$$;
comment on function private.hold_target is 'Holds a target until the transaction ends; null when it is gone or in the trash.';

create function private.give_target(kind text, target_id uuid, new_owner uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.songs s set created_by = new_owner where kind = 'song' and s.id = target_id;
  update public.setlists l set created_by = new_owner where kind = 'setlist' and l.id = target_id;
end
$$;
comment on function private.give_target is 'Sets the owner of a target, for an accepted transfer.';

revoke all on private.targets from public, anon, authenticated, service_role;
revoke execute on function
  private.check_target_kind(text, text),
  private.target_json(text, uuid),
  private.hold_target(text, uuid, boolean),
  private.give_target(text, uuid, uuid)
from public, anon, authenticated, service_role;
