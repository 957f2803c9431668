-- Events of the app's own, which the project declares.

create function private.is_property_list(properties jsonb)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case when jsonb_typeof(properties) = 'object' then (
    select count(*) <= 4 and coalesce(bool_and(
      p.key ~ '^[a-z][a-z0-9_]{0,39}$'
      and case when jsonb_typeof(p.value) = 'array' then jsonb_array_length(p.value) between 1 and 16 and not exists (
        select
        from jsonb_array_elements(p.value) as v (listed)
        where jsonb_typeof(v.listed) <> 'string' or length(v.listed #>> '{}') not between 1 and 40
      ) else false end), true)
    from jsonb_each(properties) as p
  ) else false end;
end
$$;
comment on function private.is_property_list is 'Whether this names at most 4 properties, each with a list of 1 to 16 texts of at most 40 characters.';

create table private.app_events (
  name text collate "C" primary key,
  subject text not null,
  properties jsonb not null default '{}',
  constraint app_events_name_check check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  constraint app_events_subject_check check (subject in ('song', 'profile')),
  constraint app_events_properties_check check (private.is_property_list(properties))
);
comment on table private.app_events is
  'The events of the app''s own, at most 64. Add rows by SQL. An event that is not here is refused; what was counted stays when its row goes.';
comment on column private.app_events.name is 'An app tracks it as app:name.';
comment on column private.app_events.subject is 'What the event is about: a song or a profile.';
comment on column private.app_events.properties is 'The values that each property can have, such as {"format": ["pdf", "midi"]}.';

create function private.bound_app_events()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.app-events', 0));
  if (select count(*) from private.app_events) > 64 then
    perform private.raise_error('invalid_input', 'unable to declare the event; a project has at most 64 events of its own',
      'Remove an event that the app no longer tracks.', '{"field": "name", "limit": 64}');
  end if;
  return null;
end
$$;
comment on function private.bound_app_events is 'Trigger: a project declares at most 64 events.';

create trigger app_events_bound
after insert on private.app_events
for each statement
execute function private.bound_app_events();

create function private.app_event_fault(event jsonb)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  declared private.app_events;
  other text;
  given jsonb := event -> 'properties';
begin
  select * into declared from private.app_events a where a.name = substr(event ->> 'kind', 5);
  if not found then
    return 'kind';
  end if;
  if coalesce(event ->> (declared.subject || '_id'), '') !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
    return declared.subject || '_id';
  end if;
  -- An event is about one thing.
  other := case declared.subject when 'song' then 'profile_id' else 'song_id' end;
  if event ? other then
    return other;
  end if;
  if given is null then
    return null;
  end if;
  if jsonb_typeof(given) <> 'object' or exists (
    select from jsonb_each(given) as g where not coalesce(declared.properties -> g.key @> jsonb_build_array(g.value), false)
      or jsonb_typeof(g.value) <> 'string'
  ) then
    return 'properties';
  end if;
  return null;
end
$$;
comment on function private.app_event_fault is 'The field for which an event app:name is not one that the project declared; null for one that is.';

revoke all on private.app_events from public, anon, authenticated, service_role;
revoke execute on function
  private.is_property_list(jsonb),
  private.bound_app_events(),
  private.app_event_fault(jsonb)
from public, anon, authenticated, service_role;
