-- The stages of a search that read songs by an index and put them in order.

create function private.best_of(plan private.song_plan, page private.song_page, source text, late text, most integer)
returns private.song_hit[]
language plpgsql
stable
set search_path = ''
as $$
declare
  total bigint;
  hits private.song_hit[];
begin
  execute format(
    'with c as materialized (%s) select (select count(*) from c), array('
    'select (c.id, $5, c.score, c.popularity, false)::private.song_hit from (select * from c where (c.score, c.popularity, c.id) < '
    '(%L::double precision, %L::double precision, %L::uuid) order by c.score desc, c.popularity desc, c.id desc offset 0) c%s limit %s)',
    source, page.score, page.popularity, page.id, late, page.size)
  into total, hits
  using (plan.wanted).chord_sets, plan.keys, plan.shared, plan.near, (page.stage).tier;
  return case when total <= most then hits end;
end
$$;
comment on function private.best_of is
  'The best rows of a source (id, score, popularity) after the place of the page; null when the source has more rows than the limit.';

create function private.songs_named(plan private.song_plan, page private.song_page, name_is text, not_before text)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
declare
  named constant text := name_is || plan.conditions || not_before;
begin
  return query select h.* from unnest(private.best_of(plan, page, format(
    'select * from (select * from (select s.id, 0::double precision as score, s.popularity from public.songs s '
    'where s.visibility = ''public'' and s.deleted_at is null and %1$s offset 0) p where (p.popularity, p.id) < (%2$L::double precision, %3$L::uuid) '
    'order by p.popularity desc, p.id desc limit %4$s) p', named, page.popularity, page.id, page.size)
    || case when plan.caller is null then '' else format(' union all '
      'select * from (select s.id, 0::double precision, s.popularity from public.songs s '
      'where s.created_by = %L and s.visibility <> ''public'' and s.deleted_at is null and %s limit %s) o',
      plan.caller, named, (page.stage).gathers) end
    || case when plan.keys = '{}' then '' else format(' union all '
      'select * from (select s.id, 0::double precision, s.popularity from public.songs s '
      'where s.id = any (array(select s.id from unnest($2) as s where %s)) and s.created_by <> %L and s.visibility <> ''public'' '
      'and s.deleted_at is null and %s) h', name_is, plan.caller, named) end,
    '', 2147483647)) as h;
end
$$;
comment on function private.songs_named is 'Songs whose title or artist is as a condition on a row s says, the most popular first.';

create function private.find_by_title(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
begin
  if (plan.asked).is_one_text then
    return query select * from private.songs_named(plan, page, format('s.title_words = %L', (plan.asked).words), '');
  end if;
end
$$;
comment on function private.find_by_title is 'Stage: the title is the query.';

create function private.find_by_artist(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
begin
  if (plan.asked).is_one_text then
    return query select * from private.songs_named(plan, page, format('s.artist_words = %L', (plan.asked).words),
      format(' and s.title_words <> %L', (plan.asked).words));
  end if;
end
$$;
comment on function private.find_by_artist is 'Stage: the artist is the query.';

create function private.find_by_begun_title(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
begin
  if plan.begun is not null then
    return query select * from private.songs_named(plan, page, plan.begun,
      plan.begun_word || format(' and s.artist_words <> %L', (plan.asked).words));
  end if;
end
$$;
comment on function private.find_by_begun_title is 'Stage: the title is the query but for its last letter.';

create function private.songs_like_names(words text, titles_where text, most integer, names_where text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- Two swapped letters score highest, then one letter too many: these typos are the rarest. A name is looked up as a range, in
  -- the order of its index. If hardly any song has an artist, the planner expects one name to match most songs, and would walk
  -- them all by popularity.
  return format('(select s.*, n.score from (select n.title, case when char_length(n.title) = %1$s and private.letters(n.title) = %2$L then 3 '
    'when char_length(n.title) < %1$s then 2 else 1 end::double precision as score from unnest($4) as n (title)) n '
    'cross join lateral (select p.* from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
    'and p.title_words >= n.title and p.title_words <= n.title and %3$s order by p.title_words, p.popularity desc, p.id desc limit %4$s) s '
    'union all select s.*, 0 from unnest($4) as n (name) '
    'cross join lateral (select p.* from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
    'and p.artist_words >= n.name and p.artist_words <= n.name and %5$s order by p.artist_words, p.popularity desc, p.id desc limit %4$s) s '
    'where s.title_words <> all ($4)) s',
    char_length(words), private.letters(words), titles_where, most, names_where);
end
$$;
comment on function private.songs_like_names is
  'As SQL: songs whose title or artist is one of $4, which are some words less one typo; the most popular of each.';

create function private.find_by_typo_in_name(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
declare
  is_next constant boolean := page.after_tier = 30;
  behind constant text := format('(p.popularity, p.id) < (%L::double precision, %L::uuid)', page.popularity, page.id);
begin
  if plan.near = '{}' or plan.near is null or (plan.asked).header is null then
    return;
  end if;
  -- What a filter leaves out is looked past, up to a bound.
  return query select h.* from unnest(private.best_of(plan, page, 'select s.id, s.score, s.popularity from '
    || private.songs_like_names((plan.asked).words,
      case when is_next then format('(n.score < %L::double precision or %s)', page.score, behind) else 'true' end,
      case plan.conditions when '' then page.size + 5 else (page.stage).gathers end,
      case when is_next then format('(%L::double precision > 0 or %s)', page.score, behind) else 'true' end)
    || format(' where not s.header_vector @@ %L::tsquery', (plan.asked).header) || plan.conditions || plan.not_line, '', 2147483647)) as h;
end
$$;
comment on function private.find_by_typo_in_name is 'Stage: the title or the artist is the query less one typo.';

create function private.correct_words(spelled text[])
returns tsquery
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select string_agg('(' || private.song_word_forms(w.word)::text || coalesce(' | ' || n.words, '') || ')', ' & ')::tsquery
    from unnest(spelled) as w (word)
    cross join lateral (
      -- Of a word of one or two letters there are too many.
      select string_agg(private.quote_lexeme(l.word), ' | ') as words
      from unnest(case when char_length(w.word) > 2 then (private.near_words(w.word))[:12] end) as l (word)
    ) as n
  );
end
$$;
comment on function private.correct_words is 'Each word, or one that is a typo away.';

create function private.find_by_typo_in_word(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
declare
  asked constant private.song_query := plan.asked;
  corrected text;
  hits bigint;
  first private.song_page := page;
begin
  if not (plan.asked).is_one_text or char_length(asked.words) < 3 or cardinality(asked.spelled) > 12 then
    return;
  end if;
  corrected := format('s.header_vector @@ %L::tsquery', private.correct_words(asked.spelled));
  -- Common words are looked for among the most popular songs.
  execute 'select count(*) from ' || private.most_popular_songs(plan, page, 400) || ' where ' || corrected || plan.conditions
  into hits
  using (plan.wanted).chord_sets, plan.keys;
  first.popularity := 'infinity';
  first.id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  return query select h.* from unnest(private.best_of(plan, page,
    format('select s.id, greatest(extensions.similarity(s.title_words, %1$L), extensions.similarity(s.artist_words, %1$L), '
      'extensions.similarity(s.title_words || '' '' || s.artist_words, %1$L))::double precision as score, s.popularity from ', asked.words)
    || case when hits > 8 then private.walk_of_songs(plan, first, (page.stage).walks)
      else '(select * from public.songs s where ' || corrected || (plan.wanted).terms || ' offset 0) s' end
    || format(' where %s and not s.header_vector @@ %L::tsquery', corrected, asked.header)
    || ' and not (s.title_words = any (coalesce($4, ''{}'')) or s.artist_words = any (coalesce($4, ''{}'')))'
    || plan.seen || plan.conditions || plan.not_exact || plan.not_line || format(' limit %s', (page.stage).gathers),
    format(' where not (select s.search_vector @@ %L::tsquery from public.songs s where s.id = c.id)', asked.lyrics), 2147483647)) as h;
end
$$;
comment on function private.find_by_typo_in_word is 'Stage: title, artist and the like have each word, or one that is a typo away.';

create function private.rank_headers(plan private.song_plan, page private.song_page)
returns private.song_hit[]
language plpgsql
stable
set search_path = ''
as $$
declare
  header constant text := format('s.header_vector @@ %L::tsquery', (plan.asked).header);
  -- By the day, so that a cursor meets the same scores.
  fading constant double precision := exp((private.popularity_epoch() - (clock_timestamp() at time zone 'utc')::date)::double precision / 30);
  is_next constant boolean := page.after_tier is not distinct from 40;
  hits bigint;
  starts bigint;
  looked bigint;
begin
  -- The most popular songs show whether few enough songs match. The inverted index first gathers every song with a prefix, so a
  -- query with a common prefix does not use it.
  if not is_next then
    execute format('select count(*) filter (where %s%s), count(*) filter (where s.header_vector @@ %L::tsquery), count(*) from ',
      header, plan.conditions, (plan.asked).open) || private.most_popular_songs(plan, page, 400)
    into hits, starts, looked
    using (plan.wanted).chord_sets, plan.keys, plan.shared;
    if looked = 400 and (hits * plan.songs_in_all / looked > 4000 or starts > 8) then
      return null;
    end if;
  end if;
  -- A title with the query as its prefix scores up to twice as much.
  return private.best_of(plan, page, format(
    'select s.id, (ts_rank(''{0.1,0.2,0.4,1}'', s.header_vector, %1$L::tsquery, 1) * (1 + 0.1 * ln(1 + s.popularity * %2$L::double precision)) '
    '* (1 + starts_with(s.title_words, %3$L)::integer * %4$s::double precision / greatest(char_length(s.title_words), 1)))'
    '::double precision as score, s.popularity from (select * from public.songs s where ', (plan.asked).header, fading,
    (plan.asked).words, char_length((plan.asked).words))
    -- Apart, so that nothing but the words leads to songs.
    || header || (plan.wanted).terms || ' offset 0) s where true' || plan.seen || plan.conditions || plan.not_exact || case when private.is_long_line(plan.asked) then plan.not_line else '' end
    || format(' limit %s', (page.stage).ranks * case when is_next then 4 else 1 end + 1), '',
    case when is_next then 2147483647 else (page.stage).ranks end);
end
$$;
comment on function private.rank_headers is
  'The best songs that have every word in title, artist, album, genre, style or writers; null when they are too many to be ranked.';

revoke execute on function
  private.best_of(private.song_plan, private.song_page, text, text, integer),
  private.songs_named(private.song_plan, private.song_page, text, text),
  private.find_by_title(private.song_plan, private.song_page),
  private.find_by_artist(private.song_plan, private.song_page),
  private.find_by_begun_title(private.song_plan, private.song_page),
  private.songs_like_names(text, text, integer, text),
  private.find_by_typo_in_name(private.song_plan, private.song_page),
  private.correct_words(text[]),
  private.find_by_typo_in_word(private.song_plan, private.song_page),
  private.rank_headers(private.song_plan, private.song_page)
from public, anon, authenticated, service_role;
