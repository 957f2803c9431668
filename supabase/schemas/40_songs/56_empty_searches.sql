-- Searches without results, as figures for the owner of the project.

create table private.empty_searches (
  day date not null,
  words text not null,
  searches bigint not null default 1,
  askers text[] not null,
  primary key (day, words)
);
comment on table private.empty_searches is
  'Figures: how often a search without filters found nothing, by day and words. No user is named; words are shown once three users had them.';
comment on column private.empty_searches.askers is
  'Up to three salted hashes, each of a user and the words, so that the rows do not show whether one user or many searched for different words. All visitors have one hash.';

-- Not logged, so that no backup and no replica holds what names the users. After a crash a user may count once more.
create unlogged table private.empty_search_salt (
  is_only boolean primary key default true check (is_only),
  salt bytea not null default pg_catalog.decode(pg_catalog.replace(pg_catalog.gen_random_uuid()::text || pg_catalog.gen_random_uuid()::text, '-', ''), 'hex')
);
comment on table private.empty_search_salt is 'What the hashes of users in empty_searches are salted with.';

create function private.hash_asker(words text)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  salt bytea;
begin
  select s.salt into salt from private.empty_search_salt s;
  if salt is null then
    insert into private.empty_search_salt default values on conflict do nothing;
    select s.salt into salt from private.empty_search_salt s;
  end if;
  return left(encode(sha256(salt || convert_to(coalesce(auth.uid()::text, 'visitors') || ' ' || words, 'UTF8')), 'hex'), 16);
end
$$;
comment on function private.hash_asker is 'A salted hash of the user together with the words.';

create function private.count_empty_search(words text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  today constant date := (clock_timestamp() at time zone 'utc')::date;
  asker text;
begin
  -- A replica answers searches and counts none. After very many different words on one day, one row counts the rest.
  if char_length(count_empty_search.words) < 3 or current_setting('transaction_read_only')::boolean then
    return;
  end if;
  asker := private.hash_asker(count_empty_search.words);
  insert into private.empty_searches as e (day, words, askers)
  values (
    today,
    case when (select count(*) from (select from private.empty_searches o where o.day = today limit 5000) as o) < 5000 then left(count_empty_search.words, 200) else '' end,
    array[asker]
  )
  on conflict (day, words) do update
  set searches = e.searches + 1,
    askers = case when asker = any (e.askers) or cardinality(e.askers) >= 3 then e.askers else e.askers || asker end;
end
$$;
comment on function private.count_empty_search is 'Counts a search that found nothing.';

create function private.list_empty_searches(days integer, page_size integer)
returns table (words text, searches bigint, last_day date)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.check_page_size('list searches without results', page_size, 1000);
  return query
    select g.words, sum(g.searches)::bigint, max(g.last_day)
    from (
      -- Words of fewer than three users are counted and not shown.
      select
        case when w.words <> '' and (
          select count(distinct a.asker)
          from private.empty_searches o
          cross join lateral unnest(o.askers) as a (asker)
          where o.words = w.words and o.day > (now() at time zone 'utc')::date - days
        ) >= 3 then w.words end as words,
        w.searches, w.last_day
      from (
        select e.words, sum(e.searches) as searches, max(e.day) as last_day
        from private.empty_searches e
        where e.day > (now() at time zone 'utc')::date - days
        group by e.words
      ) as w
    ) as g
    group by g.words
    order by 2 desc, 1
    limit page_size;
end
$$;
create function public.list_empty_searches(days integer default 30, page_size integer default 100)
returns table (words text, searches bigint, last_day date)
language sql
stable
set search_path = ''
as $$
  select * from private.list_empty_searches(days, page_size)
$$;
comment on function public.list_empty_searches is
  'For the service: what was searched for and not found in the last days, the most often first; words is null for those of fewer than three users.';

create function private.prune_empty_searches(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  handled bigint;
begin
  delete from private.empty_searches e
  where (e.day, e.words) in (select o.day, o.words from private.empty_searches o where o.day < (now() at time zone 'utc')::date - keep limit batch_size);
  get diagnostics handled = row_count;
  return (handled, case when handled >= batch_size then clock_timestamp()::text end);
end
$$;
comment on function private.prune_empty_searches is 'Upkeep: removes old figures of searches without results.';

insert into private.maintenance_steps (name, position, function_name, batch_size, keep)
values ('prune_empty_searches', 55, 'private.prune_empty_searches', 1000, '90 days');

revoke all on private.empty_searches, private.empty_search_salt from public, anon, authenticated, service_role;
revoke execute on function
  private.hash_asker(text),
  private.count_empty_search(text),
  private.prune_empty_searches(integer, interval, text),
  private.list_empty_searches(integer, integer),
  public.list_empty_searches(integer, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_empty_searches(integer, integer),
  public.list_empty_searches(integer, integer)
to service_role;
