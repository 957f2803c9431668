-- A page of the directory.

create function private.find_profiles(
  query text,
  filters jsonb,
  sort text,
  page_size integer,
  after jsonb,
  -- Limits on the work for one page; tests lower them.
  most_ranked integer default 2000,
  most_listed integer default 16000,
  fewest_sampled integer default 60,
  most_walked integer default 10000
)
returns jsonb
language plpgsql
stable
set search_path = ''
-- A plan that first reads a whole table or index is slow here, and so are compiled plans and parallel workers. The two
-- settings that stay on are turned off below for a walk.
set enable_seqscan = off
set max_parallel_workers_per_gather = 0
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
set enable_bitmapscan = on
set enable_sort = on
-- At lower page costs the planner intersects long lists of profiles with a common word or filter, which was slower.
set random_page_cost = 4
as $$
declare
  first_page boolean := after is null;
  is_walk boolean := false;
  rate jsonb := filters -> 'rate';
  written tsquery;
  wanted tsquery;
  forms jsonb;
  needed text[];
  conditions text;
  guessed text;
  wanted_rate text;
  tier integer;
  walk text;
  walked text;
  years text;
  sort_key text;
  direction text := case when sort = 'rate' then 'asc' else 'desc' end;
  guess numeric;
  sampled jsonb;
  collected jsonb;
  exact jsonb;
  counted jsonb;
  found jsonb;
  next jsonb;
begin
  perform private.directory_filters(filters);
  perform private.check_page_size('search profiles', page_size, 200);
  if sort is null or sort not in ('relevance', 'newest', 'experience', 'rate') or (sort = 'rate' and rate is null) then
    perform private.refuse_directory_field('sort', 'is relevance, newest, experience, or rate with a filter by rate');
  end if;
  written := private.directory_query(query, null);
  if not first_page then
    if not coalesce(
      case when jsonb_typeof(after -> 'key') = 'number' then (after ->> 'key')::numeric between -1e16 and 1e16 end
        and after ->> 'id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' and jsonb_typeof(after -> 'walk') = 'boolean',
      false)
    then
      perform private.raise_error('invalid_cursor', 'unable to search profiles; the cursor is not one of this list',
        'Pass a cursor back unchanged.', '{"field": "cursor"}');
    end if;
    is_walk := (after -> 'walk')::boolean;
    -- The forms of the first page: a word that a user adds meanwhile must not change what is being paged through.
    forms := nullif(after -> 'forms', 'null');
  end if;
  wanted := private.directory_query(query, forms);

  -- The visibility: every signed-in user sees every listed profile, and no other is in the table.
  needed := coalesce(private.directory_terms(filters, 'all_software', 'software:'), '{}')
    || coalesce(private.directory_terms(filters, 'all_tags', 'tag:'), '{}')
    || case when filters ?| '{open_to_work,available_by}' then array['open_to_work:true'] else '{}' end;
  years := concat_ws(' and ',
    case when filters ? 'min_experience' then 's.experience_years >= ($3 ->> ''min_experience'')::integer' end,
    case when filters ? 'max_experience' then 's.experience_years between 0 and ($3 ->> ''max_experience'')::integer' end);
  conditions := concat_ws(' and ',
    'true',
    case when wanted is not null then 's.vector @@ $1' end,
    case when needed <> '{}' then 's.terms @> $2' end,
    case when filters ? 'countries' then 's.terms && private.directory_terms($3, ''countries'', ''country:'')' end,
    case when filters ? 'types' then 's.terms && private.directory_terms($3, ''types'', ''type:'')' end,
    case when filters ? 'any_software' then 's.terms && private.directory_terms($3, ''any_software'', ''software:'')' end,
    case when filters ? 'any_tags' then 's.terms && private.directory_terms($3, ''any_tags'', ''tag:'')' end,
    case when filters ? 'languages' then 's.terms && private.directory_terms($3, ''languages'', ''language:'')' end,
    case when filters ? 'available_by' then 's.available_from <= ($3 ->> ''available_by'')::date' end,
    nullif(years, ''));
  guessed := conditions;
  if rate is not null then
    tier := array_position(array['basic', 'standard', 'premium'], rate ->> 'tier');
    wanted_rate := concat_ws(' and ', 'r.tier = $3 #>> ''{rate,tier}'' and r.currency = $3 #>> ''{rate,currency}''',
      case when rate ? 'min' then 'r.amount >= ($3 #>> ''{rate,min}'')::bigint' end,
      case when rate ? 'max' then 'r.amount <= ($3 #>> ''{rate,max}'')::bigint' end);
    -- The table of rates has the statistics.
    guessed := concat_ws(' and ', conditions, 's.profile_id = r.profile_id', wanted_rate,
      case when rate ? 'unit' then 'r.unit = $3 #>> ''{rate,unit}''' end);
    conditions := concat_ws(' and ', conditions,
      's.terms @> array[concat_ws('' '', ''rate'', $3 #>> ''{rate,tier}'', $3 #>> ''{rate,currency}'', $3 #>> ''{rate,unit}'')]',
      case when rate ? 'min' then format('s.amounts[%s] >= ($3 #>> ''{rate,min}'')::bigint', tier) end,
      case when rate ? 'max' then format('s.amounts[%s] <= ($3 #>> ''{rate,max}'')::bigint', tier) end);
  end if;

  -- First the words as written; when hardly any profile has them, also similar words.
  loop
    if first_page then
      -- When very many profiles match, they are not listed: the list alone takes longer than the page. The planner's guess
      -- decides, checked against a sample of one profile in 128, which is read whole.
      guess := private.guess_directory(rate is not null, guessed, wanted, needed, filters);
      sampled := case when guess > most_listed then
        private.count_directory(conditions, wanted, needed, filters, 128) end;
      is_walk := coalesce((sampled ->> 'total')::integer >= 128 * fewest_sampled, false);
    end if;
    exit when is_walk;

    sort_key := case sort
      when 'newest' then 's.joined_at'
      when 'experience' then 's.experience_years'
      when 'rate' then format('s.amounts[%s]', tier)
      else case when written is null then 's.standing' else
        'ts_rank(s.vector, $1, 1)::double precision + s.standing / 10000.0::double precision'
        || case when forms is not null then ' + (s.vector @@ $4)::integer' else '' end
      end
    end;
    -- On a page that follows more may fit than on the first one, but not many times more, unless the cursor was made up.
    collected := private.collect_directory(conditions, wanted, needed, filters, written, sort_key, direction,
      page_size + 1, after, case when first_page then most_ranked else 4 * most_ranked end);
    if not first_page and (collected ->> 'total')::integer > 4 * most_ranked then
      perform private.raise_error('invalid_cursor', 'unable to search profiles; far more fit now than at the first page',
        'Search anew.', '{"field": "cursor"}');
    end if;
    exit when not first_page;
    is_walk := (collected ->> 'total')::integer > most_ranked;
    exit when is_walk or forms is not null or written is null or (collected ->> 'total')::integer >= 5;

    forms := private.directory_forms(query);
    exit when jsonb_path_exists(forms, '$[*][*]') is not true;
    exact := collected;
    wanted := private.directory_query(query, forms);
  end loop;
  if is_walk and (exact ->> 'total')::integer > 0 then
    -- Those who have the very words would be lost among so many who have similar ones.
    is_walk := false;
    collected := exact;
    exact := null;
  end if;
  if exact is null and first_page then
    forms := null;
  end if;

  if is_walk then
    if first_page then
      -- A guess just over the limit counts one profile in 8 at once; otherwise the sample that is read whole decides first.
      if sampled is null and guess not between most_ranked and 4 * most_ranked then
        sampled := private.count_directory(conditions, wanted, needed, filters, 128);
      end if;
      counted := case when (sampled ->> 'total')::integer >= 128 * fewest_sampled then sampled
        else private.count_directory(conditions, wanted, needed, filters, 8) end;
    end if;
    -- Words that match more profiles than can be ranked say little, so profile completeness decides. So many profiles match
    -- that a walk in this order soon finds a page; if it does not, the page is short and its cursor continues.
    walked := case when sort = 'rate' then 'r' else 's' end;
    sort_key := case sort when 'newest' then 's.joined_at' when 'experience' then 's.experience_years' when 'rate' then 'r.amount'
      else 's.standing' end;
    walk := format($q$
      select %1$s.*, %2$s as key
      from %3$s %1$s
      where %4$s
      order by %2$s %5$s, %1$s.profile_id %5$s
      limit $6 $q$,
      walked, sort_key, case when sort = 'rate' then 'public.profile_rates' else 'private.profile_search' end,
      -- Only what the index itself knows: everything else would be read past, beyond the limit.
      concat_ws(' and ', 'true', case sort when 'rate' then wanted_rate when 'experience' then nullif(years, '') end,
        case when not first_page then format('(%s, %s.profile_id) %s ($4::bigint, $5)', sort_key, walked,
          case when sort = 'rate' then '>' else '<' end) end),
      direction);
    perform set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true);
    execute format($q$
      select jsonb_agg(jsonb_build_object('id', f.profile_id, 'key', f.key))
      from (
        select s.profile_id, %1$s.key
        from %2$s
        where %3$s
        order by %1$s.key %4$s, %1$s.profile_id %4$s
        limit $7
      ) f $q$,
      walked,
      format(case when sort = 'rate' then '(%s) r join private.profile_search s on s.profile_id = r.profile_id' else '(%s) s' end, walk),
      conditions, direction)
    into found
    using wanted, needed, filters, (after ->> 'key')::numeric, (after ->> 'id')::uuid, most_walked, page_size + 1;
    if coalesce(jsonb_array_length(found), 0) <= page_size then
      -- The last that was read, if the walk was cut there.
      execute format($q$ select jsonb_build_object('id', w.profile_id, 'key', w.key) from (%s) w offset $6 - 1 $q$, walk)
      into next
      using wanted, needed, filters, (after ->> 'key')::numeric, (after ->> 'id')::uuid, most_walked;
    end if;
    perform set_config('enable_bitmapscan', 'on', true), set_config('enable_sort', 'on', true);
  else
    found := nullif(collected -> 'found', 'null');
    counted := collected - 'found';
  end if;

  if jsonb_array_length(found) > page_size then
    next := found -> (page_size - 1);
  end if;
  return jsonb_build_object(
    'found', coalesce(jsonb_path_query_array(found, '$[0 to $last]', jsonb_build_object('last', page_size - 1)), '[]'),
    'next', next || jsonb_build_object('walk', is_walk, 'forms', forms),
    'similar', forms is not null
  ) || case when first_page then counted else '{}' end;
end
$$;
comment on function private.find_profiles is 'A page of the directory as ids; the last four say how much is done for it.';

create function private.search_profiles(query text, filters jsonb, sort text, page_size integer, after jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  page jsonb;
begin
  perform private.check_page_size('search profiles', page_size, 200);
  perform private.read_directory(page_size);
  page := private.find_profiles(query, filters, sort, page_size, after);
  if after is null and (page -> 'similar')::boolean then
    page := page || jsonb_strip_nulls(jsonb_build_object('did_you_mean',
      private.directory_meant(query, array(select (f.value ->> 'id')::uuid from jsonb_array_elements(page -> 'found') as f))));
  end if;
  return (page - 'found') || jsonb_build_object('profiles', coalesce((
    select jsonb_agg(to_jsonb(d) order by f.ordinality)
    from jsonb_array_elements(page -> 'found') with ordinality f
    join public.profile_details d on d.id = (f.value ->> 'id')::uuid
  ), '[]'));
end
$$;

create function public.search_profiles(
  query text default '',
  filters jsonb default '{}',
  sort text default 'relevance',
  page_size integer default 50,
  after jsonb default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.search_profiles(query, filters, sort, page_size, after)
$$;
comment on function public.search_profiles is
  'A page of whole profiles that match a query and filters, with facet counts on the first page. Pass "next" as "after" for the next page.';

revoke execute on function
  private.find_profiles(text, jsonb, text, integer, jsonb, integer, integer, integer, integer),
  private.search_profiles(text, jsonb, text, integer, jsonb),
  public.search_profiles(text, jsonb, text, integer, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_profiles(text, jsonb, text, integer, jsonb),
  public.search_profiles(text, jsonb, text, integer, jsonb)
to authenticated;
