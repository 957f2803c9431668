-- Reads the words, chords and metadata of a ChordPro text.

create function private.read_chordpro(content text)
returns private.chordpro_reading
language plpgsql
immutable
parallel safe
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
  source text := content;
  blanks constant text := E' \t\x0b\x0c\u00a0';
  reading private.chordpro_reading;
begin
  if left(source, 1) = E'\ufeff' then
    source := substr(source, 2);
  end if;
  source := replace(replace(source, E'\r\n', E'\n'), E'\r', E'\n');
  if strpos(source, E'\\\n') > 0 then
    source := regexp_replace(source, E'\\\\\\n[ \\t\\v\\f\\u00a0]*', '', 'g');
  end if;

  with
  line as materialized (
    select t.n, t.text, strpos(t.text, '{') > 0 as has_braces,
      case when starts_with(ltrim(t.text, blanks), '{')
        then regexp_match(t.text, E'^[ \\t\\v\\f\\u00a0]*\\{([^{}]*)\\}[ \\t\\v\\f\\u00a0]*$')
      end as braces
    from string_to_table(source, E'\n') with ordinality as t (text, n)
    where not starts_with(t.text, '#')
  ),
  -- Pieces of a line in their order: directives, and the text between them. Most lines are one piece.
  piece as materialized (
    select line.n << 24 as n, line.text, line.braces[1] as inside, true as is_whole, true as is_first, true as is_alone
    from line
    where not line.has_braces or line.braces is not null
    union all
    select (line.n << 24) + f.place, f.found[1], coalesce(f.found[2], f.found[3]), false, f.place = 1,
      bool_and(f.found[2] is not null or f.found[3] is not null or btrim(f.found[1], blanks) = '') over (partition by line.n)
    from line
    cross join lateral regexp_matches(
      line.text, E'(\\{([^{}]*(?:\\{[^{}]*(?:\\{[^{}]*\\}[^{}]*)*\\}[^{}]*)*)\\}+|\\{+([^{}]*)(?=\\{|$)|[^{]+)', 'g') with ordinality as f (found, place)
    where line.has_braces and line.braces is null
  ),
  parsed as materialized (
    select p.n, p.text, p.inside is not null as has_inside, p.is_whole, p.is_first, p.is_alone,
      translate(p.part[1], 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') as name,
      btrim(p.part[2], blanks) as value
    from (
      select piece.*,
        case when piece.inside is not null then regexp_match(
          piece.inside, E'^[ \\t\\v\\f\\u00a0]*([^ \\t\\v\\f\\u00a0:]+)[ \\t\\v\\f\\u00a0]*:?[ \\t\\v\\f\\u00a0]*(.*)$')
        end as part
      from piece
      offset 0
    ) as p
  ),
  named as materialized (
    select d.n, d.text, d.value, d.name, d.applies, d.kind, d.is_whole, d.is_first,
      -- Among words only what the format knows is a directive, and {C} or {su} says nothing.
      d.has_inside and (d.is_alone or coalesce(d.kind <> 'unknown'
        and (d.value <> '' or (d.kind not in ('metadata', 'comment', 'meta') and not d.is_letter)), false)) as is_directive
    from (
      select s.n, s.text, s.has_inside, s.value, s.is_whole, s.is_first, s.is_alone,
        s.base is null or right(s.name, 1) = '!' as applies, char_length(s.name) = 1 as is_letter,
        coalesce(s.base, s.full_name) as name,
        case when s.name is not null then private.chordpro_kind(coalesce(s.base, s.full_name)) end as kind
      from (
        -- The name before a selector, if there is one: {title-ukulele: …}.
        select p.*, case when p.name is not null then private.chordpro_alias(p.name) end as full_name,
          case when p.name like '_%-_%' and p.name !~ E'^(?:x_|\\+)'
              and private.chordpro_kind(private.chordpro_alias(split_part(p.name, '-', 1))) <> 'unknown'
            then private.chordpro_alias(split_part(p.name, '-', 1))
          end as base
        from parsed p
        offset 0
      ) as s
      offset 0
    ) as d
  ),
  counted as (
    select named.*,
      coalesce(is_directive and kind = 'new_song' and applies, false) as is_new_song,
      count(*) filter (where is_directive and kind = 'new_song' and applies) over earlier as song,
      count(*) filter (where is_directive and kind in ('start', 'end')) over earlier as part,
      -- Words on both sides of another directive are one line.
      count(*) filter (where is_first or (is_directive and (kind in ('start', 'end')
        or (applies and (kind in ('new_song', 'comment', 'transpose') or name = 'chorus'))))) over earlier as block
    from named
    window earlier as (order by n rows unbounded preceding)
  ),
  -- The first song that holds anything.
  chosen as (
    select min(song) as song from counted where not is_new_song and btrim(text, blanks) <> ''
  ),
  stated as (
    select c.n, c.text, c.is_directive, c.name, c.value, c.kind, c.applies, c.is_whole, c.block,
      first_value(case
        when not c.is_directive then 'words'
        when c.kind = 'start' and not c.applies then 'skipped'
        when c.kind = 'start' and substr(c.name, 10) = any ('{tab,abc,ly,svg,textblock,strum}'::text[]) then 'verbatim'
        when c.kind = 'start' and c.name in ('start_of_grid', 'start_of_grille') then 'grid'
        else 'words'
      end) over (partition by c.part order by c.n) as state
    from counted c
    join chosen on chosen.song = c.song
    where not c.is_new_song
  ),
  told_piece as (
    select n, value, name, is_whole, block,
      case
        when is_directive and kind in ('start', 'end') then 'break'
        when state in ('skipped', 'verbatim') then null
        when not is_directive and is_whole and btrim(text, blanks) = '' then 'break'
        when not is_directive then state
        when not applies or name is null then null
        when kind in ('metadata', 'unknown') then 'metadata'
        else kind
      end as what,
      text
    from stated
  ),
  told as (
    select n, value, name, what, text from told_piece where is_whole or what is null or what not in ('words', 'grid')
    union all
    select min(n), null, null, what, string_agg(text, '' order by n)
    from told_piece
    where not is_whole and what in ('words', 'grid')
    group by block, what
    having btrim(string_agg(text, ''), blanks) <> ''
  ),
  -- Each {transpose: n} adds to the ones before it; {transpose} alone takes the last one back. A position and the
  -- semitones of it travel as one number, so that the last one before a line is a maximum.
  shift as (
    select n, value = '' as is_back,
      case when value <> '' then (substring(value from '^[+-]?[0-9]+')::integer % 12 + 12) % 12 end as semitones,
      sum(case value when '' then -1 else 1 end) over (order by n) as height
    from told
    where what = 'transpose' and (value = '' or value ~ '^[+-]?[0-9]{1,3}[sfk#b♯♭]?$')
  ),
  shift_depth as (
    select shift.*, height - least(0, min(height) over (order by n)) as depth from shift
  ),
  -- Which one is taken back: the last one of its depth. Where the depth stays 0 there is none.
  shift_level as (
    select n, semitones, is_back,
      case when not is_back then depth when lag(depth, 1, 0::bigint) over (order by n) > 0 then depth + 1 end as level
    from shift_depth
  ),
  shift_step as (
    select n, case
        when not is_back then semitones
        when level is not null then -(max(n * 12 + semitones) over (partition by level order by n) % 12)
        else 0
      end as step
    from shift_level
  ),
  shift_code as (
    select n, n * 12 + (sum(step) over (order by n) % 12 + 12) % 12 as code from shift_step
  ),
  spoken as (
    select t.n, t.what, case when t.what in ('words', 'grid') then t.text else t.value end as text,
      coalesce(max(t.code) over (order by t.n) % 12, 0)::integer as semitones,
      case when t.what = 'words'
        then btrim(regexp_replace(translate(
          case when strpos(t.text, '[') > 0 then regexp_replace(t.text, E'\\[[^][]*\\]', '', 'g') else t.text end,
          blanks, '     '), ' {2,}', ' ', 'g'), ' ')
      end as words
    from (
      select n, what, text, value, null::bigint as code from told where what in ('words', 'grid', 'comment', 'break')
      union all
      select n, null, null, null, code from shift_code
    ) as t
  ),
  token as materialized (
    select spoken.n, spoken.semitones, b.place, btrim(b.found[1], blanks) as written, false as in_grid
    from spoken
    cross join lateral regexp_matches(spoken.text, E'\\[([^][]*)\\]', 'g') with ordinality as b (found, place)
    where spoken.what in ('words', 'comment') and strpos(spoken.text, '[') > 0
    union all
    select spoken.n, spoken.semitones, b.place, b.cell, true
    from spoken
    cross join lateral regexp_split_to_table(
      case when strpos(spoken.text, '|') > 0 then substring(spoken.text from E'\\|(.*)\\|') else spoken.text end,
      E'[][|:~ \\t\\v\\f\\u00a0]+'
    ) with ordinality as b (cell, place)
    where spoken.what = 'grid'
  ),
  spelling as materialized (
    -- Each spelling once: reading a chord is what costs.
    select s.written, s.in_grid, s.uses, private.read_chord(s.written) as chord
    from (
      select written, in_grid, count(*) as uses from token
      where left(written, 1) not in ('', '*', '^')
      group by written, in_grid
    ) as s
    offset 0
  ),
  candidate as materialized (
    select c.*, case when c.chord is null and c.is_small then private.read_minor_chord(c.text) end as minor
    from (
      select s.written, s.in_grid, s.uses, coalesce(p.part, 1) as part, coalesce(p.text, s.written) as text,
        case when p.text is null then s.chord else private.read_chord(p.text) end as chord,
        not s.in_grid and strpos('abcdefgh', left(coalesce(p.text, s.written), 1)) > 0 as is_small
      from spelling s
      left join lateral unnest(case
        when s.chord is null and not s.in_grid and s.written ~ E'[-–—,;|>→~ \\t\\v\\f\\u00a0]' then private.split_chords(s.written)
      end) with ordinality as p (text, part) on true
      offset 0
    ) as c
  ),
  manner as (
    -- A root in lower case is a minor chord where the song writes all of them so.
    select coalesce(sum(uses) filter (where minor is not null), 0) > 1
      and not coalesce(bool_or(case
        when chord is not null then chord[2] ~ '^m(?!aj)'
        when is_small then (private.read_chord(translate(left(text, 1), 'abcdefgh', 'ABCDEFGH') || substr(text, 2)))[2] ~ '^m(?!aj)'
      end), false) as is_lower
    from candidate
  ),
  understood as materialized (
    select c.written, c.in_grid, c.part, coalesce(c.chord, c.minor) as chord
    from candidate c
    cross join manner
    where c.chord is not null or (manner.is_lower and c.minor is not null)
  ),
  tongue as (
    select coalesce(bool_or(left(chord[1], 1) = 'H' or left(chord[3], 1) = 'H'), false) as german from understood
  ),
  named_chord as materialized (
    select s.written, s.semitones, s.in_grid, u.part, u.chord[2] as quality,
      private.place_note(u.chord[1], tongue.german, s.semitones) as root,
      private.place_note(u.chord[3], tongue.german, s.semitones) as bass
    from (select distinct written, semitones, in_grid from token) as s
    join understood u on u.written = s.written and u.in_grid = s.in_grid
    cross join tongue
  ),
  played as (
    select c.root, c.quality, c.bass, token.n, row_number() over (order by token.n, token.place, c.part) as place
    from token
    join named_chord c on c.written = token.written and c.semitones = token.semitones and c.in_grid = token.in_grid
  ),
  used as (
    select root, quality, nullif(bass, root) as bass,
      count(*) as uses, min(place) as first_place, min(n) as n, (array_agg(place order by place))[:1000] as places
    from played
    group by root, quality, nullif(bass, root)
  ),
  given as (
    select t.n, case t.name when 'meta' then private.chordpro_alias(
        translate(part[1], 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')) else t.name end as name,
      case t.name when 'meta' then btrim(part[2], blanks) else t.value end as value
    from told t
    left join lateral regexp_match(
      t.value, E'^[ \\t\\v\\f\\u00a0]*([^ \\t\\v\\f\\u00a0:]+)[ \\t\\v\\f\\u00a0]*:?[ \\t\\v\\f\\u00a0]*(.*)$'
    ) as part on t.name = 'meta'
    where t.what in ('metadata', 'meta')
  ),
  -- Several values in one directive, except in a title, and unless the semicolon is that of &amp;.
  split as (
    select given.*, strpos(value, ';') > 0 and value !~ E'\\{|&[a-z0-9#]{1,8};' and name not in ('title', 'subtitle') as is_list
    from given
    offset 0
  ),
  entry as (
    select n, 1::bigint as place, name, value from split where is_list is not true
    union all
    select g.n, v.place, g.name, btrim(v.value, blanks)
    from split g
    cross join lateral regexp_split_to_table(g.value, E';[ \\t\\v\\f\\u00a0]+') with ordinality as v (value, place)
    where g.is_list
  ),
  entries as (
    select name, jsonb_agg(value order by n, place) as contents from entry where value <> '' group by name
  )
  select
    (
      select coalesce(btrim(regexp_replace(
        string_agg(case what when 'break' then '' else words end, E'\n' order by n), E'\\n{3,}', E'\n\n', 'g'), E'\n'), '')
      from spoken
      where what = 'break' or words <> ''
    ),
    (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', root || case when left(quality, 1) in ('b', '#') then '(' || quality || ')' else quality end
          || coalesce('/' || bass, ''),
        'root', root, 'quality', quality, 'bass', bass, 'uses', uses, 'positions', places,
        'context', coalesce(left(spoken.words, 120), '')) order by first_place), '[]')
      from used
      join spoken on spoken.n = used.n
    ),
    (select coalesce(jsonb_object_agg(name, contents), '{}') from entries),
    (select german from tongue),
    array(select s.written from spelling s where not s.in_grid and not exists (select from understood u where u.written = s.written and not u.in_grid))
  into reading;
  return reading;
end
$$;
comment on function private.read_chordpro is
  'Reads ChordPro text: the same language as src/chordpro. Set-based: its time grows with the length of the text.';

revoke execute on function private.read_chordpro(text) from public, anon, authenticated, service_role;
