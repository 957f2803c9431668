-- ChordPro, read in the database: words, chords and metadata of a song, for every writer.
--
-- src/chordpro reads the same language on the client; test/chordpro/cases.json binds the two.
-- Roll back: drop the functions below and type private.chordpro_reading.

begin;
set local lock_timeout = '10s';

create type private.chordpro_reading as (
  lyrics text,
  chords jsonb,
  metadata jsonb,
  german boolean
);
comment on type private.chordpro_reading is 'What ChordPro text says: words, chords, metadata, and whether B means B flat.';

create function private.chordpro_alias(name text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case name
    when 't' then 'title' when 'st' then 'subtitle' when 'su' then 'subtitle' when 'lang' then 'language'
    when 'c' then 'comment' when 'ci' then 'comment_italic' when 'cb' then 'comment_box'
    when 'soc' then 'start_of_chorus' when 'eoc' then 'end_of_chorus'
    when 'sov' then 'start_of_verse' when 'eov' then 'end_of_verse'
    when 'sob' then 'start_of_bridge' when 'eob' then 'end_of_bridge'
    when 'sot' then 'start_of_tab' when 'eot' then 'end_of_tab'
    when 'sog' then 'start_of_grid' when 'eog' then 'end_of_grid'
    when 'ns' then 'new_song' when 'np' then 'new_page' when 'npp' then 'new_physical_page'
    when 'colb' then 'column_break' when 'col' then 'columns' when 'g' then 'grid' when 'ng' then 'no_grid'
    when 'cf' then 'chordfont' when 'cs' then 'chordsize' when 'tf' then 'textfont' when 'ts' then 'textsize'
    when 'metronome' then 'tempo' when 'bpm' then 'tempo'
    else name
  end;
end
$$;
comment on function private.chordpro_alias is 'A directive''s full name.';

create function private.chordpro_kind(name text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case
    when name = any ('{title,sorttitle,subtitle,artist,sortartist,composer,sortcomposer,lyricist,copyright,album,year,key,time,tempo,duration,capo,arranger,tag,language,genre,style}'::text[])
      then 'metadata'
    when name = any ('{comment,comment_italic,comment_box,highlight}'::text[]) then 'comment'
    when name in ('meta', 'transpose', 'new_song') then name
    when name like 'start\_of\__%' then 'start'
    when name like 'end\_of\__%' then 'end'
    when name = any ('{image,chorus,define,chord,new_page,new_physical_page,column_break,columns,pagetype,pagesize,diagrams,grid,no_grid,titles,ignore}'::text[])
      or name ~ '^(?:x_|[+-]|[se]o[hpio]$)'
      or name ~ '^(?:chord|chorus|diagrams|footer|grid|label|tab|text|title|toc)(?:font|size|colour|color)$'
      then 'structure'
    else 'unknown'
  end;
end
$$;
comment on function private.chordpro_kind is 'What a directive is for; one of an unknown name is kept as metadata.';

create function private.chord_quality(written text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  q text := written;
  head text;
begin
  -- The usual ones, which the steps below would leave as they are.
  if q = any ('{"",m,7,m7,maj7,sus4,sus2,6,m6,9,m9,5,dim,dim7,aug,add9,maj9,11,13,7sus4,m7b5,69,7b9,7#9}'::text[]) then
    return q;
  end if;

  -- The same steps in the same order as src/chordpro/chord-quality.ts.
  q := translate(q, '(),', '');
  if strpos(q, '^') > 0 then
    q := replace(q, '^', 'maj7');
  end if;
  if q ~ '^-?(?:moll|menor|dur|mayor|maior)' then
    q := regexp_replace(q, '^-?(?:moll|menor)', 'm');
    q := regexp_replace(q, '^-?(?:dur|mayor|maior)', '');
  end if;
  head := translate(left(q, 5), 'MINOR', 'minor');
  q := case
    when head = 'minor' then 'm' || substr(q, 6)
    when left(head, 3) = 'min' then 'm' || substr(q, 4)
    when left(head, 2) = 'mi' then 'm' || substr(q, 3)
    when left(q, 1) = '-' and left(q, 2) <> '-5' then 'm' || substr(q, 2)
    else q
  end;
  q := regexp_replace(q, '[Mm][Aa][Jj](?:[Oo][Rr])?|[Mm]a(?=[0-9])|M(?=[0-9]|$)|j(?=7)', 'maj', 'g');
  if left(q, 3) = 'maj' and left(q, 4) not in ('maj7', 'maj9') and left(q, 5) not in ('maj11', 'maj13') then
    q := substr(q, 4);
  end if;
  q := case
    when left(q, 5) = 'hdim7' then 'm7b5' || substr(q, 6)
    when left(q, 4) = 'hdim' then 'm7b5' || substr(q, 5)
    when left(q, 2) = 'h7' then 'm7b5' || substr(q, 3)
    else q
  end;
  q := case
    when q = 'o' or (left(q, 1) = 'o' and strpos('0123456789', substr(q, 2, 1)) > 0) then 'dim' || substr(q, 2)
    when q in ('0', '07') then 'dim' || substr(q, 2)
    when left(q, 1) = '+' then 'aug' || substr(q, 2)
    else q
  end;
  q := regexp_replace(q, '7maj', 'maj7');
  if strpos(q, '+') > 0 or strpos(q, '-') > 0 then
    q := regexp_replace(q, '(5|9|11|13)\+', '#\1', 'g');
    q := regexp_replace(q, '(5|9|11|13)-', 'b\1', 'g');
    if right(q, 1) = '+' then
      q := left(q, -1) || '#5';
    end if;
    q := regexp_replace(q, '\+7', 'maj7');
    q := regexp_replace(q, '\+(?=[0-9])', '#', 'g');
    q := regexp_replace(q, '-(?=[0-9])', 'b', 'g');
  end if;
  if strpos(q, 'sus') > 0 then
    q := regexp_replace(q, '^sus(7|9|13)', '\1sus4');
    q := regexp_replace(q, 'sus(?![24])', 'sus4');
  end if;
  if strpos(q, '/') > 0 then
    q := case
      when q = any ('{/2,/4,/9,/11,/13}'::text[]) then 'add' || substr(q, 2)
      when q = any ('{m/2,m/4,m/9,m/11,m/13}'::text[]) then 'madd' || substr(q, 3)
      else regexp_replace(q, '/(?=[b#]?[0-9]|add)', '', 'g')
    end;
  end if;
  if strpos(q, '4') > 0 then
    q := regexp_replace(q, '^(?:74|47|7sus4)9?(9|13)$', '\1sus4');
    q := regexp_replace(q, '^(?:74|47)(?=[b#]|$)', '7sus4');
    q := case when q = '94' then '9sus4' when q in ('49', 'sus49') then 'sus4add9' else q end;
  end if;
  q := replace(replace(q, 'add2', 'add9'), 'omit', 'no');
  q := replace(replace(replace(q, 'maj77', 'maj7'), 'sus47', '7sus4'), '6add9', '69');
  if left(q, 4) in ('aug7', '7aug') then
    q := '7#5' || substr(q, 5);
  end if;
  q := case
    when q = '#5' then 'aug'
    when q in ('2', '4') or (left(q, 1) in ('2', '4') and substr(q, 2, 1) in ('b', '#', 'a')) then 'sus' || q
    else q
  end;
  if strpos(q, '7') > 0 then
    q := regexp_replace(q, '^((?:m|maj)?)7([b#](?:5|9|11))(9|13)$', '\1\3\2');
    q := regexp_replace(q, '7(?:9|11)*(9|11|13)(?![0-9])', '\1');
  end if;
  if q ~ '^(?:m|dim|aug)?(?:maj)?(?:5|69|6|7|9|11|13)?(?:sus2|sus4|add[b#]?(?:4|6|9|11|13)|[b#](?:5|6|9|11|13)|no[35]|alt|maj7)*$' then
    return q;
  end if;
  return null;
end
$$;
comment on function private.chord_quality is 'The canonical form of a chord''s quality, or null when it is none.';


create function private.split_note(written text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  letter text := left(written, 1);
  plain text := translate(left(written, 3), 'óÓéÉíÍáÁ', 'oOeEiIaA');
  is_letter boolean := letter = any ('{A,B,C,D,E,F,G,H}'::text[]);
  syllable text;
  rest text;
  notes text[] := '{}';
begin
  -- Note and rest in turn for each reading that is possible: a letter, a German name, a syllable.
  if is_letter and left(written, 2) <> 'Do' then
    if substr(written, 2, 1) in ('#', 'b') then
      notes := array[left(written, 2), substr(written, 3)];
    else
      notes := array[letter, substr(written, 2)];
    end if;
  end if;
  if is_letter and substr(written, 2, 2) in ('is', 'es') then
    notes := notes || array[letter || case substr(written, 2, 1) when 'i' then '#' else 'b' end, substr(written, 4)];
  elsif left(written, 2) in ('Es', 'As') then
    notes := notes || array[letter || 'b', substr(written, 3)];
  end if;
  syllable := case
    when plain = any ('{Sol,SoL,SOl,SOL}'::text[]) then 'G'
    when left(plain, 2) = any ('{Do,DO,Ut,UT}'::text[]) then 'C'
    when left(plain, 2) in ('Re', 'RE') then 'D'
    when left(plain, 2) in ('Mi', 'MI') then 'E'
    when left(plain, 2) in ('Fa', 'FA') then 'F'
    when left(plain, 2) in ('La', 'LA') then 'A'
    when left(plain, 2) = any ('{Si,SI,Ti,TI}'::text[]) then 'S'
  end;
  if syllable is not null then
    rest := substr(written, case syllable when 'G' then 4 else 3 end);
    if left(rest, 1) in ('#', 'b') then
      syllable := syllable || left(rest, 1);
      rest := substr(rest, 2);
    end if;
    if left(rest, 1) <> 'o' then
      notes := notes || array[syllable, rest];
    end if;
  end if;
  return notes;
end
$$;
comment on function private.split_note is
  'The notes that a text may start with, each followed by its rest. H is the German letter, S the Si of solfège.';

create function private.read_bare_chord(written text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  chord text := written;
  tail text;
  bass text;
  notes text[];
  quality text;
begin
  if chord like '(%)' then
    chord := substr(chord, 2, char_length(chord) - 2);
  end if;
  if chord = '' or char_length(chord) > 24 then
    return null;
  end if;
  if octet_length(chord) > char_length(chord) then
    chord := translate(chord, '♯♭º˚Ø∆△−–', '#b°°øΔΔ--');
    chord := replace(replace(replace(chord, '°', 'dim'), 'ø', 'hdim'), 'Δ', 'maj7');
  end if;

  if strpos(chord, '/') > 1 then
    tail := split_part(chord, '/', -1);
    if tail in ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
      or (char_length(tail) = 2 and strpos('abcdefgh', left(tail, 1)) > 0 and right(tail, 1) in ('#', 'b'))
    then
      notes := private.split_note(translate(left(tail, 1), 'abcdefgh', 'ABCDEFGH') || substr(tail, 2));
    else
      notes := private.split_note(tail);
    end if;
    bass := case '' when notes[2] then notes[1] when notes[4] then notes[3] when notes[6] then notes[5] end;
    if bass is not null then
      chord := left(chord, -char_length(tail) - 1);
    end if;
  end if;

  notes := private.split_note(chord);
  for reading in 1 .. coalesce(cardinality(notes), 0) / 2 loop
    quality := private.chord_quality(notes[2 * reading]);
    if quality is not null then
      return array[notes[2 * reading - 1], quality, bass];
    end if;
  end loop;
  return null;
end
$$;
comment on function private.read_bare_chord is 'A chord without blanks and without a remark behind it: see private.read_chord.';

create function private.read_chord(written text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  whole text := translate(written, E' \t\x0b\x0c\u00a0\u0301', '');
  chord text[];
  remark text;
begin
  if char_length(whole) > 48 then
    return null;
  end if;
  chord := private.read_bare_chord(whole);
  if chord is null then
    remark := substring(whole from '(?:[*''’"!?.,;…†‡~|%_¹²³⁴]|[x×][0-9]{1,2}|[0-9][x×]|\([^()]*\))+$');
    if remark <> '' then
      chord := private.read_bare_chord(left(whole, -char_length(remark)));
    end if;
  end if;
  return chord;
end
$$;
comment on function private.read_chord is
  'A chord''s root, quality and bass as written (B may still be the German B); null when its root is not known. A remark behind it is left out.';

create function private.read_minor_chord(written text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  whole text := translate(written, E' \t\x0b\x0c\u00a0\u0301', '');
  chord text[] := private.read_chord(translate(left(whole, 1), 'abcdefgh', 'ABCDEFGH') || substr(whole, 2));
begin
  -- "do" and "fa" are sung.
  if chord[2] = any ('{"",6,7,9,11,7b5,add9}'::text[]) and whole !~ '^(?:d[oOóÓ]|f[aAáÁ](?!dd))' then
    return array[chord[1], 'm' || chord[2], chord[3]];
  end if;
  return null;
end
$$;
comment on function private.read_minor_chord is
  'A minor chord whose root is written in lower case, as some songs do; null when it is none.';

create function private.split_chords(written text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  separator text;
  parts text[];
  are_chords boolean;
begin
  if char_length(written) <= 60 then
    -- Blanks and commas first: a dash may be part of a chord.
    foreach separator in array array['(?:[-–—=]*>|[,;|→~ \t\v\f\u00a0])+', '[-–—,;|>→~ \t\v\f\u00a0]+'] loop
      select array_agg(p.part order by p.n), bool_and(private.read_chord(p.part) is not null) into parts, are_chords
      from regexp_split_to_table(written, separator) with ordinality as p (part, n)
      where p.part !~ '^[-–—/%.]*$';
      if are_chords and cardinality(parts) > 1 then
        return parts;
      end if;
    end loop;
  end if;
  return null;
end
$$;
comment on function private.split_chords is 'The chords of one pair of brackets, such as G-A; null when there are not several.';

create function private.place_note(note text, german boolean, semitones integer)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return ('{C,C#,D,Eb,E,F,F#,G,Ab,A,Bb,B}'::text[])[1 + ((
    case left(note, 1)
      when 'C' then 0 when 'D' then 2 when 'E' then 4 when 'F' then 5 when 'G' then 7 when 'A' then 9
      when 'B' then 11 when 'H' then 11 when 'S' then 11
    end
    + case when right(note, 1) = '#' then 1 when char_length(note) = 2 then -1 when note = 'B' and german then -1 else 0 end
    + semitones) % 12 + 12) % 12];
end
$$;
comment on function private.place_note is 'A note in canonical spelling: enharmonics are equal.';

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
    select t.n, t.text, strpos(t.text, '{') > 0 as has_braces,
      case when starts_with(ltrim(t.text, blanks), '{')
        then regexp_match(t.text, '^[ \t\v\f\u00a0]*\{([^{}]*)\}[ \t\v\f\u00a0]*$')
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
      line.text, '(\{([^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*)\}+|\{+([^{}]*)(?=\{|$)|[^{]+)', 'g') with ordinality as f (found, place)
    where line.has_braces and line.braces is null
  ),
  parsed as materialized (
    select p.n, p.text, p.inside is not null as has_inside, p.is_whole, p.is_first, p.is_alone,
      translate(p.part[1], 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') as name,
      btrim(p.part[2], blanks) as value
    from (
      select piece.*,
        case when piece.inside is not null then regexp_match(
          piece.inside, '^[ \t\v\f\u00a0]*([^ \t\v\f\u00a0:]+)[ \t\v\f\u00a0]*:?[ \t\v\f\u00a0]*(.*)$')
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
          case when p.name like '_%-_%' and p.name !~ '^(?:x_|\+)'
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
          case when strpos(t.text, '[') > 0 then regexp_replace(t.text, '\[[^][]*\]', '', 'g') else t.text end,
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
    cross join lateral regexp_matches(spoken.text, '\[([^][]*)\]', 'g') with ordinality as b (found, place)
    where spoken.what in ('words', 'comment') and strpos(spoken.text, '[') > 0
    union all
    select spoken.n, spoken.semitones, b.place, b.cell, true
    from spoken
    cross join lateral regexp_split_to_table(
      case when strpos(spoken.text, '|') > 0 then substring(spoken.text from '\|(.*)\|') else spoken.text end,
      '[][|:~ \t\v\f\u00a0]+'
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
        when s.chord is null and not s.in_grid and s.written ~ '[-–—,;|>→~ \t\v\f\u00a0]' then private.split_chords(s.written)
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
      t.value, '^[ \t\v\f\u00a0]*([^ \t\v\f\u00a0:]+)[ \t\v\f\u00a0]*:?[ \t\v\f\u00a0]*(.*)$'
    ) as part on t.name = 'meta'
    where t.what in ('metadata', 'meta')
  ),
  -- Several values in one directive, except in a title, and unless the semicolon is that of &amp;.
  split as (
    select given.*, strpos(value, ';') > 0 and value !~ '\{|&[a-z0-9#]{1,8};' and name not in ('title', 'subtitle') as is_list
    from given
    offset 0
  ),
  entry as (
    select n, 1::bigint as place, name, value from split where is_list is not true
    union all
    select g.n, v.place, g.name, btrim(v.value, blanks)
    from split g
    cross join lateral regexp_split_to_table(g.value, ';[ \t\v\f\u00a0]+') with ordinality as v (value, place)
    where g.is_list
  ),
  entries as (
    select name, jsonb_agg(value order by n, place) as contents from entry where value <> '' group by name
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

create function private.describe_chordpro(metadata jsonb, german boolean)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  found text[];
  value text;
  chord text[];
  described jsonb := jsonb_build_object(
    'title', left(metadata -> 'title' ->> 0, 255),
    'artist', left(case
      when metadata ? 'artist' then
        (select string_agg(a.name, ', ' order by a.n) from jsonb_array_elements_text(metadata -> 'artist') with ordinality as a (name, n))
      -- Any other subtitle may as well be another title.
      else substring(metadata -> 'subtitle' ->> 0 from '^[Bb][Yy][ \t]+(.+)$')
    end, 255),
    'album', left(metadata -> 'album' ->> 0, 255),
    'genre', left(metadata -> 'genre' ->> 0, 100),
    'style', left(metadata -> 'style' ->> 0, 100)
  );
begin
  if metadata ? 'key' then
    -- {key: [G]}, {key: A (3 sharps)}, {key: A (minor)}
    value := regexp_replace(translate(metadata -> 'key' ->> 0, '[]', ''), '\((major|maj|mayor|maior|dur|minor|min|menor|moll)\)', ' \1', 'i');
    value := btrim(regexp_replace(value, '\([^()]*\)[ \t]*$', ''), E' \t\x0b\x0c\u00a0');
    found := regexp_match(
      translate(value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'),
      '^(.*)[ \t-](major|maj|mayor|maior|dur|minor|min|menor|moll)$');
    chord := private.read_chord(case when found is null then value else rtrim(left(value, char_length(found[1])), E' \t-') end);
    if chord[2] in ('', 'm') and chord[3] is null then
      described := described || jsonb_build_object('key',
        case when chord[1] = 'B' and german then 'Bb' else translate(chord[1], 'HS', 'BB') end
        || case when chord[2] = 'm' or found[2] in ('minor', 'min', 'menor', 'moll') then 'm' else '' end);
    end if;
  end if;
  if metadata ? 'tempo' then
    value := substring(translate(metadata -> 'tempo' ->> 0, 'BPM', 'bpm') from '^(?:[^=]*=)?[ \t]*([0-9]{1,3})(?:[.,][0-9]+)?[ \t]*(?:bpm)?$');
    if value::integer between 30 and 300 then
      described := described || jsonb_build_object('tempo', value::integer);
    end if;
  end if;
  if metadata ? 'time' then
    value := translate(metadata -> 'time' ->> 0, E' \t', '');
    if value ~ '^(?:[1-9]|[12][0-9]|3[0-2])/(?:1|2|4|8|16|32)$' then
      described := described || jsonb_build_object('time_signature', value);
    end if;
  end if;
  if metadata ? 'capo' then
    value := substring(metadata -> 'capo' ->> 0 from '^([0-9]{1,2})(?![0-9])');
    if value::integer <= 24 then
      described := described || jsonb_build_object('capo_fret', value::integer);
    end if;
  end if;
  if metadata ? 'year' then
    value := substring(metadata -> 'year' ->> 0 from '(?:^|[^0-9])([0-9]{4})(?![0-9])');
    if value::integer > 0 then
      described := described || jsonb_build_object('year', value::integer);
    end if;
  end if;
  if metadata ? 'duration' then
    found := regexp_match(metadata -> 'duration' ->> 0, '^(?:(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])|([0-9]{1,5}))$');
    value := coalesce(found[4]::integer, coalesce(found[1]::integer, 0) * 3600 + found[2]::integer * 60 + found[3]::integer)::text;
    if value::integer between 1 and 86400 then
      described := described || jsonb_build_object('duration_seconds', value::integer);
    end if;
  end if;
  if metadata ? 'language' then
    found := regexp_match(metadata -> 'language' ->> 0, '^([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8}){0,3})$');
    described := described || jsonb_build_object('language',
      translate(found[1], 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') || translate(found[2], '_', '-'));
  end if;
  return jsonb_strip_nulls(described);
end
$$;
comment on function private.describe_chordpro is
  'Columns of songs that ChordPro metadata give: the first value counts, one that cannot be read is left out.';

create function private.recognise_language(lyrics text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  language text;
begin
  -- Different words, so that "la la la" says nothing. Words of several languages, such as "de", count for each of them;
  -- the best one has to be well ahead.
  with
  word as materialized (
    select distinct w.word
    from regexp_split_to_table(lower(left(lyrics, 400)), '[^[:alpha:]]+') as w (word)
    where char_length(w.word) between 1 and 5
    limit 40
  ),
  score as (
    select l.language, l.hits
    from (
      select count(*) filter (where ts_lexize('pg_catalog.german_stem', word) = '{}') as de,
        count(*) filter (where ts_lexize('pg_catalog.english_stem', word) = '{}') as en,
        count(*) filter (where ts_lexize('pg_catalog.spanish_stem', word) = '{}') as es,
        count(*) filter (where ts_lexize('pg_catalog.french_stem', word) = '{}') as fr,
        count(*) filter (where ts_lexize('pg_catalog.italian_stem', word) = '{}') as it,
        count(*) filter (where ts_lexize('pg_catalog.dutch_stem', word) = '{}') as nl,
        count(*) filter (where ts_lexize('pg_catalog.portuguese_stem', word) = '{}') as pt,
        count(*) filter (where ts_lexize('pg_catalog.swedish_stem', word) = '{}') as sv
      from word
    ) as h
    cross join lateral (values
      ('de', h.de), ('en', h.en), ('es', h.es), ('fr', h.fr), ('it', h.it), ('nl', h.nl), ('pt', h.pt), ('sv', h.sv)
    ) as l (language, hits)
    order by l.hits desc
    limit 2
  )
  select (array_agg(score.language order by score.hits desc))[1] into language
  from score
  having max(score.hits) >= 5 and max(score.hits) * 4 >= min(score.hits) * 5;
  return language;
end
$$;
comment on function private.recognise_language is
  'The language of a text, told by the stop words of the dictionaries; null when the text is short or no language is well ahead.';

revoke execute on function
  private.chordpro_alias(text),
  private.chordpro_kind(text),
  private.chord_quality(text),
  private.split_note(text),
  private.read_bare_chord(text),
  private.read_chord(text),
  private.read_minor_chord(text),
  private.split_chords(text),
  private.place_note(text, boolean, integer),
  private.read_chordpro(text),
  private.describe_chordpro(jsonb, boolean),
  private.recognise_language(text)
from public, anon, authenticated, service_role;

commit;
