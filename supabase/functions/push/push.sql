-- Where the function keeps its place: a migration of your own.
create table private.push_state (
  id boolean primary key default true check (id),
  after_id bigint not null default 0
);
comment on table private.push_state is 'How far the push notifications have come.';
insert into private.push_state default values;

create function public.get_push_position() returns bigint
language sql stable set search_path = '' as $$
  select after_id from private.push_state
$$;
create function public.set_push_position(after_id bigint) returns void
language sql set search_path = '' as $$
  update private.push_state s set after_id = set_push_position.after_id where s.id and s.after_id < set_push_position.after_id
$$;
revoke execute on function public.get_push_position(), public.set_push_position(bigint) from public, anon, authenticated;
grant execute on function public.get_push_position(), public.set_push_position(bigint) to service_role;
grant select, update on private.push_state to service_role;
