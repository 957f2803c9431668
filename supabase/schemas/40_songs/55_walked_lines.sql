-- The stages of a search for a line of a song.

create function private.find_by_line(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
declare
  is_long constant boolean := private.is_long_line(plan.asked);
  ranked private.song_hit[];
  walk private.song_walk;
begin
  -- Four words and more are a line before they are words of a name.
  if plan.line is null or is_long <> ((page.stage).tier = 42) then
    return;
  end if;
  walk.tier := (page.stage).tier;
  walk.indexed := ' and ' || split_part(plan.line, ' and ', 1);
  walk.whole := ' and ' || plan.line || plan.conditions || plan.not_exact
    || case when is_long then '' else format(' and not s.header_vector @@ %L::tsquery', (plan.asked).header) end;
  walk.indexed_without_start := walk.indexed;
  walk.start := 'null';
  walk.is_of_lyrics := true;
  -- Hardly any line is in many songs: all that have it are put in order.
  ranked := private.best_of(plan, page, 'select s.id, 0 as score, s.popularity from (select * from public.songs s where true'
    || walk.indexed || (plan.wanted).terms || format(' limit %s) s where true', (page.stage).ranks + 1) || plan.seen || walk.whole, '',
    (page.stage).ranks);
  if ranked is not null then
    return query select h.* from unnest(ranked) as h;
  else
    return query select * from private.find_in_order(plan, page, walk);
  end if;
end
$$;
comment on function private.find_by_line is 'Stage: the words follow each other in the lyrics, the title or the artist.';

create function private.lines_but_for_one(words text[], most integer)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- All pairs of words but those of one word, or of two where a blank was too many. Where a single pair is left, the other words too.
  return (
    select string_agg(distinct format('(select s.id from public.songs s where s.word_pairs @> %L::integer[]%s limit %s)', k.pairs,
      case when cardinality(k.pairs) = 1 then format(' and s.search_vector @@ %L::tsquery', o.others) else '' end, most), ' union ')
    from generate_series(1, cardinality(words)) as n
    cross join generate_series(0, 1) as width
    cross join lateral (select private.pairs_of(words[:n - 1]) || private.pairs_of(words[n + width + 1:]) as pairs) as k
    cross join lateral (
      select string_agg(private.quote_lexeme(w.word), ' & ') as others from unnest(words[:n - 1] || words[n + 1:]) as w (word)
    ) as o
    where cardinality(k.pairs) > width
  );
end
$$;
comment on function private.lines_but_for_one is 'As SQL: ids of songs that have all of a line but for one word.';

create function private.find_by_typo_in_line(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
declare
  asked constant private.song_query := plan.asked;
  words constant text[] := asked.spelled[:cardinality(asked.spelled) - asked.is_open::integer];
begin
  if plan.line is null or cardinality(words) not between 3 and 16 or cardinality(asked.spelled) < 4 then
    return;
  end if;
  return query select h.* from unnest(private.best_of(plan, page, format(
    'select * from (select s.id, round(extensions.word_similarity(%L, private.split_words(private.fold_text(left(s.lyrics, 6000))))::numeric, 1)'
    '::double precision as score, s.popularity from (select s.* from public.songs s where s.id in (%s)',
    array_to_string(asked.spelled, ' '), private.lines_but_for_one(words, (page.stage).gathers))
    || plan.seen || plan.conditions || plan.not_exact
    || format(' and not s.search_vector @@ %L::tsquery and not s.header_vector @@ %L::tsquery', asked.lyrics, asked.header)
    || case when plan.near is null then '' else ' and not (s.title_words = any ($4) or s.artist_words = any ($4))' end
    || format(' order by s.popularity desc, s.id desc limit %s) s) s where s.score >= 0.6', (page.stage).ranks), '', 2147483647)) as h;
end
$$;
comment on function private.find_by_typo_in_line is 'Stage: a line of the lyrics has the words but for one typo.';

revoke execute on function
  private.find_by_line(private.song_plan, private.song_page),
  private.lines_but_for_one(text[], integer),
  private.find_by_typo_in_line(private.song_plan, private.song_page)
from public, anon, authenticated, service_role;
