-- The words, chords and metadata of a ChordPro text.

create type private.chordpro_reading as (
  lyrics text,
  chords jsonb,
  metadata jsonb,
  german boolean,
  unread text[],
  is_lower boolean
);
comment on type private.chordpro_reading is
  'The content of ChordPro text: words, chords, metadata, whether B means B flat, bracketed texts that cannot be read as a chord, and '
  'whether a root in lower case is a minor chord.';

create type private.spelled_chord as (
  written text,
  is_grid boolean,
  shift integer,
  places integer[],
  part integer,
  root text,
  quality text,
  bass text,
  is_minor boolean,
  is_small boolean
);
comment on type private.spelled_chord is
  'A chord of one spelling: its transposition, its places, its parts, and whether its root is written in lower case. The root is null when the text is no chord.';

create function private.chordpro_words(lines text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  words text := lines;
begin
  if strpos(words, '[') > 0 then
    words := regexp_replace(words, E'\\[[^][\\n]*\\]', '', 'g');
  end if;
  words := translate(words, E'\t\x0b\x0c\u00a0', '    ');
  if strpos(words, '  ') > 0 then
    words := regexp_replace(words, ' {2,}', ' ', 'g');
  end if;
  return btrim(replace(replace(words, E' \n', E'\n'), E'\n ', E'\n'), ' ');
end
$$;
comment on function private.chordpro_words is 'Lines without the brackets in them, runs of blanks made one.';

create function private.chord_tokens(line text, is_grid boolean)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  piece text;
  tokens text[] := '{}';
begin
  if is_grid then
    -- Between the first bar and the last one, or anywhere without bars.
    return coalesce(regexp_split_to_array(
      case when strpos(line, '|') > 0 then substring(line from E'\\|(.*)\\|') else line end, E'[][|:~ \\t\\v\\f\\u00a0]+'), '{}');
  end if;
  foreach piece in array (string_to_array(line, '['))[2:] loop
    if strpos(piece, ']') > 0 then
      tokens := tokens || btrim(split_part(piece, ']', 1), E' \t\x0b\x0c\u00a0');
    end if;
  end loop;
  return tokens;
end
$$;
comment on function private.chord_tokens is 'The cells of a grid, or the texts in the brackets of any other line.';

create function private.read_spelling(written text, is_grid boolean, shift integer, places integer[])
returns private.spelled_chord[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  chord text[] := private.read_chord(written);
  parts text[];
  part text;
  capital text[];
  found private.spelled_chord[] := '{}';
begin
  if chord is null and not is_grid and written ~ E'[-–—,;|>→~ \\t\\v\\f\\u00a0]' then
    parts := private.split_chords(written);
  end if;
  foreach part in array coalesce(parts, array[written]) loop
    if parts is not null then
      chord := private.read_chord(part);
    end if;
    capital := chord;
    if chord is null and not is_grid and strpos('abcdefgh', left(part, 1)) > 0 then
      chord := private.read_minor_chord(part);
      capital := private.read_chord(translate(left(part, 1), 'abcdefgh', 'ABCDEFGH') || substr(part, 2));
    end if;
    found := found || row(written, is_grid, shift, places, cardinality(found), chord[1], chord[2], chord[3],
      left(capital[2], 1) = 'm' and left(capital[2], 3) <> 'maj', chord <> capital)::private.spelled_chord;
  end loop;
  return found;
end
$$;
comment on function private.read_spelling is 'The chords in a pair of brackets or in a cell; the root is null when the text is no chord.';

create function private.spell_chords(texts text[], kinds text[], semitones integer[], out numbers integer[], out chords private.spelled_chord[])
language plpgsql
immutable
parallel safe
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
set enable_nestloop = 'off'
as $$
declare
  line text;
  n integer := 0;
  token text;
  tokens text[] := '{}';
  spelling record;
  chord private.spelled_chord;
begin
  numbers := '{}';
  chords := '{}';
  foreach line in array texts loop
    n := n + 1;
    foreach token in array private.chord_tokens(line, kinds[n] = 'grid') loop
      tokens := tokens || token;
      numbers := numbers || n;
    end loop;
  end loop;
  -- Each spelling once: reading a chord is what costs.
  for spelling in
    select w.token, l.kind = 'grid' as is_grid, l.shift, array_agg(w.place::integer) as places
    from unnest(tokens, numbers) with ordinality as w (token, n, place)
    join unnest(kinds, semitones) with ordinality as l (kind, shift, n) on l.n = w.n
    where left(w.token, 1) not in ('', '*', '^')
    group by w.token, l.kind = 'grid', l.shift
  loop
    foreach chord in array private.read_spelling(spelling.token, spelling.is_grid, spelling.shift, spelling.places) loop
      chords := chords || chord;
    end loop;
  end loop;
end
$$;
comment on function private.spell_chords is 'The chords of a text as written, and the line of each place that can have a chord.';

create function private.place_chords(lines private.chordpro_lines, inout reading private.chordpro_reading)
language plpgsql
immutable
parallel safe
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  numbers integer[];
  chords private.spelled_chord[];
  chord private.spelled_chord;
  small_uses integer := 0;
  are_capital boolean := false;
  known private.spelled_chord[] := '{}';
  unread text[] := '{}';
  -- How many chords each place has, then how many come before it.
  counts integer[];
  place integer;
  before integer := 0;
  count integer;
begin
  select s.numbers, s.chords into numbers, chords from private.spell_chords(lines.texts, lines.kinds, lines.semitones) as s;
  -- A root in lower case is a minor chord where the song writes all of them so.
  foreach chord in array chords loop
    are_capital := are_capital or (chord.is_minor is true and chord.is_small is not true);
    small_uses := small_uses + case when chord.is_small then cardinality(chord.places) else 0 end;
  end loop;
  reading.is_lower := small_uses > 1 and not are_capital;
  counts := array_fill(0, array[cardinality(numbers)]);
  foreach chord in array chords loop
    if chord.root is not null and (reading.is_lower or not chord.is_small) then
      known := known || chord;
      reading.german := reading.german or left(chord.root, 1) = 'H' or coalesce(left(chord.bass, 1) = 'H', false);
      foreach place in array chord.places loop
        counts[place] := counts[place] + 1;
      end loop;
    elsif not chord.is_grid then
      unread := unread || chord.written;
    end if;
  end loop;
  reading.unread := unread;
  place := 0;
  foreach count in array counts loop
    place := place + 1;
    counts[place] := before;
    before := before + count;
  end loop;

  with uses as materialized (
    select c.root, c.quality, nullif(c.bass, c.root) as bass, count(*) as uses, numbers[min(p.place)] as n,
      array_agg(counts[p.place] + c.part + 1 order by p.place, c.part) as places
    from (
      select k.places, k.part, k.quality, private.place_note(k.root, reading.german, k.shift) as root,
        private.place_note(k.bass, reading.german, k.shift) as bass
      from unnest(known) as k
      offset 0
    ) as c
    cross join lateral unnest(c.places) as p (place)
    group by c.root, c.quality, nullif(c.bass, c.root)
  ),
  -- The words of each line once: a long line may hold all of the chords.
  contexts as materialized (
    select d.n, case when lines.kinds[d.n] = 'words' then left(private.chordpro_words(lines.texts[d.n]), 120) else '' end as context
    from (select distinct u.n from uses u) as d
  )
  select coalesce(jsonb_agg(jsonb_build_object(
      'name', u.root || case when left(u.quality, 1) in ('b', '#') then '(' || u.quality || ')' else u.quality end || coalesce('/' || u.bass, ''),
      'root', u.root, 'quality', u.quality, 'bass', u.bass, 'uses', u.uses, 'positions', u.places[:1000], 'context', c.context
    ) order by u.places[1]), '[]')
  into reading.chords
  from uses u
  join contexts c on c.n = u.n;
end
$$;
comment on function private.place_chords is 'A reading with the chords of the lines, by canonical name, in the order of their first use.';

create function private.read_chordpro(content text)
returns private.chordpro_reading
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  source text := content;
  lines private.chordpro_lines;
  reading private.chordpro_reading := row('', '[]', '{}', false, '{}', false);
begin
  if left(source, 1) = E'\ufeff' then
    source := substr(source, 2);
  end if;
  source := replace(replace(source, E'\r\n', E'\n'), E'\r', E'\n');
  if strpos(source, E'\\\n') > 0 then
    source := regexp_replace(source, E'\\\\\\n[ \\t\\v\\f\\u00a0]*', '', 'g');
  end if;
  lines := private.read_chordpro_lines(source);
  -- Lines that hold chords alone go, and the ends of stanzas become empty lines.
  reading.lyrics := btrim(private.chordpro_words(array_to_string(lines.sung, E'\n')), E'\n');
  while strpos(reading.lyrics, E'\n\n') > 0 loop
    reading.lyrics := replace(reading.lyrics, E'\n\n', E'\n');
  end loop;
  reading.lyrics := replace(reading.lyrics, E'\r', '');
  while strpos(reading.lyrics, E'\n\n\n') > 0 loop
    reading.lyrics := replace(reading.lyrics, E'\n\n\n', E'\n\n');
  end loop;
  reading.lyrics := btrim(reading.lyrics, E'\n');
  if cardinality(lines.texts) > 0 then
    reading := private.place_chords(lines, reading);
  end if;
  if cardinality(lines.names) > 0 then
    reading.metadata := private.chordpro_metadata(lines.names, lines.contents);
  end if;
  return reading;
end
$$;
comment on function private.read_chordpro is
  'Reads ChordPro text: the same language as src/chordpro. Its time grows with the length of the text.';

revoke execute on function
  private.chordpro_words(text),
  private.chord_tokens(text, boolean),
  private.read_spelling(text, boolean, integer, integer[]),
  private.spell_chords(text[], text[], integer[]),
  private.place_chords(private.chordpro_lines, private.chordpro_reading),
  private.read_chordpro(text)
from public, anon, authenticated, service_role;
