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
    source := regexp_replace(source, '\\\n[ \t\v\f\u00a0]*', '', 'g');
  end if;

  with
  line as materialized (
    select t.n, t.text,
      case when starts_with(ltrim(t.text, blanks), '{')
        then regexp_match(t.text, '^[ \t\v\f\u00a0]*\{(?:(.*)\}[ \t\v\f\u00a0]*|([^}]*))$')
      end as braces
    from string_to_table(source, E'\n') with ordinality as t (text, n)
    where not starts_with(t.text, '#')
  ),
  parsed as materialized (
    select d.n, d.text, d.braces is not null as is_directive,
      translate(d.part[1], 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') as name,
      btrim(d.part[2], blanks) as value
    from (
      select line.n, line.text, line.braces,
        case when line.braces is not null then regexp_match(
          coalesce(line.braces[1], line.braces[2]),
          '^[ \t\v\f\u00a0]*([^ \t\v\f\u00a0:]+)[ \t\v\f\u00a0]*:?[ \t\v\f\u00a0]*(.*)$')
        end as part
      from line
      offset 0
    ) as d
  ),
  named as materialized (
    select d.n, d.text, d.is_directive, d.value, d.name, d.applies,
      case when d.name is not null then private.chordpro_kind(d.name) end as kind
    from (
      select s.n, s.text, s.is_directive, s.value, s.base is null or right(s.name, 1) = '!' as applies,
        case when s.name is not null then coalesce(s.base, private.chordpro_alias(s.name)) end as name
      from (
        -- The name before a selector, if there is one: {title-ukulele: …}.
        select p.n, p.text, p.is_directive, p.value, p.name,
          case when p.name like '_%-_%' and p.name not like 'x\_%'
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
      coalesce(kind = 'new_song' and applies, false) as is_new_song,
      count(*) filter (where kind = 'new_song' and applies) over earlier as song,
      count(*) filter (where kind in ('start', 'end')) over earlier as part
    from named
    window earlier as (order by n rows unbounded preceding)
  ),
  -- The first song that holds anything.
  chosen as (
    select min(song) as song from counted where not is_new_song and btrim(text, blanks) <> ''
  ),
  stated as (
    select c.n, c.text, c.is_directive, c.name, c.value, c.kind, c.applies,
      first_value(case
        when c.kind = 'start' and not c.applies then 'skipped'
        when c.kind = 'start' and substr(c.name, 10) = any ('{tab,abc,ly,svg,textblock}'::text[]) then 'verbatim'
        when c.kind = 'start' and c.name = 'start_of_grid' then 'grid'
        else 'words'
      end) over (partition by c.part order by c.n) as state
    from counted c
    join chosen on chosen.song = c.song
    where not c.is_new_song
  ),
  told as (
    select n, value, name,
      case
        when kind in ('start', 'end') then 'break'
        when state in ('skipped', 'verbatim') then null
        when not is_directive and btrim(text, blanks) = '' then 'break'
        when not is_directive then state
        when not applies or name is null then null
        when kind in ('metadata', 'unknown') then 'metadata'
        else kind
      end as what,
      text
    from stated
  ),
  -- Each {transpose: n} stands on the one before it; {transpose} alone brings that one back. A position and the
  -- semitones from there on travel as one number, so that the last one before a line is a maximum.
  shift as (
    select n, case when value <> '' then n * 12 + (substring(value from '^[+-]?[0-9]+')::integer % 12 + 12) % 12 end as code,
      sum(case value when '' then -1 else 1 end) over (order by n) as height
    from told
    where what = 'transpose' and (value = '' or value ~ '^[+-]?[0-9]{1,3}[sfk]?$')
  ),
  shift_depth as (
    select n, code, height - least(0, min(height) over (order by n)) as depth from shift
  ),
  shift_code as (
    select n, n * 12 + case when depth > 0 then max(code) over (partition by depth order by n) % 12 else 0 end as code
    from shift_depth
  ),
  spoken as (
    select t.n, t.what, case when t.what in ('words', 'grid') then t.text else t.value end as text,
      coalesce(max(t.code) over (order by t.n) % 12, 0)::integer as semitones,
      case when t.what = 'words'
        then btrim(regexp_replace(translate(
          case when strpos(t.text, '[') > 0 then regexp_replace(t.text, '\[[^][]*\]', '', 'g') else t.text end,
          blanks, '     '), ' {2,}', ' ', 'g'), ' ')
      end as words
    from (
      select n, what, text, value, null::bigint as code from told where what in ('words', 'grid', 'comment', 'break')
      union all
      select n, null, null, null, code from shift_code
    ) as t
  ),
  token as (
    select spoken.n, spoken.semitones, b.place, btrim(b.found[1], blanks) as written
    from spoken
    cross join lateral regexp_matches(spoken.text, '\[([^][]*)\]', 'g') with ordinality as b (found, place)
    where spoken.what in ('words', 'comment') and strpos(spoken.text, '[') > 0
    union all
    select spoken.n, spoken.semitones, b.place, b.cell
    from spoken
    cross join lateral regexp_split_to_table(
      case when strpos(spoken.text, '|') > 0 then substring(spoken.text from '\|(.*)\|') else spoken.text end,
      '[][|:~ \t\v\f\u00a0]+'
    ) with ordinality as b (cell, place)
    where spoken.what = 'grid'
  ),
  understood as materialized (
    -- Each spelling once: reading a chord is what costs.
    select written, private.read_chord(written) as chord
    from (select distinct written from token where left(written, 1) not in ('', '*', '^')) as spelling
  ),
  tongue as (
    select coalesce(bool_or(left(chord[1], 1) = 'H' or left(chord[3], 1) = 'H'), false) as german from understood
  ),
  named_chord as materialized (
    select s.written, s.semitones, u.chord[2] as quality,
      private.place_note(u.chord[1], tongue.german, s.semitones) as root,
      private.place_note(u.chord[3], tongue.german, s.semitones) as bass
    from (select distinct written, semitones from token) as s
    join understood u on u.written = s.written
    cross join tongue
    where u.chord is not null
  ),
  played as (
    select c.root, c.quality, c.bass, token.n, row_number() over (order by token.n, token.place) as place
    from token
    join named_chord c on c.written = token.written and c.semitones = token.semitones
  ),
  used as (
    select root, quality, nullif(bass, root) as bass,
      count(*) as uses, min(place) as first_place, min(n) as n, (array_agg(place order by place))[:1000] as places
    from played
    group by root, quality, nullif(bass, root)
  ),
  entry as (
    select t.n, case t.name when 'meta' then private.chordpro_alias(
        translate(part[1], 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')) else t.name end as name,
      case t.name when 'meta' then btrim(part[2], blanks) else t.value end as value
    from told t
    left join lateral regexp_match(
      t.value, '^[ \t\v\f\u00a0]*([^ \t\v\f\u00a0:]+)[ \t\v\f\u00a0]*:?[ \t\v\f\u00a0]*(.*)$'
    ) as part on t.name = 'meta'
    where t.what in ('metadata', 'meta')
  ),
  entries as (
    select name, jsonb_agg(value order by n) as contents from entry where value <> '' group by name
  )
  select
    (
      select coalesce(btrim(regexp_replace(
        string_agg(case what when 'break' then '' else words end, E'\n' order by n), '\n{3,}', E'\n\n', 'g'), E'\n'), '')
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
    (select german from tongue)
  into reading;
  return reading;
end
$$;
comment on function private.read_chordpro is
  'Reads ChordPro text: the same language as src/chordpro. Set-based: its time grows with the length of the text.';

revoke execute on function private.read_chordpro(text) from public, anon, authenticated, service_role;
