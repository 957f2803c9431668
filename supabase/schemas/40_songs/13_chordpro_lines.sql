-- Reads a ChordPro text line by line: what is sung, where chords stand, and what the directives say.

create type private.chordpro_piece as (
  text text,
  is_directive boolean,
  name text,
  value text,
  kind text,
  applies boolean
);
comment on type private.chordpro_piece is 'A directive of a line, or the text around it.';

create type private.chordpro_lines as (
  sung text[],
  texts text[],
  kinds text[],
  semitones integer[],
  names text[],
  contents text[]
);
comment on type private.chordpro_lines is
  'The content of the lines of a text. sung: the words with their brackets, a carriage return at the end of a stanza. texts: the lines with chords, '
  'each with its kind and its transposition. names and contents: metadata.';

create function private.read_directive(line text, inside text)
returns private.chordpro_piece
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  blanks constant text := E' \t\x0b\x0c\u00a0';
  trimmed constant text := btrim(inside, blanks);
  written constant text := split_part(translate(trimmed, blanks, ':::::'), ':', 1);
  value text := ltrim(substr(trimmed, char_length(written) + 1), blanks);
  name text := translate(nullif(written, ''), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');
  base text;
  kind text;
begin
  if name is null then
    return row(line, true, null, null, null, true)::private.chordpro_piece;
  end if;
  if left(value, 1) = ':' then
    value := ltrim(substr(value, 2), blanks);
  end if;
  -- The name before a selector, if there is one: {title-ukulele: …}.
  if name like '_%-_%' and name !~ E'^(?:x_|\\+)' then
    base := private.chordpro_alias(split_part(name, '-', 1));
    kind := private.chordpro_kind(base);
    if kind <> 'unknown' then
      return row(line, true, base, value, kind, right(name, 1) = '!');
    end if;
  end if;
  name := private.chordpro_alias(name);
  return row(line, true, name, value, private.chordpro_kind(name), true);
end
$$;
comment on function private.read_directive is 'The name, the value and the kind of the directive in braces; the name is null when the braces hold no directive.';

create function private.chordpro_state(piece private.chordpro_piece)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case
    when piece.kind = 'end' then 'words'
    when not piece.applies or substr(piece.name, 10) = any ('{tab,abc,ly,svg,textblock,strum}'::text[]) then null
    when piece.name in ('start_of_grid', 'start_of_grille') then 'grid'
    else 'words'
  end;
end
$$;
comment on function private.chordpro_state is 'What the lines after a directive that starts or ends a section are; null when they are not read.';

create function private.cut_chordpro_line(line text)
returns private.chordpro_piece[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  blanks constant text := E' \t\x0b\x0c\u00a0';
  trimmed constant text := btrim(line, blanks);
  inside text := substr(trimmed, 2, greatest(char_length(trimmed) - 2, 0));
  found text[];
  piece private.chordpro_piece;
  pieces private.chordpro_piece[] := '{}';
  joined private.chordpro_piece[] := '{}';
  is_alone boolean := true;
  words integer;
  run text[];
begin
  if left(trimmed, 1) = '{' and right(trimmed, 1) = '}' and translate(inside, '{}', '') = inside then
    return array[private.read_directive(line, inside)];
  end if;
  for found in
    select f.found
    from regexp_matches(
      line, E'(\\{([^{}]*(?:\\{[^{}]*(?:\\{[^{}]*\\}[^{}]*)*\\}[^{}]*)*)\\}+|\\{+([^{}]*)(?=\\{|$)|[^{]+)', 'g') as f (found)
  loop
    inside := coalesce(found[2], found[3]);
    is_alone := is_alone and (inside is not null or btrim(found[1], blanks) = '');
    if inside is null then
      pieces := pieces || row(found[1], false, null, null, null, true)::private.chordpro_piece;
    else
      pieces := pieces || private.read_directive(found[1], inside);
    end if;
  end loop;
  foreach piece in array pieces loop
    -- Among words only what the format knows is a directive, and {C} or {su} says nothing.
    piece.is_directive := piece.is_directive and (is_alone or coalesce(piece.kind <> 'unknown' and (piece.value <> ''
      or (piece.kind not in ('metadata', 'comment', 'meta') and char_length(btrim(piece.text, blanks || ':{}')) > 1)), false));
    if piece.is_directive or words is null then
      joined := joined || piece;
    end if;
    -- Words on both sides of a directive are one line, unless it is one that parts them.
    if not piece.is_directive and words is null then
      words := cardinality(joined);
      run := array[piece.text];
    elsif not piece.is_directive then
      run := run || piece.text;
    elsif piece.kind in ('start', 'end')
      or (piece.applies and (piece.kind in ('new_song', 'comment', 'transpose') or piece.name = 'chorus'))
    then
      if words is not null then
        joined[words].text := array_to_string(run, '');
      end if;
      words := null;
    end if;
  end loop;
  if words is not null then
    joined[words].text := array_to_string(run, '');
  end if;
  return joined;
end
$$;
comment on function private.cut_chordpro_line is 'The directives of a line with braces, and the words around them, in their order.';

create function private.read_chordpro_lines(source text)
returns private.chordpro_lines
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  sung text[] := '{}';
  texts text[] := '{}';
  kinds text[] := '{}';
  semitones integer[] := '{}';
  names text[] := '{}';
  contents text[] := '{}';
  line text;
  pieces private.chordpro_piece[];
  piece private.chordpro_piece;
  words text;
  kind text;
  -- Null where nothing is read.
  state text := 'words';
  is_started boolean := false;
  -- Each {transpose: n} adds to the ones before it; {transpose} alone takes the last one back.
  shifts integer[] := '{}';
  height integer := 0;
begin
  <<reading>>
  foreach line in array string_to_array(source, E'\n') loop
    continue when starts_with(line, '#');
    pieces := case when strpos(line, '{') > 0 then private.cut_chordpro_line(line) end;
    for n in 1 .. coalesce(cardinality(pieces), 1) loop
      piece := pieces[n];
      -- The first song that holds anything is read, and no other.
      exit reading when is_started and piece.kind = 'new_song' and piece.applies;
      words := case when piece.is_directive then null when pieces is null then line else piece.text end;
      kind := state;
      if words is not null and btrim(words, E' \t\x0b\x0c\u00a0') = '' then
        if pieces is null and state is not null then
          sung := sung || E'\r'::text;
        end if;
        continue;
      end if;
      is_started := is_started or piece.kind is distinct from 'new_song' or not piece.applies;
      if words is null then
        if piece.kind in ('start', 'end') then
          sung := sung || E'\r'::text;
          state := private.chordpro_state(piece);
        end if;
        continue when state is null or piece.kind is null or not piece.applies;
        if piece.kind in ('metadata', 'unknown', 'meta') then
          names := names || piece.name;
          contents := contents || piece.value;
        elsif piece.kind = 'transpose' and piece.value = '' then
          height := greatest(height - 1, 0);
        elsif piece.kind = 'transpose' and piece.value ~ '^[+-]?[0-9]{1,3}[sfk#b♯♭]?$' then
          height := height + 1;
          shifts[height] := (coalesce(shifts[height - 1], 0) + substring(piece.value from '^[+-]?[0-9]+')::integer) % 12;
        end if;
        continue when piece.kind <> 'comment';
        words := piece.value;
        kind := 'comment';
      elsif kind = 'words' then
        sung := sung || words;
      end if;
      if kind = 'grid' or (kind is not null and strpos(words, '[') > 0) then
        texts := texts || words;
        kinds := kinds || kind;
        semitones := semitones || coalesce(shifts[height], 0);
      end if;
    end loop;
  end loop;
  return row(sung, texts, kinds, semitones, names, contents);
end
$$;
comment on function private.read_chordpro_lines is 'Takes a text apart, in one pass over its lines.';

create function private.chordpro_metadata(names text[], contents text[])
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return (
    with
    given as materialized (
      select g.n, coalesce(private.chordpro_alias(translate(g.part[1], 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')), g.name) as name,
        coalesce(g.part[2], g.value) as value
      from (
        select d.n, d.name, d.value, case when d.name = 'meta'
          then regexp_match(d.value, E'^([^ \\t\\v\\f\\u00a0:]+)[ \\t\\v\\f\\u00a0]*:?[ \\t\\v\\f\\u00a0]*(.*)$') end as part
        from unnest(names, contents) with ordinality as d (name, value, n)
      ) as g
      where g.name <> 'meta' or g.part is not null
    ),
    entry as (
      -- Several values in one directive, except in a title, and unless the semicolon is that of &amp;.
      select g.n, v.place, g.name, btrim(v.value, E' \t\x0b\x0c\u00a0') as value
      from given g
      cross join lateral unnest(case
        when strpos(g.value, ';') > 0 and g.value !~ E'\\{|&[a-z0-9#]{1,8};' and g.name not in ('title', 'subtitle')
          then regexp_split_to_array(g.value, E';[ \\t\\v\\f\\u00a0]+')
        else array[g.value] end) with ordinality as v (value, place)
    )
    select coalesce(jsonb_object_agg(e.name, e.contents), '{}')
    from (
      select entry.name, jsonb_agg(entry.value order by entry.n, entry.place) as contents from entry where entry.value <> '' group by entry.name
    ) as e
  );
end
$$;
comment on function private.chordpro_metadata is 'The values of each name, in their order.';

revoke execute on function
  private.chordpro_metadata(text[], text[]),
  private.read_directive(text, text),
  private.chordpro_state(private.chordpro_piece),
  private.cut_chordpro_line(text),
  private.read_chordpro_lines(text)
from public, anon, authenticated, service_role;
