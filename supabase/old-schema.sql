-- Takes the songs of the older schema into Tertulia's: the one with users, songs, song_tags, song_favorites … in plain tables,
-- before its version 003 gave songs a search vector, a language and a source.
--
-- Not a migration: only who comes from there runs it, once, in a database that has Tertulia's migrations and the older tables
-- in a schema called old. Then: npx tertulia migrate-old. docs/operations.md has the whole way, and how to remove this again:
--   drop function public.migrate_old(text, text, jsonb); drop schema tertulia_old cascade;
-- The tables in old are only read.

begin;
set local lock_timeout = '10s';

do $$
begin
  if to_regclass('old.users') is null or to_regclass('old.songs') is null then
    raise exception 'unable to prepare the migration; there is no old.users or no old.songs'
      using hint = 'Move the older tables into a schema called old first; see docs/operations.md.';
  end if;
  if to_regprocedure('public.tertulia_schema_version()') is null then
    raise exception 'unable to prepare the migration; this database does not have the schema of Tertulia'
      using hint = 'Push the migrations first: npx supabase db push --remote';
  end if;
end
$$;

create schema if not exists tertulia_old;
comment on schema tertulia_old is 'How far the migration from the older schema is; drop it when nothing is left to do.';

create table if not exists tertulia_old.people (
  old_id uuid primary key,
  account_id uuid,
  outcome text not null check (outcome in ('linked', 'without_email', 'unconfirmed', 'refused')),
  reason text
);
create index if not exists people_account_id_idx on tertulia_old.people (account_id);

create table if not exists tertulia_old.songs (
  old_id uuid primary key,
  outcome text not null check (outcome in ('moved', 'refused', 'waiting')),
  reason text,
  version integer
);

create table if not exists tertulia_old.favorites (old_id uuid primary key);

-- One address, whatever its case; null when it is none.
create or replace function tertulia_old.address(email text)
returns text
language sql
immutable
set search_path = ''
as $$
  select a.email
  from (select lower(btrim(address.email)) as email) as a
  where a.email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and char_length(a.email) <= 254
$$;

-- The accounts by these addresses. One whose address nobody has confirmed may be anybody's. In one query for all: in a large project
-- only those that sign in without SSO are found by an index.
create or replace function tertulia_old.find_accounts(emails text[])
returns table (email text, account_id uuid, is_confirmed boolean)
language sql
stable
set search_path = ''
as $$
  select distinct on (u.email) u.email, u.id, u.email_confirmed_at is not null
  from (
    select o.* from auth.users o where o.email = any (emails) and o.is_sso_user = false
    union all
    select s.* from auth.users s where s.email = any (emails) and s.is_sso_user
  ) as u
  where u.deleted_at is null
  order by u.email, u.email_confirmed_at is null, u.is_sso_user, u.created_at, u.id
$$;

-- People after an id who have no account yet that is known to be theirs; next is null at the end.
create or replace function tertulia_old.next_people(after uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  people jsonb;
  last uuid;
begin
  select jsonb_agg(jsonb_build_object('old_id', p.id, 'email', tertulia_old.address(p.email), 'name', p.display_name) order by p.id),
    max(p.id::text collate "C")::uuid
  into people, last
  from (
    select u.id, u.email, u.display_name
    from old.users u
    where u.id > coalesce(after, '00000000-0000-0000-0000-000000000000')
      and not exists (select from tertulia_old.people l where l.old_id = u.id and l.outcome = 'linked')
    order by u.id
    limit 200
  ) as p;
  return jsonb_build_object(
    'people', coalesce((
      select jsonb_agg(p.person)
      from jsonb_array_elements(people) as p (person)
      where p.person ->> 'email' is not null
        and not exists (select from tertulia_old.find_accounts(array(select q.person ->> 'email' from jsonb_array_elements(people) as q (person))) as a where a.email = p.person ->> 'email')
    ), '[]'),
    'seen', coalesce((select jsonb_agg(p.person -> 'old_id') from jsonb_array_elements(people) as p (person)), '[]'),
    'next', last);
end
$$;

-- Links people to the accounts with their address; of those who got none, says why.
create or replace function tertulia_old.link_people(ids jsonb, refused jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  linked integer;
begin
  insert into tertulia_old.people as l (old_id, account_id, outcome, reason)
  select u.id, case when a.is_confirmed then a.account_id end,
    case
      when tertulia_old.address(u.email) is null then 'without_email'
      when a.is_confirmed then 'linked'
      when a.account_id is not null then 'unconfirmed'
      else 'refused'
    end,
    case
      when tertulia_old.address(u.email) is null then 'there is no address to sign in with'
      when a.is_confirmed then null
      when a.account_id is not null then 'an account has the address, which nobody has confirmed yet'
      else coalesce(refused ->> u.id::text, 'no account was made')
    end
  from old.users u
  left join tertulia_old.find_accounts(array(
    select tertulia_old.address(w.email) from old.users w where w.id in (select i.id::uuid from jsonb_array_elements_text(ids) as i (id))
  )) as a on a.email = tertulia_old.address(u.email)
  where u.id in (select i.id::uuid from jsonb_array_elements_text(ids) as i (id))
  on conflict (old_id) do update
  set account_id = excluded.account_id, outcome = excluded.outcome, reason = excluded.reason
  where l.outcome <> 'linked';
  get diagnostics linked = row_count;
  perform private.create_profile(l.account_id, private.name_from_metadata(jsonb_build_object('display_name', u.display_name)))
  from tertulia_old.people l
  join old.users u on u.id = l.old_id
  where l.old_id in (select i.id::uuid from jsonb_array_elements_text(ids) as i (id))
    and l.outcome = 'linked'
    and not exists (select from public.profiles p where p.id = l.account_id);
  return jsonb_build_object('linked', linked);
end
$$;

-- What of an old song fits the columns of ours; what does not is kept in metadata.old, as is what ours has no column for.
create or replace function tertulia_old.read_song(song jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  plain jsonb;
  fields jsonb;
  kept jsonb;
begin
  plain := jsonb_build_object(
    'title', nullif(btrim(song ->> 'title'), ''),
    'artist', nullif(btrim(song ->> 'artist'), ''),
    'album', nullif(btrim(song ->> 'album'), ''),
    'content', case when btrim(song ->> 'content') <> '' then song ->> 'content' else coalesce(song ->> 'lyrics', '') end,
    'key', regexp_replace(regexp_replace(translate(btrim(song ->> 'key'), '♯♭', '#b'),
      '^([A-G][#b]?) *(?:min|minor)$', '\1m', 'i'), '^([A-G][#b]?) *(?:maj|major)$', '\1', 'i'),
    'tempo', song -> 'tempo',
    'time_signature', replace(song ->> 'time_signature', ' ', ''),
    -- The older schema writes 0 where nobody said anything.
    'capo_fret', nullif(song -> 'capo_fret', '0'),
    'genre', nullif(btrim(song ->> 'genre'), ''),
    'style', nullif(btrim(song ->> 'style'), ''),
    'language', replace(song ->> 'language', '_', '-'),
    'year', song -> 'year',
    'duration_seconds', song -> 'duration_seconds',
    'difficulty_level', song -> 'difficulty_level',
    'source_url', song ->> 'source_url',
    'source_type', coalesce(lower(song ->> 'source_type'), 'manual'),
    'visibility', coalesce(song ->> 'visibility', 'private'));
  select jsonb_object_agg(f.field, f.value) into fields
  from jsonb_each(plain) as f (field, value)
  where f.value <> 'null' and case f.field
    when 'key' then f.value #>> '{}' ~ '^[A-G][#b]?m?$'
    when 'tempo' then (f.value #>> '{}')::numeric between 30 and 300
    when 'time_signature' then f.value #>> '{}' ~ '^(?:[1-9]|[12][0-9]|3[0-2])/(?:1|2|4|8|16|32)$'
    when 'capo_fret' then (f.value #>> '{}')::numeric between 0 and 24
    when 'language' then f.value #>> '{}' ~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$'
    when 'year' then (f.value #>> '{}')::numeric between 1 and 9999
    when 'duration_seconds' then (f.value #>> '{}')::numeric between 1 and 86400
    when 'difficulty_level' then (f.value #>> '{}')::numeric between 1 and 5
    when 'source_url' then char_length(f.value #>> '{}') <= 2000
    when 'source_type' then f.value #>> '{}' ~ '^[a-z][a-z0-9_-]{0,49}$'
    when 'visibility' then f.value #>> '{}' in ('private', 'shared', 'public')
    else true
  end;
  kept := jsonb_strip_nulls(jsonb_build_object('updated_at', song -> 'updated_at', 'last_accessed_at', song -> 'last_accessed_at'))
    || coalesce((
      select jsonb_object_agg(f.field, song -> f.field)
      from jsonb_each(plain) as f (field, value)
      where f.value <> 'null' and not fields ? f.field
    ), '{}');
  if octet_length(kept::text) > 8000 then
    kept := kept - 'source_url';
  end if;
  return fields || jsonb_build_object('metadata', jsonb_build_object('old', kept));
end
$$;

-- Songs after an id that are not here yet, for about a second, each by itself with its tags.
create or replace function tertulia_old.move_songs(after uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  ends_at timestamptz := clock_timestamp() + interval '1 second';
  reached uuid := coalesce(after, '00000000-0000-0000-0000-000000000000');
  song record;
  fields public.songs;
  counts jsonb := '{"moved": 0, "refused": 0, "waiting": 0}';
  result text;
  why text;
  seen integer;
  is_over boolean := false;
begin
  loop
    seen := 0;
    for song in
      select s.id, s.created_by, s.created_at, s.deleted_at, to_jsonb(s) as whole, p.account_id
      from old.songs s
      left join tertulia_old.people p on p.old_id = s.created_by and p.outcome = 'linked'
      where s.id > reached and not exists (select from tertulia_old.songs l where l.old_id = s.id and l.outcome = 'moved')
      order by s.id
      limit 50
    loop
      seen := seen + 1;
      reached := song.id;
      result := 'waiting';
      why := 'its owner has no account yet';
      if song.account_id is not null then
        begin
          fields := jsonb_populate_record(null::public.songs, tertulia_old.read_song(song.whole));
          insert into public.songs (
            id, title, artist, album, content, key, tempo, time_signature, capo_fret, genre, style, language, year, duration_seconds,
            difficulty_level, source_url, source_type, visibility, metadata, created_by, created_at, deleted_at
          )
          values (
            song.id, fields.title, fields.artist, fields.album, coalesce(fields.content, ''), fields.key, fields.tempo, fields.time_signature,
            fields.capo_fret, fields.genre, fields.style, fields.language, fields.year, fields.duration_seconds, fields.difficulty_level,
            fields.source_url, coalesce(fields.source_type, 'import'), coalesce(fields.visibility, 'private'), fields.metadata,
            song.account_id, coalesce(song.created_at, now()), song.deleted_at
          );
          if to_regclass('old.song_tags') is not null then
            insert into public.song_tags (song_id, tag_name, label, tag_type, created_by, created_at)
            select distinct on (private.catalogue_key(t.label)) song.id, private.catalogue_key(t.label), t.label,
              case t.tag_type when 'user' then 'user' else 'system' end, t.account_id, coalesce(t.created_at, now())
            from (
              select left(btrim(regexp_replace(o.tag_name, '[[:cntrl:]]+', ' ', 'g')), 80) as label, coalesce(o.tag_type, 'user') as tag_type, o.created_at, p.account_id
              from old.song_tags o
              left join tertulia_old.people p on p.old_id = o.created_by and p.outcome = 'linked'
              where o.song_id = song.id
            ) as t
            where coalesce(private.catalogue_key(t.label), '') <> ''
            order by private.catalogue_key(t.label), t.tag_type <> 'user', t.created_at
            on conflict do nothing;
          end if;
          result := 'moved';
          why := null;
        exception
          when others then
            result := 'refused';
            why := sqlerrm;
        end;
      end if;
      -- Its tags are a change of it as well; what is newer than this is somebody's.
      insert into tertulia_old.songs as l (old_id, outcome, reason, version)
      values (song.id, result, why, case result when 'moved' then (select s.version from public.songs s where s.id = song.id) end)
      on conflict (old_id) do update set outcome = excluded.outcome, reason = excluded.reason, version = excluded.version;
      counts := counts || jsonb_build_object(result, (counts ->> result)::integer + 1);
      -- Song by song, for the API gives a call eight seconds, and a server under load takes its time.
      is_over := clock_timestamp() > ends_at;
      exit when is_over;
    end loop;
    exit when seen < 50 or is_over;
  end loop;
  return counts || jsonb_build_object('next', case when seen = 50 or is_over then reached end);
end
$$;

-- Favourites after an id, of people and songs that are here.
create or replace function tertulia_old.move_favorites(after uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  last uuid;
  seen integer := 0;
  moved integer := 0;
begin
  if to_regclass('old.song_favorites') is not null then
    with page as (
      select f.id, f.user_id, f.song_id, f.created_at
      from old.song_favorites f
      where f.id > coalesce(after, '00000000-0000-0000-0000-000000000000')
      order by f.id
      limit 1000
    ),
    due as (
      select page.id, p.account_id, page.song_id, page.created_at
      from page
      join tertulia_old.people p on p.old_id = page.user_id and p.outcome = 'linked'
      join tertulia_old.songs l on l.old_id = page.song_id and l.outcome = 'moved'
      join public.songs s on s.id = page.song_id
      where not exists (select from tertulia_old.favorites k where k.old_id = page.id)
    ),
    kept as (
      insert into public.song_favorites (user_id, song_id, created_at)
      select d.account_id, d.song_id, coalesce(min(d.created_at), now()) from due d group by d.account_id, d.song_id
      on conflict do nothing
    ),
    noted as (
      insert into tertulia_old.favorites (old_id) select d.id from due d returning old_id
    )
    select (select count(*) from page), (select max(page.id::text collate "C")::uuid from page), (select count(*) from noted)
    into seen, last, moved;
  end if;
  return jsonb_build_object('moved', moved, 'next', case when seen = 1000 then last end);
end
$$;

-- Compares songs after an id with what became of them, unless somebody has changed them since.
create or replace function tertulia_old.check_songs(after uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  answer jsonb;
begin
  with page as (
    select o.id, to_jsonb(o) as whole, l.version
    from old.songs o
    join tertulia_old.songs l on l.old_id = o.id and l.outcome = 'moved'
    where o.id > coalesce(after, '00000000-0000-0000-0000-000000000000')
    order by o.id
    limit 500
  ),
  compared as (
    select page.id, s.id is null as is_gone,
      coalesce(s.version > page.version, true) or (
        s.created_by = (select p.account_id from tertulia_old.people p where p.old_id = (page.whole ->> 'created_by')::uuid)
        and to_jsonb(s) @> (r.fields - 'metadata')
        and s.metadata @> (r.fields -> 'metadata')
        and s.deleted_at is not distinct from (page.whole ->> 'deleted_at')::timestamptz
      ) as is_same
    from page
    cross join lateral (select tertulia_old.read_song(page.whole) as fields) as r
    left join public.songs s on s.id = page.id
  )
  select jsonb_build_object(
    'compared', count(*), 'gone', count(*) filter (where c.is_gone),
    'differing', coalesce(jsonb_agg(c.id) filter (where not c.is_same), '[]'),
    'next', case when count(*) = 500 then max(c.id::text collate "C") end)
  into answer
  from compared c;
  return answer;
end
$$;

create or replace function tertulia_old.count_rows(name text)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
declare
  found bigint;
begin
  if to_regclass(name) is null then
    return null;
  end if;
  execute format('select count(*) from %s', to_regclass(name)) into found;
  return found;
end
$$;

create or replace function tertulia_old.report()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'people', jsonb_build_object('total', (select count(*) from old.users), 'accounts', (select count(distinct p.account_id) from tertulia_old.people p))
      || coalesce((select jsonb_object_agg(o.outcome, o.n) from (select p.outcome, count(*) as n from tertulia_old.people p group by 1) o), '{}'),
    'songs', jsonb_build_object('total', (select count(*) from old.songs))
      || coalesce((select jsonb_object_agg(o.outcome, o.n) from (select s.outcome, count(*) as n from tertulia_old.songs s group by 1) o), '{}'),
    'favorites', jsonb_build_object('total', tertulia_old.count_rows('old.song_favorites'), 'moved', (select count(*) from tertulia_old.favorites)),
    'left', jsonb_strip_nulls(jsonb_build_object(
      'song_shares', tertulia_old.count_rows('old.song_shares'), 'song_history', tertulia_old.count_rows('old.song_history'),
      'song_analytics', tertulia_old.count_rows('old.song_analytics'))),
    'problems', coalesce((
      select jsonb_agg(to_jsonb(w))
      from (
        select 'person' as what, p.old_id, p.outcome, p.reason from tertulia_old.people p where p.outcome <> 'linked'
        union all
        select 'song', s.old_id, s.outcome, s.reason from tertulia_old.songs s where s.outcome <> 'moved'
        order by 1, 3, 2
        limit 100
      ) as w
    ), '[]'))
$$;

create or replace function tertulia_old.run(stage text, after text, input jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  if not pg_try_advisory_xact_lock(hashtextextended('tertulia.migrate_old', 0)) then
    return '{"busy": true}';
  end if;
  return case stage
    when 'people' then tertulia_old.next_people(after::uuid)
    when 'link' then tertulia_old.link_people(input -> 'ids', coalesce(input -> 'refused', '{}'))
    when 'songs' then tertulia_old.move_songs(after::uuid)
    when 'favorites' then tertulia_old.move_favorites(after::uuid)
    when 'check' then tertulia_old.check_songs(after::uuid)
    when 'report' then tertulia_old.report()
  end;
end
$$;

create or replace function public.migrate_old(stage text, after text default null, input jsonb default '{}')
returns jsonb
language sql
set search_path = ''
as $$
  select tertulia_old.run(stage, after, input)
$$;
comment on function public.migrate_old is 'For npx tertulia migrate-old: one batch of one stage.';

-- The categories of one's own; those that are here already stay as they are.
do $$
begin
  if to_regclass('old.tag_categories') is not null then
    insert into public.tag_categories (name, description, color_hex, icon)
    select distinct on (c.slug) c.slug, left(c.description, 500), c.color_hex, left(c.icon, 50)
    from (
      select regexp_replace(lower(btrim(o.name)), '[^a-z0-9_-]+', '-', 'g') as slug, o.description,
        case when o.color_hex ~ '^#[0-9A-Fa-f]{6}$' then o.color_hex end as color_hex, o.icon
      from old.tag_categories o
    ) as c
    where c.slug ~ '^[a-z][a-z0-9_-]{0,99}$'
    order by c.slug
    on conflict (name) do nothing;
  end if;
end
$$;

revoke all on schema tertulia_old from public, anon, authenticated;
revoke all on all tables in schema tertulia_old from public, anon, authenticated, service_role;
revoke execute on all functions in schema tertulia_old from public, anon, authenticated, service_role;
revoke execute on function public.migrate_old(text, text, jsonb) from public, anon, authenticated, service_role;
grant usage on schema tertulia_old to service_role;
grant execute on function tertulia_old.run(text, text, jsonb), public.migrate_old(text, text, jsonb) to service_role;

-- The API sees the function at once.
notify pgrst, 'reload schema';

commit;
