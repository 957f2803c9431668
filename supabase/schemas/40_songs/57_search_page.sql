-- A page of results, with highlights.

create function private.is_marked(word text, marks tsquery, config regconfig)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return private.text_vector(word) @@ marks or (config is not null and to_tsvector(config, word) @@ marks);
end
$$;
comment on function private.is_marked is 'Whether a word, folded, is one to highlight, as it is or by its stem.';

create function private.song_ranges(value text, asked private.song_query, config regconfig)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  start text := left(value, 1000);
  folded text := private.fold_kana(private.fold(start));
  -- A position is the same in both texts, unless a letter folds into two letters or none.
  is_alike boolean := start !~ E'[^\\u0001-\\u007f\\u00a1\\u00b7\\u00bf-\\u00c5\\u00c7-\\u00dd\\u00e0-\\u00e5\\u00e7-\\u00fd\\u00ff\\u02bc\\u0e00-\\u0e7f\\u2013-\\u201d\\u2032\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af]';
  -- Letters, the marks that stand on them in any script, and joiners, as the parser of to_tsvector reads a word.
  letters constant text := E'[:alnum:]\\u0300-\\u036f\\u0483-\\u0489\\u0591-\\u05bd\\u05bf-\\u05c2\\u05c4-\\u05c7\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670'
    '\\u06d6-\\u06ed\\u0711-\\u074a\\u07a6-\\u07f3\\u0816-\\u082d\\u0859-\\u0963\\u0966-\\u096f\\u0971-\\u0df3\\u0f18-\\u0f39\\u0f3e-\\u0fbc\\u135d-\\u135f'
    '\\u1712-\\u1734\\u1752-\\u1773\\u180b-\\u180f\\u18a9\\u1920-\\u193b\\u1a17-\\u1a7f\\u1ab0-\\u1b4c\\u1b6b-\\u1bf3\\u1c24-\\u1c37\\u1cd0-\\u1cfa\\u1dc0-\\u1dff'
    '\\u200b-\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069\\u2de0-\\u2dff\\ua66f-\\ua67d\\ua802-\\ua827\\ua880-\\ua8c5\\ua8e0-\\ua8f1\\ua926-\\ua953\\ua980-\\uaa4d'
    '\\uaa7b-\\uaaf6\\uabe3-\\uabed\\ufe20-\\ufe2f\\ufeff';
  signs constant text := '^[[:alnum:]]+(?:[''!$*./@_·-][[:alnum:]]+)+';
  place integer := 1;
  ranges jsonb := '[]';
  word text;
  part record;
begin
  if is_alike then
    loop
      place := regexp_instr(folded, asked.hint, place);
      exit when coalesce(place, 0) = 0;
      -- A run of a script without blanks is marked as far as it was asked for, a word with signs inside as a whole.
      word := coalesce(substring(substr(folded, place) from '^(?:' || array_to_string(asked.runs, '|') || ')'),
        (select w.word from substring(substr(folded, place) from signs) as w (word) where private.is_marked(private.words_key(
          split_part(private.join_words(w.word), ' ', 1)), asked.marks, config)),
        substring(substr(folded, place) from '^[[:alnum:]]+'));
      if private.is_marked(word, asked.marks, config) then
        ranges := ranges || jsonb_build_array(jsonb_build_array(place - 1, place - 1 + char_length(word)));
      end if;
      place := place + char_length(word);
    end loop;
    return ranges;
  end if;
  for part in
    select m.found[2] as word, sum(char_length(m.found[1] || m.found[2])) over (order by m.n)::integer as beyond
    from regexp_matches(start, format('([^%1$s]*)([%1$s]+)', letters), 'g') with ordinality as m (found, n)
  loop
    if private.is_marked(private.fold_text(part.word), asked.marks, config) then
      ranges := ranges || jsonb_build_array(jsonb_build_array(part.beyond - char_length(part.word), part.beyond));
    end if;
  end loop;
  return ranges;
end
$$;
comment on function private.song_ranges is 'Where words of a text match, as [start, end) in characters.';

create function private.song_marks(query text)
returns private.song_query
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.read_song_query(query);
end
$$;
comment on function private.song_marks is 'A query read once for all songs of a page.';

create function private.highlight_song(asked private.song_query, title text, artist text, lyrics text, language text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set client_min_messages = 'warning'
as $$
declare
  config regconfig := private.song_language_config(language);
  -- Of a long song the beginning: what is looked through for a page is bounded.
  start text := left(lyrics, 4000);
  folded text := private.fold_text(start);
  at integer := 1;
  best integer := 0;
  score integer;
  this integer;
  place integer;
  line text;
  words tsvector;
  ranges jsonb;
  cut integer;
begin
  if asked.marks is null then
    return '{"title": [], "artist": [], "excerpt": null}';
  end if;
  -- The line that has all of it, else the first that has any, as it was asked for rather than by a stem.
  for candidate in 1 .. 12 loop
    at := regexp_instr(folded, asked.hint, at);
    exit when coalesce(at, 0) = 0;
    this := char_length(left(folded, at)) - char_length(replace(left(folded, at), E'\n', '')) + 1;
    line := left(split_part(folded, E'\n', this), 1000);
    words := private.words_vector(private.split_words(line), private.join_words(line));
    score := case when words @@ asked.lyrics then 4 when words @@ asked.marks then 2 else 0 end;
    if score < 4 and config is not null then
      words := words || to_tsvector(config, line);
      score := case when words @@ asked.lyrics then 3 when words @@ asked.marks then greatest(score, 1) else 0 end;
    end if;
    if score > best then
      best := score;
      place := this;
    end if;
    exit when best = 4;
    exit when strpos(substr(folded, at), E'\n') = 0;
    at := at + strpos(substr(folded, at), E'\n');
  end loop;
  line := null;
  if place is not null then
    line := split_part(start, E'\n', place);
    ranges := private.song_ranges(line, asked, config);
    if char_length(line) > 160 then
      cut := greatest(coalesce((ranges #>> '{0,0}')::integer, 0) - 40, 0);
      -- Both ends where a character ends.
      cut := char_length(private.cut_text(line, cut));
      line := private.cut_text(substr(line, cut + 1), 160);
      ranges := private.song_ranges(line, asked, config);
    end if;
  end if;
  return jsonb_build_object(
    'title', private.song_ranges(title, asked, config),
    'artist', private.song_ranges(coalesce(artist, ''), asked, config),
    'excerpt', case when line is not null then jsonb_build_object('text', line, 'ranges', ranges) end);
end
$$;
comment on function private.highlight_song is 'Where a song matches a query: ranges in title and artist, and a line of its lyrics.';

create function private.corrected_query(asked private.song_query, found private.song_hit)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  song public.songs;
begin
  select s.* into song from private.visible_songs s where s.id = found.id;
  if found.tier in (38, 30) then
    return case
      when extensions.similarity(song.title_words, asked.words) >= extensions.similarity(song.artist_words, asked.words) then song.title
      else song.artist
    end;
  end if;
  -- Each word that the song does not have becomes the most similar one that it has.
  return (
    select string_agg(case when song.search_vector @@ private.song_word_forms(w.word) then w.word else coalesce(n.word, w.word) end, ' ' order by w.n)
    from unnest(asked.spelled) with ordinality as w (word, n)
    left join lateral (
      select v.word
      from unnest(tsvector_to_array(case found.tier when 10 then song.header_vector else ts_filter(song.search_vector, '{d}') end)) as v (word)
      where abs(char_length(v.word) - char_length(w.word)) < 3
      order by extensions.similarity(v.word, w.word) desc, v.word
      limit 1
    ) as n on true
  );
end
$$;
comment on function private.corrected_query is 'The corrected query, from a song that was found by undoing a typo.';

create function private.search_songs_page(
  query text,
  filters jsonb,
  page_size integer,
  after_tier integer,
  after_score double precision,
  after_popularity double precision,
  after_id uuid
)
returns jsonb
language plpgsql
security definer
set search_path = ''
-- A page ends at a score, so it is answered with every digit, whatever the connection says.
set extra_float_digits = 1
as $$
declare
  answer jsonb;
  asked private.song_query;
  -- A page of a shortened query says so in its place: songs that come meanwhile do not change what the next page is of.
  is_short boolean := coalesce(after_tier > 100, false);
  meant text;
begin
  perform private.check_page_size('search songs', page_size, 200);
  if is_short then
    query := coalesce(private.without_song_words(query), query);
    after_tier := after_tier - 100;
  elsif after_tier is null then
    meant := private.query_meant(query, filters);
    is_short := meant <> query;
    query := meant;
  end if;
  asked := private.song_marks(query);
  with
  found as materialized (
    select f.*
    from private.search_songs(query, filters, page_size + 1, after_tier, after_score, after_popularity, after_id)
      with ordinality as f (id, tier, score, popularity, is_place, n)
  ),
  place as (
    select f.tier, f.score, f.popularity, f.id
    from found f
    where f.is_place or (f.n = page_size and (select count(*) from found) > page_size)
    limit 1
  )
  select jsonb_strip_nulls(jsonb_build_object('did_you_mean', (
    select private.corrected_query(asked, (f.id, f.tier, f.score, f.popularity, f.is_place)::private.song_hit)
    from found f
    where after_tier is null and f.n <= page_size and not f.is_place and f.tier in (38, 30, 25, 10)
    order by f.n
    limit 1
  ))) || jsonb_build_object(
    'songs', coalesce((
      select jsonb_agg(to_jsonb(v) || jsonb_build_object(
        'highlights', private.highlight_song(asked, s.title, s.artist, s.lyrics, s.language)) order by f.n)
      from found f
      join private.visible_summaries v on v.id = f.id
      join public.songs s on s.id = f.id
      where f.n <= page_size and not f.is_place
    ), '[]'),
    'next', (select jsonb_build_array(p.tier + case when is_short then 100 else 0 end, p.score, p.popularity, p.id, '') from place p))
  into answer;
  if after_tier is null and filters = '{}' and asked.header is not null and answer -> 'songs' = '[]' and answer ->> 'next' is null then
    perform private.count_empty_search(array_to_string(asked.spelled, ' '));
  end if;
  return answer;
end
$$;

revoke execute on function
  private.corrected_query(private.song_query, private.song_hit),
  private.search_songs_page(text, jsonb, integer, integer, double precision, double precision, uuid),
  private.is_marked(text, tsquery, regconfig),
  private.song_ranges(text, private.song_query, regconfig),
  private.song_marks(text),
  private.highlight_song(private.song_query, text, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_songs_page(text, jsonb, integer, integer, double precision, double precision, uuid)
to anon, authenticated, service_role;
