-- Songs: ChordPro in, everything else derived for every writer; search, favourites, tags, trash, history, watching.
--
-- Roll back: drop the triggers on public.songs, public.song_tags and public.profiles below; drop the policies of songs on
-- realtime.messages; drop table public.song_history, public.song_favorites, public.popular_tags, public.song_tags,
-- public.tag_categories cascade; drop the tables in private, the types and the functions below.

-- Semitones, bits, counts of tags, versions and page sizes are small numbers; there are no songs yet while the indexes are made.
-- squawk-ignore-file prefer-bigint-over-int, require-concurrent-index-creation, constraint-missing-not-valid

begin;
set local lock_timeout = '10s';

-- The qualities of chords in all their spellings.

create function private.chord_extensions(quality text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  q text := quality;
begin
  q := regexp_replace(q, '7maj', 'maj7');
  if strpos(q, '+') > 0 or strpos(q, '-') > 0 then
    q := regexp_replace(q, E'(5|9|11|13)\\+', E'#\\1', 'g');
    q := regexp_replace(q, '(5|9|11|13)-', E'b\\1', 'g');
    if right(q, 1) = '+' then
      q := left(q, -1) || '#5';
    end if;
    q := regexp_replace(q, E'\\+7', 'maj7');
    q := regexp_replace(q, E'\\+(?=[0-9])', '#', 'g');
    q := regexp_replace(q, '-(?=[0-9])', 'b', 'g');
  end if;
  if strpos(q, 'sus') > 0 then
    q := regexp_replace(q, '^sus(7|9|13)', E'\\1sus4');
    q := regexp_replace(q, 'sus(?![24])', 'sus4');
  end if;
  if strpos(q, '/') > 0 then
    q := case
      when q = any ('{/2,/4,/9,/11,/13}'::text[]) then 'add' || substr(q, 2)
      when q = any ('{m/2,m/4,m/9,m/11,m/13}'::text[]) then 'madd' || substr(q, 3)
      else regexp_replace(q, '/(?=[b#]?[0-9]|add|maj)', '', 'g')
    end;
  end if;
  if strpos(q, '4') > 0 then
    q := regexp_replace(q, 'sus(?:24|42)', 'sus2sus4');
    q := regexp_replace(q, '^(?:74|47|7sus4)9?(9|13)$', E'\\1sus4');
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
    q := regexp_replace(q, '^((?:m|maj)?)7([b#](?:5|9|11))(9|13)$', E'\\1\\3\\2');
    q := regexp_replace(q, '7(?:9|11)*(9|11|13)(?![0-9])', E'\\1');
  end if;
  if strpos(q, '9') > 0 or strpos(q, '11') > 0 then
    q := regexp_replace(q, '^(m?|maj)9?(?:9|11)(11|13)$', E'\\1\\2');
  end if;
  return q;
end
$$;
comment on function private.chord_extensions is 'A quality whose kind is canonical with its steps and extensions canonical too.';

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
  q := regexp_replace(q, '[Mm][Aa][Jj](?:[Oo][Rr])?|[Mm]a(?=[0-9])|M(?=[0-9#b/]|$)|j(?=7)', 'maj', 'g');
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
  q := private.chord_extensions(q);
  if q ~ '^(?:m|dim|aug)?(?:maj)?(?:5|69|6|7|9|11|13)?(?:sus2|sus4|add[b#]?(?:4|6|9|11|13)|[b#](?:5|6|9|11|13)|no[35]|alt|maj7)*$' then
    return q;
  end if;
  return null;
end
$$;
comment on function private.chord_quality is 'The canonical form of a chord''s quality, or null when the text is no quality.';

revoke execute on function private.chord_extensions(text), private.chord_quality(text) from public, anon, authenticated, service_role;

-- Chord names: their roots, qualities and basses.

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
    chord := translate(chord, '♯♭º˚Ø∆△−–♮', '#b°°øΔΔ--');
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
  whole text;
  chord text[];
  remark text;
begin
  -- Most chords of most songs; the steps below read them the same.
  chord := regexp_match(written, '^([A-H][#b]?)(m|7|m7|maj7|sus4|sus2|6|m6|9|add9|dim|5)?(?:/([A-H][#b]?))?$');
  if chord is not null then
    return array[chord[1], coalesce(chord[2], ''), chord[3]];
  end if;
  whole := translate(written, E' \t\x0b\x0c\u00a0\u0301', '');
  if char_length(whole) > 48 then
    return null;
  end if;
  chord := private.read_bare_chord(whole);
  if chord is null then
    remark := substring(whole from E'(?:[*''’"!?.,;…†‡~|%_/¹²³⁴]|-{2,}|[x×][0-9]{1,2}|[0-9][x×]|\\([^()]*\\))+$');
    -- "C / G /" is two chords.
    if remark <> '' and (strpos(remark, '/') = 0 or strpos(left(whole, -char_length(remark)), '/') = 0) then
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
  'A minor chord whose root is written in lower case, as in some songs; null when the text is no such chord.';

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
    foreach separator in array array[E'(?:[-–—=]*>|[,;|→~ \\t\\v\\f\\u00a0])+', E'[-–—,;|>→~ \\t\\v\\f\\u00a0]+'] loop
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

create function private.canonical_chord(written text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  chord text[] := private.read_chord(written);
  root text := private.place_note(chord[1], false, 0);
begin
  return root || case when left(chord[2], 1) in ('b', '#') then '(' || chord[2] || ')' else chord[2] end
    || coalesce('/' || nullif(private.place_note(chord[3], false, 0), root), '');
end
$$;
comment on function private.canonical_chord is 'The canonical name of a chord, or null when the text is no chord.';

revoke execute on function
  private.split_note(text),
  private.read_bare_chord(text),
  private.read_chord(text),
  private.read_minor_chord(text),
  private.split_chords(text),
  private.place_note(text, boolean, integer),
  private.canonical_chord(text)
from public, anon, authenticated, service_role;

-- ChordPro directives, and the language of a song's words. src/chordpro reads the same language;
-- test/chordpro/cases.json binds the two.

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
    when name like E'start\\_of\\__%' then 'start'
    when name like E'end\\_of\\__%' then 'end'
    when name = any ('{image,chorus,define,chord,new_page,new_physical_page,column_break,columns,pagetype,pagesize,diagrams,grid,no_grid,titles,ignore}'::text[])
      or name ~ '^(?:x_|[+-]|[se]o[hpio]$)'
      or name ~ '^(?:chord|chorus|diagrams|footer|grid|label|tab|text|title|toc)(?:font|size|colour|color)$'
      then 'structure'
    else 'unknown'
  end;
end
$$;
comment on function private.chordpro_kind is 'What a directive is for; one of an unknown name is kept as metadata.';

-- The stop words of the stemmers, without their stemming, which a recognition would only throw away.
create text search dictionary private.german_stops (template = pg_catalog.simple, stopwords = german);
create text search dictionary private.english_stops (template = pg_catalog.simple, stopwords = english);
create text search dictionary private.spanish_stops (template = pg_catalog.simple, stopwords = spanish);
create text search dictionary private.french_stops (template = pg_catalog.simple, stopwords = french);
create text search dictionary private.italian_stops (template = pg_catalog.simple, stopwords = italian);
create text search dictionary private.dutch_stops (template = pg_catalog.simple, stopwords = dutch);
create text search dictionary private.portuguese_stops (template = pg_catalog.simple, stopwords = portuguese);
create text search dictionary private.swedish_stops (template = pg_catalog.simple, stopwords = swedish);

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
      select count(*) filter (where ts_lexize('private.german_stops', word) = '{}') as de,
        count(*) filter (where ts_lexize('private.english_stops', word) = '{}') as en,
        count(*) filter (where ts_lexize('private.spanish_stops', word) = '{}') as es,
        count(*) filter (where ts_lexize('private.french_stops', word) = '{}') as fr,
        count(*) filter (where ts_lexize('private.italian_stops', word) = '{}') as it,
        count(*) filter (where ts_lexize('private.dutch_stops', word) = '{}') as nl,
        count(*) filter (where ts_lexize('private.portuguese_stops', word) = '{}') as pt,
        count(*) filter (where ts_lexize('private.swedish_stops', word) = '{}') as sv
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
  'The language of a text, recognised by the stop words of the dictionaries; null when the text is short or no language is well ahead.';

revoke execute on function
  private.chordpro_alias(text),
  private.chordpro_kind(text),
  private.recognise_language(text)
from public, anon, authenticated, service_role;

-- Values of the metadata of a ChordPro text, as users write them. src/chordpro/values.ts reads the same.

create function private.read_key(written text, german boolean, is_lower boolean)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  modes constant text := '(major|maj|mayor|maior|majeur|maggiore|dur|minor|min|menor|mineur|minore|moll)';
  value text;
  mode text[];
  chord text[];
begin
  if left(written, 1) = any ('{A,B,C,D,E,F,G}'::text[]) and substr(written, 2) = any ('{"",#,b,m,#m,bm}'::text[]) then
    return case when german and written in ('B', 'Bm') then 'Bb' || substr(written, 2) else written end;
  end if;
  -- {key: [G]}, {key: A (3 sharps)}, {key: A (minor)}, {key: Key of E flat}
  value := regexp_replace(translate(written, '[]"“”', ''), E'\\(' || modes || E'\\)', E' \\1', 'i');
  value := regexp_replace(regexp_replace(value, E'\\([^()]*\\)[ \\t]*$', ''), E'^[ \\t]*key of ', '', 'i');
  value := regexp_replace(value, E'-?[ \\t]?(?:sharp|sostenido|sustenido|diesis|di[eè]se)(?![a-z])', '#', 'i');
  value := regexp_replace(value, E'-?[ \\t]?(?:flat|bemol|bemolle|bémol)(?![a-z])', 'b', 'i');
  -- Of several the first one counts.
  value := btrim(regexp_replace(value, E'-{0,2}[,|→>/].*$', ''), E' \t\x0b\x0c\u00a0');
  mode := regexp_match(
    translate(value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'),
    E'^(.*)[ \\t-]' || modes || '$');
  if mode is not null then
    value := rtrim(left(value, char_length(mode[1])), E' \t-');
  end if;
  chord := private.read_chord(value);
  if chord is null and value ~ '^[a-z]' then
    -- A tonic in lower case: where the mode is written, or where the song writes its minor chords so.
    chord := private.read_chord(translate(left(value, 1), 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') || substr(value, 2));
    if mode is null and chord[2] is distinct from 'm' then
      chord := case when is_lower then private.read_minor_chord(value) end;
    end if;
  end if;
  if chord[2] in ('', 'm') and chord[3] is null then
    return case when chord[1] = 'B' and german then 'Bb' else translate(chord[1], 'HS', 'BB') end
      || case when chord[2] = 'm' or left(mode[2], 2) in ('mi', 'me', 'mo') then 'm' else '' end;
  end if;
  return null;
end
$$;
comment on function private.read_key is 'A key as songs keep it: a letter, an accidental as written, m for minor; null when the text is no key.';

create function private.read_tempo(written text)
returns integer
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  -- 92, 1/4 = 92, Moderato (92), ca. 92 bpm; not 80s ballad
  tempo constant integer := substring(regexp_replace(written, '^[^=]*=', '') from '(?:^|[^0-9.,/]|[^0-9][.,])([0-9]{2,3})(?![0-9/s])');
begin
  return case when tempo between 30 and 300 then tempo end;
end
$$;
comment on function private.read_tempo is 'Beats a minute, 30 to 300; null for anything else.';

create function private.read_time_signature(written text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  value constant text := translate(written, E'ABCDEFGHIJKLMNOPQRSTUVWXYZ \t', 'abcdefghijklmnopqrstuvwxyz');
begin
  return case
    when value in ('c', 'common', 'commontime') then '4/4'
    when value in ('c|', '¢', 'cut', 'cuttime', 'allabreve') then '2/2'
    else substring(regexp_replace(written, E'[ \\t]{0,3}/[ \\t]{0,3}', '/') from '^((?:[1-9]|[12][0-9]|3[0-2])/(?:1|2|4|8|16|32))(?![0-9/])')
  end;
end
$$;
comment on function private.read_time_signature is 'A time such as 3/4, whatever follows it; null for anything else.';

create function private.read_capo(written text)
returns integer
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  fret constant integer := coalesce(
    array_position('{i,ii,iii,iv,v,vi,vii,viii,ix,x,xi,xii}'::text[], translate(written, 'IVX', 'ivx')),
    substring(written from E'(?i)^(?:capo|kapo|fret|traste|casa|cejilla|on|at|en|[ \\t:.#])*([0-9]{1,2})(?![0-9])')::integer);
begin
  return case when fret <= 24 then fret end;
end
$$;
comment on function private.read_capo is 'A fret, 0 to 24: 3, 3rd fret, III; null for anything else.';

create function private.read_duration(written text)
returns integer
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  value constant text := translate(written, E'ABCDEFGHIJKLMNOPQRSTUVWXYZ \t', 'abcdefghijklmnopqrstuvwxyz');
  part text[] := regexp_match(value, '^()()([0-9]{1,5})(?:s|sec|secs|seconds)?$');
  seconds integer;
begin
  part := coalesce(
    part,
    regexp_match(value, '^(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])(?:min|mins|minutes)?$'),
    regexp_match(value, '^(?:pt)?(?:([0-9]{1,2})h)?(?:([0-9]{1,3})(?:m|min|mins|minutes|[''’′]))?'
      '(?:([0-5]?[0-9])(?:s|sec|secs|seconds|["”″]|''''|’’|′′)?)?$'));
  seconds := coalesce(nullif(part[1], '')::integer, 0) * 3600 + coalesce(nullif(part[2], '')::integer, 0) * 60 + coalesce(part[3]::integer, 0);
  return case when seconds between 1 and 86400 then seconds end;
end
$$;
comment on function private.read_duration is E'Seconds: 3:05, 1:02:03, 185, 3\'05", 3 min 5 s; null for anything else.';

create function private.language_code(name text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case
    when name = any ('{cat,catalan,català}'::text[]) then 'ca' when name = any ('{dan,danish,dansk}'::text[]) then 'da'
    when name = any ('{deu,ger,german,deutsch}'::text[]) then 'de' when name = any ('{eng,english}'::text[]) then 'en'
    when name = any ('{spa,spanish,español,espanol,castellano}'::text[]) then 'es' when name = any ('{eus,baq,basque,euskara}'::text[]) then 'eu'
    when name = any ('{fin,finnish,suomi}'::text[]) then 'fi' when name = any ('{fra,fre,french,français,francais}'::text[]) then 'fr'
    when name = any ('{glg,galician,galego,gallego}'::text[]) then 'gl' when name = any ('{heb,hebrew}'::text[]) then 'he'
    when name = any ('{hun,hungarian,magyar}'::text[]) then 'hu' when name = any ('{ita,italian,italiano}'::text[]) then 'it'
    when name = any ('{jpn,japanese}'::text[]) then 'ja' when name = any ('{kor,korean}'::text[]) then 'ko'
    when name = any ('{lat,latin}'::text[]) then 'la' when name = any ('{nld,dut,dutch,nederlands}'::text[]) then 'nl'
    when name = any ('{nor,norwegian,norsk}'::text[]) then 'no' when name = any ('{pol,polish,polski}'::text[]) then 'pl'
    when name = any ('{por,portuguese,português,portugues}'::text[]) then 'pt' when name = any ('{ron,rum,romanian}'::text[]) then 'ro'
    when name = any ('{rus,russian}'::text[]) then 'ru' when name = any ('{swe,swedish,svenska}'::text[]) then 'sv'
    when name = any ('{tur,turkish}'::text[]) then 'tr' when name = any ('{ukr,ukrainian}'::text[]) then 'uk'
    when name = any ('{zho,chi,chinese}'::text[]) then 'zh'
  end;
end
$$;
comment on function private.language_code is 'The code of a language by its name or its longer code; null for any other.';

create function private.read_language(written text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  part constant text[] := regexp_match(written, E'^([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8}){0,3})(?:\\.[A-Za-z0-9-]+)?$');
  code constant text := translate(coalesce(part[1], written), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');
begin
  return coalesce(private.language_code(code), case when part is not null then code end) || coalesce(translate(part[2], '_', '-'), '');
end
$$;
comment on function private.read_language is 'A language by BCP 47: es, pt_BR, eng, English; null for anything else.';

create function private.describe_chordpro(metadata jsonb, german boolean, is_lower boolean)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'title', left(metadata -> 'title' ->> 0, 255),
    'artist', left(case
      when metadata ? 'artist' then
        (select string_agg(a.name, ', ' order by a.n) from jsonb_array_elements_text(metadata -> 'artist') with ordinality as a (name, n))
      -- Any other subtitle may as well be another title.
      else substring(metadata -> 'subtitle' ->> 0 from E'^[Bb][Yy][ \\t]+(.+)$')
    end, 255),
    'album', left(metadata -> 'album' ->> 0, 255),
    'key', private.read_key(metadata -> 'key' ->> 0, german, is_lower),
    'tempo', private.read_tempo(metadata -> 'tempo' ->> 0),
    'time_signature', private.read_time_signature(metadata -> 'time' ->> 0),
    'capo_fret', private.read_capo(metadata -> 'capo' ->> 0),
    'year', nullif(substring(metadata -> 'year' ->> 0 from '(?:^|[^0-9])([0-9]{4})(?![0-9])')::integer, 0),
    'duration_seconds', private.read_duration(metadata -> 'duration' ->> 0),
    'language', private.read_language(metadata -> 'language' ->> 0),
    'genre', left(metadata -> 'genre' ->> 0, 100),
    'style', left(metadata -> 'style' ->> 0, 100)
  ));
end
$$;
comment on function private.describe_chordpro is
  'Columns of songs that ChordPro metadata give: the first value counts, one that cannot be read is left out.';

revoke execute on function
  private.read_key(text, boolean, boolean),
  private.read_tempo(text),
  private.read_time_signature(text),
  private.read_capo(text),
  private.read_duration(text),
  private.language_code(text),
  private.read_language(text),
  private.describe_chordpro(jsonb, boolean, boolean)
from public, anon, authenticated, service_role;

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

-- The sets of chords that songs have: what can be played is asked of them.

create table private.song_chord_sets (
  id bigint primary key generated always as identity,
  fingerprint bigint not null,
  mask bit(300) not null,
  others text[] not null
);
comment on table private.song_chord_sets is
  'Each set of chords that some song has, far fewer than songs: a bit for each usual chord, the others by name. Two writers may both add one.';

create index song_chord_sets_fingerprint_idx on private.song_chord_sets (fingerprint);

create function private.chord_bit(root text, quality text, bass text)
returns integer
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  if bass is not null then
    return null;
  end if;
  return (array_position('{C,C#,D,Eb,E,F,F#,G,Ab,A,Bb,B}'::text[], root) - 1) * 25
    + array_position('{"",m,7,m7,maj7,sus4,sus2,6,m6,9,m9,5,dim,dim7,aug,add9,maj9,11,13,7sus4,m7b5,69,7b9,7#9,madd9}'::text[], quality) - 1;
end
$$;
comment on function private.chord_bit is 'The place of a usual chord among the 300; null for any other.';

create function private.chord_mask(bits integer[])
returns bit(300)
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  mask text := repeat('0', 300);
  place integer;
begin
  foreach place in array coalesce(bits, '{}') loop
    mask := overlay(mask placing '1' from place + 1 for 1);
  end loop;
  return mask::bit(300);
end
$$;
comment on function private.chord_mask is 'A bit for each usual chord.';

create function private.chord_fingerprint(chords jsonb, unread text[])
returns bigint
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return (
    select hashtextextended(string_agg(n.name, ' ' order by n.name collate "C"), 0)
    from (
      select c.chord ->> 'name' as name from jsonb_array_elements(chords) as c (chord)
      union all
      select '?' || u.name from unnest(unread) as u (name)
    ) as n
  );
end
$$;
comment on function private.chord_fingerprint is 'A hash that is the same for the same set of chords; null without chords.';

create function private.add_chord_set(chords jsonb, unread text[], fingerprint bigint)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Not unique: no save waits for another song's transaction, and a duplicate does no harm. What cannot be read is an unknown
  -- chord.
  insert into private.song_chord_sets (fingerprint, mask, others)
  select add_chord_set.fingerprint, private.chord_mask(array_agg(b.place) filter (where b.place is not null)),
    coalesce(array_agg(c.name) filter (where b.place is null and c.name is not null), '{}') || array(select '?' || u.name from unnest(unread) as u (name))
  from jsonb_to_recordset(chords) as c (name text, root text, quality text, bass text)
  cross join lateral (select private.chord_bit(c.root, c.quality, c.bass)) as b (place)
  where not exists (select from private.song_chord_sets k where k.fingerprint = add_chord_set.fingerprint)
  having count(*) > 0;
end
$$;
comment on function private.add_chord_set is 'Files a set of chords unless it is there.';

create function private.unread_chords(written text[])
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- Names of sections, rests, counts and remarks are no chords.
  return array(
    select distinct w.name
    from unnest(written) as w (name)
    where w.name ~ E'^[^\\s]{1,12}$' and w.name ~ '[[:alpha:]]'
      and w.name !~* E'^(?:n\\.?c\\.?|tacet|[0-9]*x[0-9]*|bis|ad ?lib\\.?|da ?capo|d\\.?[cs]\\.?)$'
      and (w.name !~ '^[[:alpha:]]{4,}[0-9]?[.:]?$' or w.name ~ '^[A-H][b#]?[a-z]{3,}[0-9]*$')
      and w.name !~* '^(?:chor(?:us|o)|coda|break|bridge|brid|build|drums?|bass|cap(?:o|ot)|clap|fade|fine|fin|fill|final|gtr|guitar|harm|hook|hold|half|ending|end|elec|acoustic|acapella|estribillo|estrofa|entrada|estr|couplet|chorus|coro|bajo|banda|batería|guitarra|flauta|flute|bridge|verse|all|both|boys|girls|cue|hit|hits|head|horns|echo|every|first|double|dialog|duet)[0-9]?[.:]?$'
    limit 20
  );
end
$$;
comment on function private.unread_chords is 'The bracketed texts that were not read as a chord and are most likely chords; at most 20.';

revoke all on private.song_chord_sets from public, anon, authenticated, service_role;
revoke execute on function
  private.chord_bit(text, text, text),
  private.chord_mask(integer[]),
  private.chord_fingerprint(jsonb, text[]),
  private.add_chord_set(jsonb, text[], bigint),
  private.unread_chords(text[])
from public, anon, authenticated, service_role;

-- Tags, their categories and catalogue, and the tags in a song's text.

create table public.tag_categories (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  description text,
  color_hex text,
  icon text,
  created_at timestamptz not null default now(),
  constraint tag_categories_name_check check (name ~ '^[a-z][a-z0-9_-]{0,99}$'),
  constraint tag_categories_description_check check (char_length(description) <= 500),
  constraint tag_categories_color_hex_check check (color_hex ~ '^#[0-9A-Fa-f]{6}$'),
  constraint tag_categories_icon_check check (char_length(icon) <= 50)
);
comment on table public.tag_categories is 'What a tag is about; the app''s service adds its own.';

create table public.song_tags (
  song_id uuid not null references public.songs (id) on delete cascade,
  -- At the end of the transaction, for the catalogue is filled after the statement, for every writer.
  tag_name text collate "C" not null references public.tags (key) deferrable initially deferred,
  label text not null,
  category_id uuid references public.tag_categories (id) on delete set null,
  tag_type text not null default 'user',
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (song_id, tag_name),
  constraint song_tags_label_check check (char_length(label) >= 1 and char_length(label) <= 80 and label !~ '[[:cntrl:]]'),
  constraint song_tags_tag_name_check check (tag_name = private.catalogue_key(label)),
  constraint song_tags_tag_type_check check (tag_type in ('user', 'auto', 'system'))
);
comment on table public.song_tags is 'The tags of a song, each once.';
comment on column public.song_tags.tag_name is
  'The key of the catalogue''s entry: the label without case, accents and surplus blanks. What tags are compared by.';
comment on column public.song_tags.label is 'As it was written for this song.';
comment on column public.song_tags.tag_type is 'user: given by a user; auto: from {tag} in the text; system: given by the service.';

create index song_tags_tag_name_song_id_idx on public.song_tags (tag_name, song_id);
create index song_tags_created_by_tag_name_idx on public.song_tags (created_by, tag_name);
create index song_tags_category_id_idx on public.song_tags (category_id);

create table public.popular_tags (
  tag_name text collate "C" primary key,
  label text not null,
  category_id uuid references public.tag_categories (id) on delete set null,
  usage_count integer not null default 0,
  trend_score double precision not null default 0,
  last_used_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint popular_tags_tag_name_check check (private.is_catalogue_name(label) and tag_name = private.catalogue_key(label)),
  constraint popular_tags_usage_count_check check (usage_count >= 0)
);
comment on table public.popular_tags is 'How many public songs have a tag; computed by the service, read for suggestions.';

create index popular_tags_category_id_usage_count_idx on public.popular_tags (category_id, usage_count desc);
create index popular_tags_usage_count_idx on public.popular_tags (usage_count desc);
create index popular_tags_trend_score_idx on public.popular_tags (trend_score desc, tag_name);

create function private.tag_label(written text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  label text := private.kept_text('name', regexp_replace(written, E'[[:cntrl:][:space:]\\u00a0]+', ' ', 'g'));
begin
  return case when private.text_fault('name', label, 80) is null and char_length(private.catalogue_key(label)) between 1 and 400 then label end;
end
$$;
comment on function private.tag_label is 'A tag as written, on one line; null when it cannot be a catalogue entry.';

create function private.enter_song_tags(keys text[], labels text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  entered bigint;
begin
  -- Locks the tags, so that upkeep does not remove them before the song has them.
  perform from public.tags t where t.key = any (keys) order by t.key for key share;
  insert into public.tags (name, is_known)
  select distinct on (l.key) l.label, false
  from unnest(keys, labels) as l (key, label)
  where not exists (select from public.tags t where t.key = l.key collate "C")
  order by l.key, l.label
  on conflict (key) do nothing;
  get diagnostics entered = row_count;
  perform private.take_token(auth.uid(), 'catalogue_name', entered);
end
$$;
comment on function private.enter_song_tags is
  'Enters into the catalogue what it lacks, by key, so that two writers cannot wait for each other; it is hidden yet.';

create function private.lock_unsung_tags(keys text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform from public.tags t where t.key = any (keys) and not t.is_sung order by t.key for no key update;
end
$$;
comment on function private.lock_unsung_tags is 'Locks, by key, the entries that no public song has had yet.';

create function private.publish_song_tags(keys text[], labels text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if not exists (select from public.tags t where t.key = any (keys) and not t.is_sung) then
    return;
  end if;
  perform private.lock_unsung_tags(keys);
  update public.tags t
  -- The spelling in a private song stays hidden.
  set name = case when t.is_known then t.name else l.label end, is_known = true, is_sung = true,
    created_at = case when t.is_known then t.created_at else clock_timestamp() end
  from (
    select distinct on (w.key) w.key collate "C" as key, w.label
    from unnest(keys, labels) as w (key, label)
    order by w.key, w.label
  ) as l
  where t.key = l.key and not t.is_sung;
end
$$;
comment on function private.publish_song_tags is 'What a public song has is known from then on. After all entries are there: what is new is locked before what is not.';

create function private.enter_new_song_tags()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.enter_song_tags(array_agg(a.tag_name), array_agg(a.label)) from added a;
  perform private.publish_song_tags(array_agg(a.tag_name), array_agg(a.label))
  from added a
  join public.songs s on s.id = a.song_id
  where s.visibility = 'public';
  return null;
end
$$;
comment on function private.enter_new_song_tags is 'Trigger: enters the tags of songs into the catalogue, for every writer.';

create function private.song_text_tags(metadata jsonb)
returns table (tag_name text, label text)
language plpgsql
immutable
set search_path = ''
as $$
begin
  return query
    select distinct on (k.key) k.key, k.label
    from (
      select private.catalogue_key(w.label) collate "C" as key, w.label, w.n
      from (
        select private.tag_label(private.cut_text(e.label, 80)) as label, e.n
        from jsonb_array_elements_text(coalesce(metadata -> 'tag', '[]')) with ordinality as e (label, n)
        order by e.n
        limit 50
      ) as w
      where w.label is not null
      offset 0
    ) as k
    order by k.key, k.n;
end
$$;
comment on function private.song_text_tags is 'The tags that a text names with {tag}: of the first 50, those that can be tags, each once.';

create function private.derive_song_tags()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  keys text[];
  labels text[];
begin
  if tg_op = 'UPDATE' then
    delete from public.song_tags t
    where t.song_id = new.id
      and t.tag_type = 'auto'
      and not exists (select from private.song_text_tags(new.chordpro_metadata) w where w.tag_name = t.tag_name);
    if new.visibility = 'public' and old.visibility <> 'public' then
      -- Those that it has and those that come now, together: the catalogue is locked in one go.
      with own as (
        select t.tag_name, t.label from public.song_tags t where t.song_id = new.id
        union all
        select w.tag_name, w.label from private.song_text_tags(new.chordpro_metadata) w
      )
      select array_agg(o.tag_name), array_agg(o.label) into keys, labels from own o;
      perform private.enter_song_tags(keys, labels);
      perform private.publish_song_tags(keys, labels);
    end if;
  end if;
  insert into public.song_tags (song_id, tag_name, label, tag_type)
  select new.id, w.tag_name, w.label, 'auto'
  from private.song_text_tags(new.chordpro_metadata) w
  on conflict (song_id, tag_name) do nothing;
  return null;
end
$$;
comment on function private.derive_song_tags is
  'Trigger: the tags that a song''s own text names with {tag} are its automatic ones; a song that is published publishes its tags.';

create trigger song_tags_enter_catalogue
after insert on public.song_tags
referencing new table as added
for each statement
execute function private.enter_new_song_tags();

create trigger songs_derive_tags_on_insert
after insert on public.songs
for each row
when (new.chordpro_metadata ? 'tag')
execute function private.derive_song_tags();

create trigger songs_derive_tags_on_update
after update on public.songs
for each row
when (
  old.chordpro_metadata -> 'tag' is distinct from new.chordpro_metadata -> 'tag'
  or (new.visibility = 'public' and old.visibility <> 'public')
)
execute function private.derive_song_tags();

alter table public.tag_categories enable row level security;
alter table public.popular_tags enable row level security;
alter table public.song_tags enable row level security;

create policy "Everybody sees the categories of tags"
on public.tag_categories
for select
to anon, authenticated
using (true);

create policy "Everybody sees popular tags"
on public.popular_tags
for select
to anon, authenticated
using (true);

create policy "Visitors see the tags of public songs"
on public.song_tags
for select
to anon
using (private.can_see_song(song_id));

create policy "People see the tags of songs they see"
on public.song_tags
for select
to authenticated
using (private.can_see_song(song_id));

insert into public.tag_categories (name, description, color_hex, icon) values
  ('genre', 'Musical genres', '#FF6B6B', 'music'),
  ('mood', 'How a song feels', '#4ECDC4', 'heart'),
  ('occasion', 'When it is sung', '#45B7D1', 'calendar'),
  ('difficulty', 'How hard it is to play', '#96CEB4', 'star'),
  ('instrument', 'What it is played on', '#FECA57', 'guitar'),
  ('style', 'Musical styles', '#FF9FF3', 'palette')
on conflict (name) do nothing;

revoke all on public.tag_categories, public.popular_tags, public.song_tags from public, anon, authenticated, service_role;
grant select on public.tag_categories, public.popular_tags to anon, authenticated;
grant select, insert, update, delete on public.tag_categories, public.popular_tags, public.song_tags to service_role;
revoke execute on function
  private.tag_label(text),
  private.enter_song_tags(text[], text[]),
  private.lock_unsung_tags(text[]),
  private.publish_song_tags(text[], text[]),
  private.enter_new_song_tags(),
  private.song_text_tags(jsonb),
  private.derive_song_tags()
from public, anon, authenticated, service_role;

-- Fills what is derived from a song's text, for every writer.

create function private.song_own_fields(song public.songs)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'title', case when song.title ~ E'\\S' then btrim(song.title) end, 'artist', case when song.artist ~ E'\\S' then btrim(song.artist) end, 'album', case when song.album ~ E'\\S' then btrim(song.album) end,
    'key', song.key, 'tempo', song.tempo, 'time_signature', song.time_signature, 'capo_fret', song.capo_fret,
    'genre', case when song.genre ~ E'\\S' then btrim(song.genre) end, 'style', case when song.style ~ E'\\S' then btrim(song.style) end, 'language', song.language,
    'year', song.year, 'duration_seconds', song.duration_seconds);
end
$$;
comment on function private.song_own_fields is 'The columns that the text can fill; null where a writer left them empty.';

create function private.is_restoring(song_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce(current_setting('tertulia.restoring_song', true) = song_id::text, false);
end
$$;
comment on function private.is_restoring is 'Whether restore_song_version is at work on a song: its fields are taken as they are.';

create function private.with_line_feeds(content text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return replace(replace(content, E'\r\n', E'\n'), E'\r', E'\n');
end
$$;
comment on function private.with_line_feeds is 'A text with LF for each CR LF and each CR: texts that differ in nothing else are the same version.';

create function private.check_song_length(operation text, content text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if octet_length(content) > 131072 then
    perform private.raise_error('content_too_long',
      format('unable to %s the song; its content has %s bytes and the limit is 131072', operation, octet_length(content)),
      'Shorten the song, or save its parts as songs of their own.', '{"field": "content", "limit": 131072}');
  end if;
end
$$;
comment on function private.check_song_length is 'Raises content_too_long for a text that would take too long to read.';

create function private.read_song(song public.songs, given jsonb, fillable text[], is_restoring boolean)
returns public.songs
language plpgsql
set search_path = ''
as $$
declare
  reading constant private.chordpro_reading := private.read_chordpro(song.content);
  unread constant text[] := private.unread_chords(reading.unread);
  described jsonb := jsonb_build_object('title', coalesce(nullif(private.cut_text(split_part(reading.lyrics, E'\n', 1), 80), ''), 'Untitled'))
    || private.describe_chordpro(reading.metadata, reading.german, reading.is_lower);
begin
  if 'language' = any (fillable) and not described ? 'language' then
    described := described || jsonb_strip_nulls(jsonb_build_object('language', private.recognise_language(reading.lyrics)));
  end if;
  -- What a text names is made a name: a line of it may be anything.
  described := jsonb_strip_nulls(described || coalesce((
    select jsonb_object_agg(d.key, coalesce(private.name_from(d.value, 255), case d.key when 'title' then 'Untitled' end))
    from jsonb_each_text(described) as d
    where d.key in ('title', 'artist', 'album', 'genre', 'style') and private.text_fault('name', d.value, 255) is not null
  ), '{}'));
  if not is_restoring then
    song.derived_fields := array(select f.field from unnest(fillable) as f (field) where described ? f.field);
  end if;
  song := jsonb_populate_record(song, given || coalesce(
    (select jsonb_object_agg(f.field, described -> f.field) from unnest(fillable) as f (field)), '{}'));
  song.lyrics := reading.lyrics;
  song.chords := reading.chords;
  song.chordpro_metadata := reading.metadata;
  song.chord_set := private.chord_fingerprint(reading.chords, unread);
  if song.chord_set is not null then
    perform private.add_chord_set(reading.chords, unread, song.chord_set);
  end if;
  return song;
end
$$;
comment on function private.read_song is 'A song with what its text says; the fields that the text may fill are named.';

create function private.derive_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  given jsonb := private.song_own_fields(new);
  before jsonb;
  fillable text[];
  is_asked boolean;
  is_restoring boolean := false;
begin
  perform private.check_song_length(case tg_op when 'INSERT' then 'create' else 'update' end, new.content);
  if tg_op = 'INSERT' then
    -- An account whose profile is missing gets it now.
    if new.created_by = auth.uid() and not exists (select from public.profiles p where p.id = new.created_by) then
      perform private.get_own_profile();
    end if;
    new.version := 1;
    new.updated_at := new.created_at;
    select array_agg(f.field) into fillable from jsonb_each(given) as f (field, value) where f.value = 'null';
  else
    before := private.song_own_fields(old);
    -- Changes outside this row count as versions too; what a version held comes back as it was.
    is_asked := new.version = old.version + 1;
    is_restoring := private.is_restoring(new.id);
    if new.content <> old.content and not is_restoring and private.with_line_feeds(new.content) = private.with_line_feeds(old.content) then
      -- An editor that turned the line endings has changed nothing.
      new.content := old.content;
    end if;
    new.lyrics := old.lyrics;
    new.chords := old.chords;
    new.chord_set := old.chord_set;
    new.chordpro_metadata := old.chordpro_metadata;
    new.version := old.version;
    new.created_at := old.created_at;
    new.updated_at := old.updated_at;
    -- A field that was not set since it was derived may follow the text.
    if not is_restoring then
      select array_agg(f.field) into fillable
      from jsonb_each(given) as f (field, value)
      where f.value = 'null' or (f.field = any (old.derived_fields) and f.value = before -> f.field);
      select array_agg(d.field) into new.derived_fields from unnest(old.derived_fields) as d (field) where d.field = any (fillable);
    end if;
  end if;
  fillable := coalesce(fillable, '{}');
  new.derived_fields := coalesce(new.derived_fields, '{}');

  if tg_op = 'INSERT' or new.content <> old.content
    or exists (select from unnest(fillable) as f (field) where given -> f.field = 'null' and before -> f.field <> 'null')
  then
    new := private.read_song(new, given, fillable, is_restoring);
  end if;

  if is_asked
    or (tg_op = 'UPDATE'
      and (new.content, new.difficulty_level, new.source_url, new.source_type, new.visibility, new.metadata, new.created_by, new.deleted_at,
          private.song_own_fields(new))
        is distinct from (old.content, old.difficulty_level, old.source_url, old.source_type, old.visibility, old.metadata, old.created_by,
          old.deleted_at, before))
  then
    new.version := old.version + 1;
    new.updated_at := clock_timestamp();
  end if;
  return new;
end
$$;
comment on function private.derive_song is
  'Trigger: reads the text when it changed, fills what the writer left empty, counts the version. Refuses nothing but too much text.';

create function private.derive_song_chords()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    delete from public.song_chords c where c.song_id = new.id;
  end if;
  insert into public.song_chords (song_id, chord_name, chord_root, chord_quality, chord_bass, occurrences, chord_position)
  select new.id, c.name, c.root, c.quality, c.bass, c.uses, (c.positions ->> 0)::integer
  from jsonb_to_recordset(new.chords) as c (name text, root text, quality text, bass text, uses integer, positions jsonb);
  return null;
end
$$;
comment on function private.derive_song_chords is 'Trigger: one row in song_chords for each chord of the song.';

create function private.delete_songs_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.songs s where s.created_by = new.id;
  return null;
end
$$;
comment on function private.delete_songs_of_deleted_profile is 'Trigger: deletes a user''s songs with the account.';

create trigger songs_derive
before insert or update on public.songs
for each row
execute function private.derive_song();

create trigger songs_derive_chords_on_insert
after insert on public.songs
for each row
execute function private.derive_song_chords();

create trigger songs_derive_chords_on_update
after update on public.songs
for each row
when (old.chords is distinct from new.chords)
execute function private.derive_song_chords();

create trigger profiles_delete_songs
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_songs_of_deleted_profile();

revoke execute on function
  private.song_own_fields(public.songs),
  private.with_line_feeds(text),
  private.check_song_length(text, text),
  private.read_song(public.songs, jsonb, text[], boolean),
  private.derive_song(),
  private.derive_song_chords(),
  private.delete_songs_of_deleted_profile(),
  private.is_restoring(uuid)
from public, anon, authenticated, service_role;

-- The words that songs are found by, and the lexicon for typos.

create table private.song_lexicon (
  id bigint primary key generated always as identity,
  word text collate "C" not null,
  near text[] collate "C" not null,
  doomed_at timestamptz
);
comment on table private.song_lexicon is
  'Words of titles and artists of public songs. Each has as keys the word and its forms without one letter: two words with a common key are one typo apart.';
comment on column private.song_lexicon.doomed_at is
  'When upkeep found that no song has the word. A later save adds the word again. Upkeep removes this row when all transactions that did not see the mark have ended.';

create index song_lexicon_word_idx on private.song_lexicon (word);
create index song_lexicon_near_idx on private.song_lexicon using gin (near);

create function private.song_language_config(language text)
returns regconfig
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case split_part(language, '-', 1)
    when 'ca' then 'pg_catalog.catalan' when 'da' then 'pg_catalog.danish' when 'de' then 'pg_catalog.german'
    when 'en' then 'pg_catalog.english' when 'es' then 'pg_catalog.spanish' when 'eu' then 'pg_catalog.basque'
    when 'fi' then 'pg_catalog.finnish' when 'fr' then 'pg_catalog.french' when 'hu' then 'pg_catalog.hungarian'
    when 'it' then 'pg_catalog.italian' when 'nl' then 'pg_catalog.dutch' when 'no' then 'pg_catalog.norwegian'
    when 'pt' then 'pg_catalog.portuguese' when 'ro' then 'pg_catalog.romanian' when 'sv' then 'pg_catalog.swedish'
  end::regconfig;
end
$$;
comment on function private.song_language_config is 'The text search configuration of a language; null for a language without one.';

create function private.add_song_stems(plain tsvector, words text, config regconfig)
returns tsvector
language plpgsql
immutable
parallel safe
set search_path = ''
set client_min_messages = 'warning'
as $$
begin
  if config is null or plain = '' then
    return plain;
  end if;
  return plain || ts_delete(to_tsvector(config, left(words, 65536)), tsvector_to_array(plain));
end
$$;
comment on function private.add_song_stems is 'The plain vector of a text with the stems of its words where those differ.';

create function private.song_part_vector(value text, config regconfig, weight "char")
returns tsvector
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  folded constant text := private.fold_text(value);
  words constant text := private.split_words(folded);
  plain tsvector := private.words_vector(words, private.join_words(folded));
begin
  if plain = '' and folded ~ E'\\S' then
    -- A name of signs alone: "!!!".
    plain := (private.quote_lexeme(private.text_key(value)) || ':1')::tsvector;
  elsif strpos(folded, '&') > 0 or strpos(folded, ' + ') > 0 then
    plain := (plain::text || coalesce(regexp_replace(substring(plain::text from E'''and''(:\\S+)'), '^(.*)$', E' y\\1 e\\1 und\\1 et\\1'), ''))::tsvector;
  end if;
  return setweight(private.add_song_stems(plain, words, config), weight);
end
$$;
comment on function private.song_part_vector is
  'Words as they are, and their stems where those differ. "&" is each word for "and" of some languages.';

create function private.song_header(song public.songs)
returns tsvector
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  config regconfig := private.song_language_config(song.language);
  named text;
begin
  select string_agg(v.value, ' ') into named
  from unnest('{subtitle,sorttitle,artist,sortartist,composer,sortcomposer,lyricist,arranger,author,authors,autor,autores,writer,writers,'
    'songwriter,words,music,letra,música,musica,musik,text,texter,letrista,compositor}'::text[]) as d (name)
  cross join lateral jsonb_array_elements_text(song.chordpro_metadata -> d.name) as v (value)
  -- Artists of the text beside the one that the writer names, or beyond what fits there.
  where d.name <> 'artist' or strpos(coalesce(song.artist, ''), v.value) = 0;
  return private.song_part_vector(song.title, config, 'A')
    || private.song_part_vector(song.artist, config, 'B')
    || private.song_part_vector(left(concat_ws(' ', song.album, song.genre, song.style, named), 2000), config, 'C');
end
$$;
comment on function private.song_header is 'The words that are not of the lyrics: title, artist, album, genre, style, who wrote it.';

create function private.song_word_pairs(words text, joined text)
returns integer[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  split constant text[] := string_to_array(left(words, 65536), ' ');
  whole text[];
  pairs constant integer[] := array(
    select distinct hashtext(p.word || ' ' || p.next) from unnest(split[:cardinality(split) - 1], split[2:]) as p (word, next));
begin
  if joined is null then
    return pairs;
  end if;
  whole := string_to_array(left(joined, 65536), ' ');
  return pairs || array(
    select distinct hashtext(p.word || ' ' || p.next)
    from unnest(split[:cardinality(split) - 1], split[2:], whole[:cardinality(whole) - 1], whole[2:]) as w (split, split_next, whole, whole_next)
    cross join lateral (values (w.whole, w.whole_next), (w.whole, w.split_next), (w.split, w.whole_next)) as p (word, next)
    where w.split <> w.whole or w.split_next <> w.whole_next
  );
end
$$;
comment on function private.song_word_pairs is 'Hashes of each two neighbouring words, from split_words and join_words.';

create function private.song_name_pairs(name text)
returns integer[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  folded constant text := coalesce(private.fold_text(name), '');
begin
  return private.song_word_pairs(private.split_words(folded), private.join_words(folded));
end
$$;
comment on function private.song_name_pairs is 'Hashes of each two words of a title or an artist that follow each other.';

create function private.word_slips(word text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array(
    select word
    union
    select overlay(word placing '' from n for 1) from generate_series(1, char_length(word)) as n where char_length(word) > 1
  );
end
$$;
comment on function private.word_slips is 'A word, and the same less any one letter.';

create function private.add_song_words(words text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Not unique either, for the same reason.
  insert into private.song_lexicon (word, near)
  select w.word, private.word_slips(w.word)
  from (select distinct s.word collate "C" from unnest(words) as s (word)) as w (word)
  where char_length(w.word) between 1 and 40
    and not exists (select from private.song_lexicon l where l.word = w.word and l.doomed_at is null);
end
$$;
comment on function private.add_song_words is 'Adds the words of a public title or artist to the lexicon.';

create function private.prune_song_lexicon(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  place bigint := coalesce(reached, '0')::bigint;
  walked bigint[];
  unwanted bigint[];
  handled bigint;
  changed bigint;
begin
  walked := array(select l.id from private.song_lexicon l where l.id > place order by l.id limit batch_size);
  unwanted := array(
    select l.id
    from private.song_lexicon l
    where l.id = any (walked) and (
      -- Of two the older one stays, marked or not: where a song has the word, this same run takes its mark off.
      exists (select from private.song_lexicon o where o.word = l.word and o.id < l.id)
      or not exists (
        select
        from public.songs s
        where s.header_vector @@ private.quote_lexeme(l.word)::tsquery and s.visibility = 'public' and s.deleted_at is null
      )
    )
  );
  -- A song that is being saved at this moment found the word filed and did not file it: so it is only marked now. By the time it
  -- may go that song is there to be seen, and the mark is taken off.
  delete from private.song_lexicon l where l.id = any (unwanted) and l.doomed_at < clock_timestamp() - keep;
  get diagnostics handled = row_count;
  update private.song_lexicon l
  set doomed_at = case when l.doomed_at is null then clock_timestamp() end
  where l.id = any (walked) and (l.doomed_at is null) = (l.id = any (unwanted));
  get diagnostics changed = row_count;
  return (handled + changed, case when cardinality(walked) = batch_size then walked[batch_size]::text end);
end
$$;
comment on function private.prune_song_lexicon is
  'Upkeep: reads a batch of words. Removes words that no public song has had for a long time, and duplicates.';

create function private.letters(words text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  return (select string_agg(l.letter, '' order by l.letter collate "C") from string_to_table(words, null) as l (letter));
end
$$;
comment on function private.letters is 'The letters of a text in order of the alphabet: alike when only their places differ.';

insert into private.maintenance_steps (name, position, function_name, batch_size, keep)
values ('prune_song_lexicon', 50, 'private.prune_song_lexicon', 500, '12 hours');

revoke all on private.song_lexicon from public, anon, authenticated, service_role;
revoke execute on function
  private.song_language_config(text),
  private.add_song_stems(tsvector, text, regconfig),
  private.song_part_vector(text, regconfig, "char"),
  private.song_header(public.songs),
  private.song_word_pairs(text, text),
  private.song_name_pairs(text),
  private.word_slips(text),
  private.add_song_words(text[]),
  private.prune_song_lexicon(integer, interval, text),
  private.letters(text)
from public, anon, authenticated, service_role;

-- What songs are found by: vectors, pairs of words, values to filter by, kept by triggers for every writer.

create function private.popularity_level(popularity double precision)
returns integer
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case when popularity < 1e-6 then 0 else least(floor(ln(popularity) / ln(2::double precision))::integer + 21, 84) end;
end
$$;
comment on function private.popularity_level is 'The power of two of a popularity, from 0 for nearly none to 84. A higher popularity never has a lower level.';

create function private.canonical_key(written text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  part text[];
begin
  if written = any ('{C,D,E,F,G,A,B,Bb,Eb,C#,F#,Cm,Dm,Em,Fm,Gm,Am,Bm,C#m,F#m}'::text[]) then
    return written;
  end if;
  part := regexp_match(translate(written, '♯♭', '#b'), '^ *([A-Ga-g])([#b]?) *(m|min|minor|major|maj)? *$');
  return coalesce(private.place_note(upper(part[1]) || part[2], false, 0) || case when part[3] in ('m', 'min', 'minor') then 'm' else '' end, written);
end
$$;
comment on function private.canonical_key is 'A key with enharmonics as one: C# and Db; what is no key as it is.';

create function private.song_filter_term(name text, value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  return name || ':' || case
    when name in ('artist', 'genre', 'style') then left(private.text_key(value), 100)
    when name = 'language' then lower(value)
    when name = 'key' then private.canonical_key(value)
    when name = 'tag' then private.catalogue_key(value)
    else value
  end;
end
$$;
comment on function private.song_filter_term is 'The term of a value, the same for songs and filters: without case, accents and spelling.';

create function private.song_filter_terms(song public.songs)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array_remove(array[
      private.song_filter_term('genre', song.genre), private.song_filter_term('style', song.style), private.song_filter_term('key', song.key),
      private.song_filter_term('artist', song.artist), private.song_filter_term('language', song.language),
      case when strpos(song.language, '-') > 0 then private.song_filter_term('language', split_part(song.language, '-', 1)) end,
      'difficulty:' || song.difficulty_level, 'source:' || song.source_type, 'decade:' || least(greatest(song.year, 1900), 2099) / 10,
      'tempo:' || song.tempo / 10, 'seconds:' || least(song.duration_seconds, 3600) / 10, 'owner:' || song.created_by,
      'liked:' || private.popularity_level(song.popularity)
    ], null)
    || array(select 'chord:' || (c.chord ->> 'name') from jsonb_array_elements(song.chords) as c (chord))
    || array(
      select distinct private.song_filter_term('artist', a.name)
      from (select a.name from jsonb_array_elements_text(coalesce(song.chordpro_metadata -> 'artist', '[]')) as a (name) limit 20) as a
      where a.name <> coalesce(song.artist, ''));
end
$$;
comment on function private.song_filter_terms is 'What a song can be filtered by, as name:value; years, tempos and seconds by the ten.';

create function private.song_tag_terms(song_id uuid)
returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return array(select 'tag:' || t.tag_name from public.song_tags t where t.song_id = song_tag_terms.song_id order by t.tag_name);
end
$$;
comment on function private.song_tag_terms is 'The terms for the tags that a song has now.';

create function private.index_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  is_new boolean := tg_op = 'INSERT';
  folded text;
  words text;
  joined text;
begin
  if not is_new then
    new.title_words := old.title_words;
    new.artist_words := old.artist_words;
    new.header_vector := old.header_vector;
    new.search_vector := old.search_vector;
    new.word_pairs := old.word_pairs;
  end if;
  if is_new
    or (new.title, new.artist, new.album, new.genre, new.style, new.language, new.lyrics, new.chordpro_metadata)
      is distinct from (old.title, old.artist, old.album, old.genre, old.style, old.language, old.lyrics, old.chordpro_metadata)
  then
    new.title_words := private.text_key(new.title);
    new.artist_words := coalesce(private.text_key(new.artist), '');
    new.header_vector := private.song_header(new);
    folded := private.fold_text(new.lyrics);
    words := private.split_words(folded);
    joined := private.join_words(folded);
    new.search_vector := new.header_vector || setweight(
      private.add_song_stems(private.words_vector(words, joined), words, private.song_language_config(new.language)), 'D');
    if is_new or (new.title, new.artist, new.lyrics) is distinct from (old.title, old.artist, old.lyrics) then
      new.word_pairs := private.song_word_pairs(words, joined) || private.song_name_pairs(new.title) || private.song_name_pairs(new.artist);
    end if;
  end if;
  if is_new
    or (new.genre, new.style, new.key, new.difficulty_level, new.language, new.source_type, new.year, new.tempo,
        new.duration_seconds, new.created_by, new.chord_set, private.popularity_level(new.popularity), new.artist, new.chordpro_metadata -> 'artist')
      is distinct from (old.genre, old.style, old.key, old.difficulty_level, old.language, old.source_type, old.year, old.tempo,
        old.duration_seconds, old.created_by, old.chord_set, private.popularity_level(old.popularity), old.artist, old.chordpro_metadata -> 'artist')
    or new.search_terms is distinct from old.search_terms
  then
    -- Any value written here means "read the tags again". No transaction changes the tags while this row is locked.
    new.search_terms := private.song_filter_terms(new) || case when is_new then '{}' else private.song_tag_terms(new.id) end;
  else
    new.search_terms := old.search_terms;
  end if;
  if new.visibility = 'public'
    and (is_new or (new.title, new.artist, new.visibility) is distinct from (old.title, old.artist, old.visibility))
  then
    perform private.add_song_words(tsvector_to_array(private.text_vector(new.title) || private.text_vector(new.artist)));
  end if;
  return new;
end
$$;
comment on function private.index_song is 'Trigger: derives what a song is found by, after its text was read; each part only when what it comes from changed.';

create function private.lock_tagged_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- The song first, then its tags: so every writer of tags reads what the one before it wrote.
  if tg_op <> 'INSERT' then
    perform from public.songs s where s.id = old.song_id for no key update;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  perform from public.songs s where s.id = new.song_id for no key update;
  return new;
end
$$;
comment on function private.lock_tagged_song is 'Trigger: a change of a song''s tags locks the song.';

create function private.index_tagged_songs()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Any write to the terms makes songs_index read the tags again.
  update public.songs s
  set search_terms = '{}'
  where s.id in (select c.song_id from changed c)
    and private.song_tag_terms(s.id) <> array(
      select t.term from unnest(s.search_terms) as t (term) where starts_with(t.term, 'tag:') order by t.term);
  return null;
end
$$;
comment on function private.index_tagged_songs is 'Trigger: a song is found by the tags that it has now.';

create trigger songs_index
before insert or update on public.songs
for each row
execute function private.index_song();

create trigger song_tags_lock_song
before insert or update of song_id, tag_name or delete on public.song_tags
for each row
execute function private.lock_tagged_song();

create trigger song_tags_index_inserted
after insert on public.song_tags
referencing new table as changed
for each statement
execute function private.index_tagged_songs();

create trigger song_tags_index_moved
after update on public.song_tags
referencing old table as changed
for each statement
execute function private.index_tagged_songs();

create trigger song_tags_index_updated
after update on public.song_tags
referencing new table as changed
for each statement
execute function private.index_tagged_songs();

create trigger song_tags_index_deleted
after delete on public.song_tags
referencing old table as changed
for each statement
execute function private.index_tagged_songs();

revoke execute on function
  private.popularity_level(double precision),
  private.canonical_key(text),
  private.song_filter_term(text, text),
  private.song_filter_terms(public.songs),
  private.song_tag_terms(uuid),
  private.index_song(),
  private.lock_tagged_song(),
  private.index_tagged_songs()
from public, anon, authenticated, service_role;

-- The fields of a song, each listed once: as JSON, and as what a save sets.

create function private.raise_invalid_song(broken_constraint text, operation text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  broken text := substring(broken_constraint from '^songs_(.*)_check$');
begin
  perform private.raise_error('invalid_input', format('unable to %s the song; %s is not valid', operation, broken),
    'Correct the named field.', jsonb_build_object('field', broken));
end
$$;
comment on function private.raise_invalid_song is 'Names the field that a constraint of public.songs refused.';

create function private.song_fields(song public.songs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'title', song.title, 'artist', song.artist, 'album', song.album, 'content', song.content, 'key', song.key, 'tempo', song.tempo,
    'time_signature', song.time_signature, 'capo_fret', song.capo_fret, 'genre', song.genre, 'style', song.style,
    'language', song.language, 'year', song.year, 'duration_seconds', song.duration_seconds,
    'difficulty_level', song.difficulty_level, 'source_url', song.source_url, 'source_type', song.source_type,
    'visibility', song.visibility, 'metadata', song.metadata);
end
$$;
comment on function private.song_fields is 'The fields of a song that a writer can set: the one list that answers and history are made from.';

create function private.song_json(song public.songs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return private.song_fields(song) || jsonb_build_object(
    'id', song.id, 'lyrics', song.lyrics, 'chords', song.chords, 'created_by', song.created_by,
    'chordpro_metadata', song.chordpro_metadata, 'version', song.version, 'created_at', song.created_at, 'updated_at', song.updated_at);
end
$$;
comment on function private.song_json is 'A song with its text, as those with a role see it.';

create function private.new_song(song_id uuid, owner_id uuid, created_at timestamptz)
returns public.songs
language plpgsql
stable
set search_path = ''
as $$
declare
  song public.songs;
begin
  song.id := song_id;
  song.created_by := owner_id;
  song.created_at := coalesce(new_song.created_at, now());
  song.source_type := 'manual';
  song.visibility := 'private';
  song.metadata := '{}';
  -- The rest is derived from the text.
  return song;
end
$$;
comment on function private.new_song is 'A song of which nothing is given, with what a new row has by default.';

create function private.set_song_fields(song public.songs, changes jsonb, operation text)
returns public.songs
language plpgsql
set search_path = ''
as $$
declare
  saved public.songs;
  broken text;
begin
  update public.songs s
  set (title, artist, album, content, key, tempo, time_signature, capo_fret, genre, style, language, year, duration_seconds,
      difficulty_level, source_url, source_type, visibility, metadata, derived_fields, version)
    = (
      select n.title, n.artist, n.album, n.content, n.key, n.tempo, n.time_signature, n.capo_fret, n.genre, n.style, n.language,
        n.year, n.duration_seconds, n.difficulty_level, n.source_url, n.source_type, n.visibility, n.metadata, n.derived_fields, n.version
      from jsonb_populate_record(s, changes) as n
    )
  where s.id = song.id and s.deleted_at is null
  returning s.* into saved;
  return saved;
exception
  when check_violation then
    get stacked diagnostics broken = constraint_name;
    perform private.raise_invalid_song(broken, operation);
end
$$;
comment on function private.set_song_fields is 'Sets the named fields of a song that is held.';

revoke execute on function
  private.raise_invalid_song(text, text),
  private.song_fields(public.songs),
  private.song_json(public.songs),
  private.new_song(uuid, uuid, timestamptz),
  private.set_song_fields(public.songs, jsonb, text)
from public, anon, authenticated, service_role;
-- public.get_song reads songs as the service itself.
grant execute on function
  private.song_fields(public.songs),
  private.song_json(public.songs)
to service_role;

-- How much a user writes into the catalogue of songs.

create function private.count_new_songs(caller uuid, songs bigint, bytes bigint)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.take_token(caller, 'song', songs);
  perform private.take_token(caller, 'song_bytes', bytes);
end
$$;
comment on function private.count_new_songs is 'Counts songs that a user creates or imports; before any other lock, as all limits are.';

create function private.has_song(person uuid, song_id text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from public.songs s
    where s.created_by = person and s.id = case when private.is_uuid(has_song.song_id) then has_song.song_id::uuid end
  );
end
$$;
comment on function private.has_song is 'Whether a song with that id is a user''s already, so that a repeated call counts nothing.';

create function private.count_song_change(caller uuid, content text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.take_token(caller, 'song_change');
  perform private.take_token(caller, 'song_bytes', octet_length(content));
end
$$;
comment on function private.count_song_change is 'Counts a version of a song; before the song is locked, as all limits are.';

revoke execute on function
  private.count_new_songs(uuid, bigint, bigint),
  private.has_song(uuid, text),
  private.count_song_change(uuid, text)
from public, anon, authenticated, service_role;

-- Ids of songs that are gone for good. Messages and figures still name them, so no other song may take one.

create table private.purged_songs (
  id uuid primary key,
  purged_at timestamptz not null default clock_timestamp()
);
comment on table private.purged_songs is 'Ids of songs that were removed for good, whatever removed them; a new song cannot have one of them.';

create function private.remember_purged_songs()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into private.purged_songs (id) select g.id from gone g on conflict (id) do nothing;
  return null;
end
$$;
comment on function private.remember_purged_songs is 'Trigger: keeps the ids of songs that go.';

create trigger songs_remember_purged
after delete on public.songs
referencing old table as gone
for each statement
execute function private.remember_purged_songs();

revoke all on private.purged_songs from public, anon, authenticated, service_role;
revoke execute on function private.remember_purged_songs() from public, anon, authenticated, service_role;

-- The calls that create, change, delete and import songs.

create function private.check_song_fields(operation text, fields jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  strange text;
  written text;
  kept jsonb := fields;
begin
  if jsonb_typeof(fields) is distinct from 'object' then
    perform private.raise_error('invalid_input', format('unable to %s the song; the fields are not an object', operation),
      'Send an object of fields.');
  end if;
  select f.key into strange
  from jsonb_each(fields) as f
  where f.key <> all ('{id,title,artist,album,content,key,tempo,time_signature,capo_fret,genre,style,language,year,duration_seconds,difficulty_level,source_url,source_type,visibility,metadata}'::text[])
    or (f.key = 'id' and operation <> 'create')
    or (f.key in ('id', 'content', 'source_type', 'visibility', 'metadata') and jsonb_typeof(f.value) = 'null')
    or jsonb_typeof(f.value) not in ('null', case
      when f.key in ('tempo', 'capo_fret', 'year', 'duration_seconds', 'difficulty_level') then 'number'
      when f.key = 'metadata' then 'object'
      else 'string'
    end)
    or (jsonb_typeof(f.value) = 'number' and f.value::text !~ '^-?[0-9]{1,9}$')
    or (f.key = 'id' and f.value #>> '{}' !~* '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
  limit 1;
  if strange is null and operation = 'create' and not fields ? 'content' then
    strange := 'content';
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to %s the song; %s cannot be set to that', operation, strange),
      'Correct the named field.', jsonb_build_object('field', strange));
  end if;
  for strange, written in
    select f.key, f.value
    from jsonb_each_text(fields) as f
    where f.key in ('title', 'artist', 'album', 'genre', 'style')
  loop
    -- White space alone is no value: the field follows the text.
    kept := kept || jsonb_build_object(strange, case when written ~ E'\\S' then
      private.check_text('name', written, case when strange in ('genre', 'style') then 100 else 255 end, operation || ' the song', strange) end);
  end loop;
  return kept;
end
$$;
comment on function private.check_song_fields is
  'Fields of a song as they are kept; raises invalid_input with the field at fault unless each is of its JSON type and a text by the rule.';

create function private.create_song(song jsonb, created_at timestamptz default null)
returns setof public.songs
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  given public.songs;
  new_id uuid;
  broken text;
begin
  -- An import counts all its songs at once, and gives each its time.
  if created_at is null and not private.has_song(caller, song ->> 'id') then
    perform private.count_new_songs(caller, 1, octet_length(song ->> 'content'));
  end if;
  perform private.hold_account();
  song := private.check_song_fields('create', song);
  new_id := coalesce(song ->> 'id', gen_random_uuid()::text)::uuid;
  given := jsonb_populate_record(private.new_song(new_id, caller, create_song.created_at), song);

  return query
    -- By name: a column that a later version adds has its default.
    insert into public.songs (
      id, title, artist, album, content, key, tempo, time_signature, capo_fret, genre, style, language, year, duration_seconds,
      difficulty_level, source_url, source_type, visibility, metadata, created_by, created_at
    )
    values (
      given.id, given.title, given.artist, given.album, given.content, given.key, given.tempo, given.time_signature, given.capo_fret,
      given.genre, given.style, given.language, given.year, given.duration_seconds, given.difficulty_level, given.source_url,
      given.source_type, given.visibility, given.metadata, given.created_by, given.created_at
    )
    on conflict (id) do nothing
    returning *;
  if not found then
    -- The same id again is the same song.
    return query select s.* from public.songs s where s.id = new_id and s.created_by = caller and s.deleted_at is null;
    if not found then
      perform private.raise_error('invalid_input', 'unable to create the song; its id belongs to another song, or to one in the trash',
        'Make a new UUID for each song.', '{"field": "id"}');
    end if;
  end if;
  -- After the row, so that a purge at this moment has committed.
  if song ? 'id' and exists (select from private.purged_songs g where g.id = new_id) then
    perform private.raise_error('invalid_input', 'unable to create the song; its id belonged to a song that was removed for good',
      'Make a new UUID for each song.', '{"field": "id"}');
  end if;
exception
  when check_violation then
    get stacked diagnostics broken = constraint_name;
    perform private.raise_invalid_song(broken, 'create');
end
$$;

create function public.create_song(song jsonb)
returns setof public.songs
language plpgsql
rows 1
set search_path = ''
as $$
begin
  return query select * from private.create_song(song);
end
$$;
comment on function public.create_song is
  'Adds a song of the caller''s own from content (ChordPro) and any other field to set; the same id again answers the same song.';

create function private.delete_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  update public.songs s
  set deleted_at = coalesce(s.deleted_at, clock_timestamp())
  where s.id = delete_song.song_id and s.created_by = caller;
  if not found and private.role_in('song', song_id) is not null then
    perform private.raise_error('forbidden', 'unable to delete the song; that is for its owner', 'Decline the share to be rid of it.');
  elsif not found then
    perform private.raise_error('song_not_found', 'unable to delete the song; you have no song with that id', 'Check the id.');
  end if;
end
$$;

create function public.delete_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.delete_song(song_id)
$$;
comment on function public.delete_song is 'Puts one of the caller''s own songs in the trash; doing so again changes nothing.';

create function private.import_songs(songs jsonb)
returns table (place integer, id uuid, title text, added boolean, code text, message text, field text)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  item jsonb;
  moment timestamptz;
  detail text;
  keys text[];
  labels text[];
  shown text[];
begin
  -- A text that is too long is refused at once, so it does not count.
  if jsonb_typeof(songs) is distinct from 'array' or jsonb_array_length(songs) not between 1 and 100
    or (
      select sum(octet_length(e.song ->> 'content'))
      from jsonb_array_elements(songs) as e (song)
      where octet_length(e.song ->> 'content') <= 131072
    ) > 1048576
  then
    perform private.raise_error('invalid_input', 'unable to import songs; it takes a list of 1 to 100, of at most 1 MiB of text', 'Import in several parts.',
      '{"field": "songs"}');
  end if;
  perform private.count_new_songs(caller, count(*), sum(octet_length(e.song ->> 'content')) filter (where octet_length(e.song ->> 'content') <= 131072))
  from jsonb_array_elements(songs) as e (song)
  where not private.has_song(caller, e.song ->> 'id')
  having count(*) > 0;
  perform private.hold_account();
  -- The catalogue's locks go by key, not by song: those of all texts that may name a tag are taken before the first song.
  select array_agg(w.tag_name), array_agg(w.label), array_agg(w.tag_name) filter (where t.is_public) into keys, labels, shown
  from (
    select e.song ->> 'content' as content, e.song -> 'visibility' = '"public"' as is_public
    from jsonb_array_elements(songs) as e (song)
    where octet_length(e.song ->> 'content') <= 131072 and e.song ->> 'content' ~* E'\\{[^\\n]*tag'
    offset 0
  ) as t
  cross join lateral private.song_text_tags((private.read_chordpro(t.content)).metadata) as w;
  perform private.enter_song_tags(keys, labels);
  perform private.lock_unsung_tags(shown);
  place := 0;
  for item in select e.song from jsonb_array_elements(songs) with ordinality as e (song, n) order by e.n loop
    select null, null, null, null, null, null into id, title, added, code, message, field;
    -- Each song is saved or refused by itself.
    begin
      -- A microsecond apart, so that lists keep the order of the songbook.
      moment := now() + place * interval '1 microsecond';
      select c.id, c.title, c.created_at = moment into id, title, added
      from private.create_song(case when jsonb_typeof(item) = 'object' then '{"source_type": "import"}' || item else item end, moment) c;
    exception
      when sqlstate 'TT000' then
        get stacked diagnostics detail = pg_exception_detail, message = message_text;
        code := detail::jsonb ->> 'code';
        field := detail::jsonb ->> 'field';
    end;
    return next;
    place := place + 1;
  end loop;
end
$$;

create function public.import_songs(songs jsonb)
returns table (place integer, id uuid, title text, added boolean, code text, message text, field text)
language sql
set search_path = ''
as $$
  select * from private.import_songs(songs)
$$;
comment on function public.import_songs is
  'Adds up to 100 songs of the caller''s own (objects as for create_song), each by itself, in their order: answers its id, its title and whether it is new, or why it was refused.';

revoke execute on function
  private.check_song_fields(text, jsonb),
  private.create_song(jsonb, timestamptz),
  private.delete_song(uuid),
  public.create_song(jsonb),
  public.delete_song(uuid),
  private.import_songs(jsonb),
  public.import_songs(jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  public.create_song(jsonb),
  private.create_song(jsonb, timestamptz),
  public.delete_song(uuid),
  private.delete_song(uuid),
  private.import_songs(jsonb),
  public.import_songs(jsonb)
to authenticated;

-- The calls that read and list songs.

create function private.get_song(song_id uuid)
returns setof public.song_details
language plpgsql
stable
rows 1
security definer
set search_path = ''
as $$
begin
  return query select d.* from private.visible_details d where d.id = get_song.song_id;
end
$$;

create function public.get_song(song_id uuid)
returns setof public.song_details
language plpgsql
stable
rows 1
set search_path = ''
as $$
begin
  -- PL/pgSQL keeps its plan, which takes 0.1 ms off a read of 0.2 ms.
  if current_user <> 'service_role' then
    return query select * from private.get_song(get_song.song_id);
    return;
  end if;
  return query
    select d.*
    from public.songs s
    cross join lateral jsonb_populate_record(null::public.song_details, private.song_json(s)) as d
    where s.id = get_song.song_id;
end
$$;
comment on function public.get_song is
  'A song that the caller may see, with everything derived from it, or no row. The service role sees every song.';

create function private.list_songs(owner_id uuid, page_size integer, before_created_at timestamptz, before_id uuid)
returns setof public.song_summary
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := auth.uid();
begin
  perform private.check_page_size('list songs', page_size, 200, 1);
  if owner_id is not null then
    -- Most owners have few songs: each is looked up, and the walk ends with the page.
    if not exists (
      select from public.songs o where o.created_by = owner_id and (o.created_at, o.id) < (before_created_at, before_id) offset 300
    ) then
      return query
        select s.*
        from private.visible_summaries s
        where s.created_by = owner_id and (s.created_at, s.id) < (before_created_at, before_id)
        order by s.created_at desc, s.id desc
        limit page_size;
      return;
    end if;
    return query
      select s.*
      from private.visible_summaries s
      join (
        (
          select o.id
          from public.songs o
          where o.created_by = owner_id
            and o.deleted_at is null
            and (o.visibility = 'public' or o.created_by = caller)
            and (o.created_at, o.id) < (before_created_at, before_id)
          order by o.created_at desc, o.id desc
          limit page_size
        )
        union
        select g.song_id from private.shared_songs(owner_id, before_created_at, before_id, 2 * page_size) g
      ) as found on found.id = s.id
      order by s.created_at desc, s.id desc
      limit page_size;
    return;
  end if;
  -- Three short walks of an index each instead of one long one that an "or" would need.
  return query
    select s.*
    from private.visible_summaries s
    join (
      (
        select p.id
        from public.songs p
        where p.visibility = 'public'
          and p.deleted_at is null
          and (p.created_at, p.id) < (before_created_at, before_id)
        order by p.created_at desc, p.id desc
        limit page_size
      )
      union all
      (
        select o.id
        from public.songs o
        where o.created_by = caller
          and o.visibility <> 'public'
          and o.deleted_at is null
          and (o.created_at, o.id) < (before_created_at, before_id)
        order by o.created_at desc, o.id desc
        limit page_size
      )
      union
      -- Twice as many, because a song that a user and a link share comes twice.
      select g.song_id from private.shared_songs(null, before_created_at, before_id, 2 * page_size) g
    ) as found on found.id = s.id
    order by s.created_at desc, s.id desc
    limit page_size;
end
$$;

create function public.list_songs(
  owner_id uuid default null,
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof public.song_summary
language plpgsql
stable
set search_path = ''
as $$
begin
  -- PL/pgSQL keeps its plan.
  return query select * from private.list_songs(owner_id, page_size, before_created_at, before_id);
end
$$;
comment on function public.list_songs is
  'The songs that the caller may see, or those of one owner among them, newest first; a page of at most 201 after a time and an id.';

create function private.raise_song_not_found(operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('song_not_found', format('unable to %s the song; you have no song with that id', operation), 'Check the id.');
end
$$;

revoke execute on function
  private.get_song(uuid),
  private.list_songs(uuid, integer, timestamptz, uuid),
  public.get_song(uuid),
  public.list_songs(uuid, integer, timestamptz, uuid),
  private.raise_song_not_found(text)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_song(uuid),
  public.get_song(uuid),
  private.list_songs(uuid, integer, timestamptz, uuid),
  public.list_songs(uuid, integer, timestamptz, uuid)
to anon, authenticated, service_role;

-- The words of a query.

create function private.other_words(word text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- Words that are also words of another kind in some language ("once", "due", "vi") ask for nothing but themselves.
  if word = any ('{once,due,dos,sei,vi,v,x,neuf,elf,no}'::text[]) then
    return '{}';
  end if;
  return array(
    select distinct o.other
    from unnest('{feat ft featuring,st saint,ste sainte,mr mister,dr doctor doktor,no number nr num numero,vs versus,pt part,vol volume,'
      'jr junior,sr senior,mt mount,and n,you u,for 4,are r,to too 2,1 one,2 ii two dos deux dois duas zwei,'
      '3 iii three tres trois drei tre,4 iv four cuatro quatre quatro vier quattro,5 v five cinco cinq funf cinque,'
      '6 vi six seis sechs sei,7 vii seven siete sept sete sieben sette,8 viii eight ocho huit oito acht otto,'
      '9 ix nine nueve neuf nove neun,10 x ten diez dix dez zehn dieci,11 xi eleven onze elf undici,12 xii twelve doce douze doze zwolf dodici,'
      '13 xiii thirteen,14 xiv fourteen,15 xv fifteen quince quinze,16 xvi sixteen,17 xvii seventeen,18 xviii eighteen,19 xix nineteen,'
      '20 xx twenty veinte vingt vinte zwanzig venti}'::text[]) as g (words)
    cross join lateral string_to_table(g.words, ' ') as o (other)
    where word = any (string_to_array(g.words, ' ')) and o.other <> word
  );
end
$$;
comment on function private.other_words is 'Other ways to write a word of a query: short for long, digits for words, Roman numerals.';

create function private.song_word_forms(word text)
returns tsquery
language plpgsql
stable
parallel safe
set search_path = ''
as $$
declare
  forms text[];
begin
  -- The word itself, or its stem in a language of the catalogue: the query does not say which one a song is in.
  select array_agg(distinct private.quote_lexeme(f.form)) into forms
  from unnest(array[word] || private.other_words(word)
    || ts_lexize('pg_catalog.english_stem', word) || ts_lexize('pg_catalog.spanish_stem', word)
    || ts_lexize('pg_catalog.portuguese_stem', word) || ts_lexize('pg_catalog.french_stem', word)
    || ts_lexize('pg_catalog.german_stem', word) || ts_lexize('pg_catalog.italian_stem', word)) as f (form);
  return array_to_string(forms, ' | ')::tsquery;
end
$$;
comment on function private.song_word_forms is 'A word, any of its stems, or another way to write it.';

create function private.is_stop_word(word text)
returns boolean
language plpgsql
stable
parallel safe
set search_path = ''
as $$
begin
  return '{}' in (ts_lexize('pg_catalog.english_stem', word), ts_lexize('pg_catalog.spanish_stem', word),
    ts_lexize('pg_catalog.portuguese_stem', word), ts_lexize('pg_catalog.french_stem', word),
    ts_lexize('pg_catalog.german_stem', word), ts_lexize('pg_catalog.italian_stem', word));
end
$$;
comment on function private.is_stop_word is 'Whether nearly every text has the word, in one of the languages.';

create function private.written_words(value text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  folded constant text := private.fold_text(value);
  joined constant text := private.join_words(folded);
begin
  return array(
    select w.word
    from (
      select w.word, w.n, lag(w.word) over (order by w.n) as before from string_to_table(coalesce(joined, private.split_words(folded)), ' ') with ordinality as w (word, n)
    ) as w
    -- A joined word comes once for each part.
    where w.word <> '' and (joined is null or w.word is distinct from w.before)
    order by w.n
  );
end
$$;
comment on function private.written_words is 'The words of a query, one by one; "don''t" is one word.';

create function private.words_in_order(words text[])
returns tsquery
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- Pairs of neighbours: a joined word has the positions of its parts.
  return (
    select string_agg(format('(%L <-> %L)', w.word, w.next), ' & ')::tsquery
    from unnest(words[:cardinality(words) - 1], words[2:]) as w (word, next)
  );
end
$$;
comment on function private.words_in_order is 'Each word behind the one before it; null for a single word.';

create function private.pairs_of(words text[])
returns integer[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array(select hashtext(w.word || ' ' || w.next) from unnest(words[:cardinality(words) - 1], words[2:]) as w (word, next));
end
$$;
comment on function private.pairs_of is 'Hashes as private.song_word_pairs has them of each two words of a list.';

create function private.without_song_words(query text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  words constant text[] := regexp_split_to_array(btrim(query), E'\\s+');
  kept constant text[] := array(
    select w.word
    from unnest(words) with ordinality as w (word, n)
    where private.fold_text(w.word) <> all ('{chord,chords,chordpro,lyric,lyrics,tab,tabs,song,songs,cover,by,letra,letras,acordes,cifra,cifras,'
      'paroles,accords,testo,accordi,songtext,akkorde,текст,аккорды}'::text[])
    order by w.n
  );
begin
  return case when cardinality(kept) between 1 and cardinality(words) - 1 then array_to_string(kept, ' ') end;
end
$$;
comment on function private.without_song_words is
  'A query less what users of search engines add to the name of a song, such as "chords"; null when it has no such word or nothing else.';

revoke execute on function
  private.other_words(text),
  private.without_song_words(text),
  private.song_word_forms(text),
  private.is_stop_word(text),
  private.written_words(text),
  private.words_in_order(text[]),
  private.pairs_of(text[])
from public, anon, authenticated, service_role;

-- What a search of songs asks for, read from its text.

create type private.song_query as (
  words text,
  header tsquery,
  lyrics tsquery,
  open tsquery,
  start tsquery,
  rest tsquery,
  excluded tsquery,
  marks tsquery,
  hint text,
  runs text[],
  pairs integer[],
  spelled text[],
  is_one_text boolean,
  is_open boolean
);
comment on type private.song_query is
  'The parts of a query. words: its key. header and lyrics: the conditions on the header and on the whole song. '
  'open and start: the last word as a prefix, in the header and in the lyrics; null when the word is complete. rest: the other words. '
  'excluded: words that must not match. marks: words to highlight; hint: their prefixes. runs: parts in scripts without blanks. '
  'pairs: hashes of phrases. spelled: the words in order. is_one_text: the query has no quoted phrase. is_open: the last word may be unfinished.';

create function private.word_starts(marks tsquery, runs text[])
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- A stem and its words have all letters but the last in common. A sign can be between any two letters: AC/DC.
  return (
    select E'(?:\\m(?:' || string_agg(regexp_replace(left(w.word, greatest(char_length(w.word) - 1, least(char_length(w.word), 3))),
      '([[:alnum:]])(?=[[:alnum:]])', E'\\1[''!$*./@_-]?', 'g'), '|') || ')' || coalesce('|' || array_to_string(runs, '|'), '') || ')'
    from (
      select distinct translate(m.found[1], E'.\\+*?()[]{}^$|/', '') as word from regexp_matches(marks::text, '''((?:[^'']|'''')+)''', 'g') as m (found)
    ) as w
    where w.word <> ''
  );
end
$$;
comment on function private.word_starts is 'A pattern for where the words that are marked may begin.';

create function private.token_query(words text[], joined text, is_open boolean)
returns tsquery
language plpgsql
stable
parallel safe
set search_path = ''
as $$
declare
  parts text;
begin
  select string_agg('(' || private.song_word_forms(w.word)::text
    || case when is_open and w.n = cardinality(words) then ' | ' || private.quote_lexeme(w.word) || ':*' else '' end || ')', ' & ' order by w.n)
  into parts
  from unnest(words) with ordinality as w (word, n);
  if joined is null then
    return parts::tsquery;
  end if;
  return (parts || ' | ' || private.song_word_forms(joined)::text || case when is_open then ' | ' || private.quote_lexeme(joined) || ':*' else '' end)::tsquery;
end
$$;
comment on function private.token_query is 'What has no blank in a query: its parts, or all of it as one word; the last one perhaps unfinished.';

create function private.any_word_of(part tsquery)
returns tsquery
language sql
immutable
parallel safe
set search_path = ''
as $$
  -- No word has a blank in it.
  select replace(part::text, ' & ', ' | ')::tsquery
$$;
comment on function private.any_word_of is 'The words to mark of a part of a query: a text may have them far apart.';

create type private.song_token as (
  said text,
  words text[],
  joined text,
  kind text
);
comment on type private.song_token is 'A part of a query without blanks, or a quoted phrase, with its words. The kind is word, run (of a script without blanks), phrase, excluded, and or signs.';

create function private.song_tokens(query text)
returns private.song_token[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array(
    select (
      t.said, t.words, t.joined,
      case
        when t.said ~ '^[&+]+$' then 'and'
        when t.words = '{}' then 'signs'
        when t.is_excluded then 'excluded'
        when t.is_phrase and cardinality(coalesce(w.written, t.words)) > 1 then 'phrase'
        when t.joined is null and cardinality(t.words) > 1
          and t.folded ~ E'[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\U00020000-\\U0003ffff]' then 'run'
        else 'word'
      end)::private.song_token
    from (
      select m.n, m.said, m.is_excluded, m.is_phrase, f.folded, string_to_array(private.split_words(f.folded), ' ') as words,
        split_part(private.join_words(f.folded), ' ', 1) as joined
      from (
        -- "-M-" is a name, "-word" leaves out.
        select m.n, m.found[1] = '-' and coalesce(m.found[3], '') !~ '-$' as is_excluded, m.found[2] is not null as is_phrase,
          case when m.found[3] ~ '-$' then m.found[1] else '' end || coalesce(m.found[2], m.found[3]) as said
        from regexp_matches(query, E'(-?)(?:"([^"]*)"?|([^\\s"]+))', 'g') with ordinality as m (found, n)
      ) as m
      cross join lateral (select private.fold_text(m.said) as folded offset 0) as f
    ) as t
    cross join lateral (select case when t.is_phrase then private.written_words(t.said) end as written) as w
    order by t.n
  );
end
$$;
comment on function private.song_tokens is 'The parts of a query in order: words, "phrases" and -exclusions.';

create function private.end_song_query(
  asked private.song_query, last_one private.song_token, tokens private.song_token[], has_words boolean, may_go_on boolean
)
returns private.song_query
language plpgsql
stable
set search_path = ''
as $$
declare
  part tsquery;
  word text;
begin
  asked.is_open := coalesce(last_one.kind = 'word' and may_go_on, false);
  if last_one.kind = 'word' then
    part := private.token_query(last_one.words, last_one.joined, asked.is_open);
    asked.marks := coalesce(asked.marks || private.any_word_of(part), private.any_word_of(part));
    if asked.is_open then
      asked.open := part;
    else
      asked.rest := coalesce(asked.rest && part, part);
    end if;
  end if;
  asked.words := coalesce(private.text_key((
    select string_agg(t.said, ' ' order by n) from unnest(tokens) with ordinality as t (said, words, joined, kind, n) where t.kind <> 'excluded')), '');
  asked.header := coalesce(asked.rest && asked.open, asked.rest, asked.open);
  if not has_words and asked.words <> '' and asked.excluded is null then
    -- A name of signs alone.
    asked.header := private.quote_lexeme(asked.words)::tsquery;
    asked.rest := asked.header;
  end if;
  asked.lyrics := asked.header;
  -- One or two letters begin half of all words, and no user continues from "and": in the lyrics these are a word.
  word := coalesce(last_one.joined, last_one.words[cardinality(last_one.words)]);
  if asked.open is not null and (char_length(word) < 3 or private.is_stop_word(word)) then
    part := private.token_query(last_one.words, last_one.joined, false);
    asked.lyrics := coalesce(asked.rest && part, part);
  elsif asked.open is not null then
    asked.start := asked.open;
  end if;
  asked.is_one_text := asked.is_one_text and asked.words <> '';
  asked.hint := private.word_starts(asked.marks, asked.runs);
  return asked;
end
$$;
comment on function private.end_song_query is 'Adds the last word of a query, which may be unfinished, and the fields that depend on all words.';

create function private.read_song_query(query text)
returns private.song_query
language plpgsql
stable
set search_path = ''
as $$
declare
  asked private.song_query;
  tokens private.song_token[];
  token private.song_token;
  last_one private.song_token;
  part tsquery;
  words text[];
  has_words boolean;
begin
  if query is null or char_length(query) > 200 then
    perform private.raise_error('invalid_input', 'unable to search songs; a query has at most 200 characters', 'Shorten the query.',
      '{"field": "query"}');
  end if;
  tokens := private.song_tokens(query);
  has_words := exists (select from unnest(tokens) as t where t.kind in ('word', 'run', 'phrase'));
  asked.spelled := '{}';
  asked.is_one_text := true;
  foreach token in array tokens loop
    continue when token.kind = 'signs' or (token.kind = 'and' and not has_words);
    words := case when token.kind in ('phrase', 'excluded') then private.written_words(token.said) else token.words end;
    if token.kind = 'excluded' then
      part := coalesce(private.words_in_order(token.words), private.quote_lexeme(token.words[1])::tsquery);
      part := part || coalesce(private.words_in_order(words), private.quote_lexeme(words[1])::tsquery);
      asked.excluded := coalesce(asked.excluded || part, part);
      continue;
    end if;
    -- The last word may be unfinished, unless it is quoted.
    if (last_one).kind = 'word' then
      part := private.token_query((last_one).words, (last_one).joined, false);
      asked.rest := coalesce(asked.rest && part, part);
      asked.marks := coalesce(asked.marks || private.any_word_of(part), private.any_word_of(part));
    end if;
    last_one := token;
    if token.kind = 'and' then
      part := 'and | y | e | und | et | og | och';
      asked.spelled := asked.spelled || 'and'::text;
      asked.rest := coalesce(asked.rest && part, part);
    elsif token.kind in ('phrase', 'run') then
      part := private.words_in_order(words);
      asked.rest := coalesce(asked.rest && part, part);
      asked.pairs := coalesce(asked.pairs, '{}') || private.pairs_of(words);
      part := array_to_string(array(select private.quote_lexeme(w.word) from unnest(token.words || words) as w (word)), ' | ')::tsquery;
      if token.kind = 'phrase' then
        asked.is_one_text := false;
        asked.marks := coalesce(asked.marks || part, part);
      else
        asked.spelled := asked.spelled || words;
        asked.runs := asked.runs || regexp_replace(private.fold_text(token.said), E'[^[:alnum:]\\u0e00-\\u9fff\\uac00-\\ud7af]+', '.', 'g');
        asked.marks := coalesce(asked.marks || part, part);
      end if;
    else
      asked.spelled := asked.spelled || case when token.joined is null then token.words else array[token.joined] end;
    end if;
  end loop;

  return private.end_song_query(asked, last_one, tokens, has_words,
    (tokens[cardinality(tokens)]).kind = 'word' and query !~ E'[\\s"]$');
end
$$;
comment on function private.read_song_query is
  'Reads words, "phrases" and -exclusions. The last word is a prefix unless a blank follows it. Header and lyrics are null for a query without words.';

revoke execute on function
  private.word_starts(tsquery, text[]),
  private.token_query(text[], text, boolean),
  private.any_word_of(tsquery),
  private.song_tokens(text),
  private.end_song_query(private.song_query, private.song_token, private.song_token[], boolean, boolean),
  private.read_song_query(text)
from public, anon, authenticated, service_role;

-- The filters of a search of songs.

create type private.song_filter as (
  conditions text,
  terms text,
  chord_sets bigint[]
);
comment on type private.song_filter is
  'Filters as SQL: exact conditions on a row s, the part that an inverted index can serve, and the chord sets that can be played.';

create function private.playable_chord_sets(chords text[], missing integer)
returns bigint[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  known_bits integer[];
  known_others text[];
  unknown bit(300);
begin
  select array_agg(b.place) filter (where b.place is not null), coalesce(array_agg(c.name) filter (where b.place is null), '{}')
  into known_bits, known_others
  from unnest(chords) as c (name)
  cross join lateral regexp_match(c.name, E'^([A-G][b#]?)\\(?([^/)]*)\\)?(?:/(.*))?$') as p (part)
  cross join lateral (select private.chord_bit(p.part[1], p.part[2], p.part[3])) as b (place);
  unknown := ~ private.chord_mask(known_bits);
  return array(
    select distinct k.fingerprint
    from private.song_chord_sets k
    where bit_count(k.mask & unknown)
      + case when k.others = '{}' then 0 else (select count(*) from unnest(k.others) as o (name) where o.name <> all (known_others)) end
      <= missing
  );
end
$$;
comment on function private.playable_chord_sets is 'The chord sets in which at most "missing" chords are not among these canonical chords.';

create function private.refuse_song_filter(name text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', format('unable to search songs; filter %s is not valid', left(name, 60)),
    'Correct the named filter.', jsonb_build_object('field', left('filters.' || name, 60)));
end
$$;
comment on function private.refuse_song_filter is 'Raises invalid_input with the filter at fault.';

create function private.song_values_filter(name text, given jsonb, missing integer)
returns private.song_filter
language plpgsql
stable
set search_path = ''
as $$
declare
  named text[];
  terms text;
begin
  if jsonb_typeof(given) <> 'array' or jsonb_array_length(given) not between 1 and 100
    or exists (select from jsonb_array_elements(given) as e (item) where jsonb_typeof(e.item) <> 'string')
  then
    perform private.refuse_song_filter(name);
  end if;
  named := array(select e.item from jsonb_array_elements_text(given) as e (item));
  if name in ('chords', 'playable') then
    named := array(select distinct private.canonical_chord(c.name) from unnest(named) as c (name));
    if array_position(named, null) is not null then
      perform private.refuse_song_filter(name);
    end if;
  end if;
  if name = 'playable' then
    return row(' and s.chord_set = any ($1)', '', private.playable_chord_sets(named, missing))::private.song_filter;
  end if;
  terms := format(case when name in ('chords', 'all_tags') then ' and s.search_terms @> %L::text[]' else ' and s.search_terms && %L::text[]' end,
    array(
      select private.song_filter_term(
        case when name in ('any_tags', 'all_tags') then 'tag' when name = 'chords' then 'chord' else name end, n.value)
      from unnest(named) as n (value)));
  return row(terms, terms, null)::private.song_filter;
end
$$;
comment on function private.song_values_filter is 'A filter by a list of values.';

create function private.song_span_filter(name text, given jsonb)
returns private.song_filter
language plpgsql
stable
set search_path = ''
as $$
declare
  least_one integer;
  most integer;
  from_step integer;
  to_step integer;
  terms text := '';
begin
  if jsonb_typeof(given) <> 'array' or jsonb_array_length(given) <> 2 or exists (
    select from jsonb_array_elements(given) as e (item)
    where jsonb_typeof(e.item) <> 'null' and e.item::text !~ '^-?[0-9]{1,9}$'
  ) then
    perform private.refuse_song_filter(name);
  end if;
  least_one := (given ->> 0)::integer;
  most := (given ->> 1)::integer;
  if least_one is null and most is null then
    return row('', '', null)::private.song_filter;
  end if;
  least_one := coalesce(least_one, 0);
  most := coalesce(most, 999999999);
  -- As private.song_filter_terms has it. A wide range leads to most songs: the index is asked for a narrow one only.
  from_step := case name when 'year' then least(greatest(least_one, 1900), 2099) / 10 when 'duration' then least(least_one, 3600) / 10
    when 'tempo' then least_one / 10 else least_one end;
  to_step := case name when 'year' then least(greatest(most, 1900), 2099) / 10 when 'duration' then least(most, 3600) / 10
    when 'tempo' then least(most, 300) / 10 else least(most, 5) end;
  if to_step - from_step between 0 and (case name when 'difficulty' then 2 when 'year' then 4 else 12 end) then
    terms := format(' and s.search_terms && %L::text[]', array(
      select case name when 'year' then 'decade' when 'duration' then 'seconds' else name end || ':' || n
      from generate_series(from_step, to_step) as n));
  end if;
  return row(format(' and s.%I between %s and %s',
    case name when 'difficulty' then 'difficulty_level' when 'duration' then 'duration_seconds' else name end, least_one, most),
    terms, null)::private.song_filter;
end
$$;
comment on function private.song_span_filter is 'A filter by the least and the most; two nulls filter nothing.';

create function private.read_song_filter(filters jsonb)
returns private.song_filter
language plpgsql
stable
set search_path = ''
as $$
declare
  wanted private.song_filter := row('', '', null)::private.song_filter;
  given record;
  part private.song_filter;
begin
  if jsonb_typeof(filters) is distinct from 'object' then
    perform private.refuse_song_filter('filters');
  end if;
  if filters ? 'missing' and ((filters -> 'missing')::text !~ '^[0-9]{1,2}$' or not filters ? 'playable') then
    perform private.refuse_song_filter('missing');
  end if;
  for given in select f.key, f.value from jsonb_each(filters) as f where f.key <> 'missing' loop
    if given.key in ('artist', 'genre', 'style', 'key', 'language', 'source', 'chords', 'playable', 'any_tags', 'all_tags') then
      part := private.song_values_filter(given.key, given.value, coalesce((filters ->> 'missing')::integer, 0));
    elsif given.key in ('difficulty', 'year', 'tempo', 'duration') then
      part := private.song_span_filter(given.key, given.value);
    else
      perform private.refuse_song_filter(given.key);
    end if;
    wanted.conditions := wanted.conditions || part.conditions;
    wanted.terms := wanted.terms || part.terms;
    wanted.chord_sets := coalesce(part.chord_sets, wanted.chord_sets);
  end loop;
  return wanted;
end
$$;
comment on function private.read_song_filter is
  'Reads the filters of a search. Lists, in which case and accents do not count: artist, genre, style, key, language, source, chords (all of them), '
  'playable (with missing), any_tags, all_tags. Ranges [least, most], null when open: difficulty, year, tempo, duration.';

revoke execute on function
  private.playable_chord_sets(text[], integer),
  private.refuse_song_filter(text),
  private.song_values_filter(text, jsonb, integer),
  private.song_span_filter(text, jsonb),
  private.read_song_filter(jsonb)
from public, anon, authenticated, service_role;

-- Words and titles that are a typo away.

create function private.near_words(word text)
returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- One letter more, less or different, or two swapped letters; at most 80 words, those with the same length and first letter first.
  return array(
    select l.word
    from private.song_lexicon l
    where l.near && private.word_slips(left(near_words.word, 40)) and l.word <> near_words.word
    group by l.word
    order by abs(char_length(l.word) - char_length(near_words.word)), left(l.word, 1) <> left(near_words.word, 1), l.word
    limit 80
  );
end
$$;
comment on function private.near_words is 'Words of public titles and artists that are one typo away.';

create function private.near_titles(spelled text[])
returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  found text[] := '{}';
  word text;
begin
  if cardinality(spelled) > 12 then
    return found;
  end if;
  for place in 1 .. cardinality(spelled) loop
    word := spelled[place];
    found := found
      || array(select array_to_string(spelled[:place - 1] || n.word || spelled[place + 1:], ' ')
        from unnest(private.near_words(word)) as n (word));
    -- A blank that is missing, or that became a letter; both halves are words that exist.
    if char_length(word) <= 40 then
      found := found || array(
        select array_to_string(spelled[:place - 1] || h.first || h.second || spelled[place + 1:], ' ')
        from generate_series(1, char_length(word) - 1) as n
        cross join lateral (values
          (left(word, n), substr(word, n + 1)), (left(word, n), substr(word, n + 2))
        ) as h (first, second)
        where h.second <> ''
          and exists (select from private.song_lexicon l where l.word = h.first)
          and exists (select from private.song_lexicon l where l.word = h.second)
      );
    end if;
    if place < cardinality(spelled) then
      -- A blank a letter too early or too late; one too many, also in place of a letter or beside it.
      found := found
        || array_to_string(spelled[:place - 1] || left(word, -1) || (right(word, 1) || spelled[place + 1]) || spelled[place + 2:], ' ')
        || array_to_string(spelled[:place - 1] || (word || left(spelled[place + 1], 1)) || substr(spelled[place + 1], 2)
          || spelled[place + 2:], ' ')
        || array_to_string(spelled[:place - 1] || (word || spelled[place + 1]) || spelled[place + 2:], ' ')
        || array(select array_to_string(spelled[:place - 1] || n.word || spelled[place + 2:], ' ')
          from unnest(private.near_words(word || spelled[place + 1])) as n (word));
    end if;
    if char_length(word) = 1 then
      found := found || array_to_string(spelled[:place - 1] || spelled[place + 1:], ' ');
    end if;
  end loop;
  return array(select distinct k.title from unnest(found) as f (title) cross join lateral private.words_key(f.title) as k (title)
    where k.title not in ('', private.words_key(array_to_string(spelled, ' '))));
end
$$;
comment on function private.near_titles is 'Keys of what the query says less one typo, for each typo that leads to known words.';

revoke execute on function
  private.near_words(text),
  private.near_titles(text[])
from public, anon, authenticated, service_role;

-- How a search is planned: what it asks for, as whom, and which stages it goes through. How results are ranked, and what bounds
-- the work of each query: docs/performance/search.md.

create table private.search_stages (
  name text primary key,
  tier integer not null unique,
  last_tier integer not null,
  function_name text not null,
  fewer_than integer,
  ranks integer,
  gathers integer,
  walks integer
);
comment on table private.search_stages is 'The stages of a search of songs, from the highest tier to the lowest, and their budgets.';
comment on column private.search_stages.tier is 'The first tier that the results of the stage have.';
comment on column private.search_stages.last_tier is 'The last tier of the stage: a cursor with a tier between the two continues in this stage.';
comment on column private.search_stages.fewer_than is 'The stage runs only when the stages before it found fewer songs; null for always.';
comment on column private.search_stages.ranks is 'How many songs the stage puts in order at most; null when it ranks all that it gathers.';
comment on column private.search_stages.gathers is 'How many songs the stage reads at most through an index that is not in order of popularity.';
comment on column private.search_stages.walks is 'How many songs the stage reads at most in order of popularity; null when it does not walk.';

create type private.song_hit as (
  id uuid,
  tier integer,
  score double precision,
  popularity double precision,
  is_place boolean
);
comment on type private.song_hit is 'A song that a stage found. With is_place it is not a result but the place after which the next page continues.';

create type private.song_page as (
  stage private.search_stages,
  after_tier integer,
  size integer,
  score double precision,
  popularity double precision,
  id uuid
);
comment on type private.song_page is
  'The page that a stage returns: how many songs at most, and after which place. after_tier is null on the first page.';

create type private.song_plan as (
  caller uuid,
  asked private.song_query,
  wanted private.song_filter,
  keys private.song_key[],
  shared uuid[],
  near text[],
  songs_in_all double precision,
  public_is_on_top boolean,
  seen text,
  conditions text,
  begun text,
  begun_word text,
  not_exact text,
  line text,
  not_line text
);
comment on type private.song_plan is
  'A search: the caller, the query, the filters, the songs shared with the caller, and titles one typo away (null until a stage needs them). '
  'songs_in_all: an estimate of all songs. public_is_on_top: the 400 most popular songs that the caller sees are public. The rest is SQL on a row s. '
  'seen: the caller sees the song. conditions: it passes the filters and exclusions. begun and begun_word: its title is the query and one more letter, '
  'by its key and by its last word. not_exact: the stages of exact names leave it out. line: the words follow each other in it (null when the query '
  'is no line). not_line: they do not.';

create function private.popularity_epoch()
returns date
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return date '2026-01-01';
end
$$;
comment on function private.popularity_epoch is 'Popularity is stored as of this day, so that time alone changes no row; it fades by e in 30 days.';

create function private.seen_songs(caller uuid, shared uuid[])
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return ' and s.deleted_at is null and (s.visibility = ''public'''
    || case when caller is null then '' else format(' or s.created_by = %L', caller) end
    || case when shared = '{}' then ')' else ' or s.id = any ($3))' end;
end
$$;
comment on function private.seen_songs is 'The rule of private.visible_songs as SQL for a row s; $3 is what is shared with the caller.';

create function private.line_condition(asked private.song_query)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  words constant text[] := asked.spelled;
  -- The last of three words or more may be unfinished.
  is_open constant boolean := asked.is_open and cardinality(words) > 2;
  whole constant integer := cardinality(words) - is_open::integer;
begin
  if not asked.is_one_text or asked.pairs is not null or cardinality(words) < 2 then
    return null;
  end if;
  return format('s.word_pairs @> %L::integer[]', private.pairs_of(words[:whole]))
    || case when is_open then format(' and s.search_vector @@ %L::tsquery', format('%L <-> %L:*', words[whole], words[whole + 1])) else '' end;
end
$$;
comment on function private.line_condition is 'As SQL: whether the words of a query follow each other in a row s; null for a single word and for phrases.';

create function private.is_long_line(asked private.song_query)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return cardinality(asked.spelled) > 3;
end
$$;
comment on function private.is_long_line is 'Whether a query has so many words that songs with all of them in one line rank above songs with them in names.';

create function private.plan_songs(query text, filters jsonb)
returns private.song_plan
language plpgsql
stable
set search_path = ''
as $$
declare
  plan private.song_plan;
  least_liked double precision;
begin
  plan.caller := auth.uid();
  plan.asked := private.read_song_query(query);
  plan.wanted := private.read_song_filter(filters);
  plan.keys := private.shared_song_keys();
  plan.shared := array(select k.id from unnest(plan.keys) as k);
  select greatest(c.reltuples, 0) into plan.songs_in_all from pg_catalog.pg_class c where c.oid = 'public.songs'::regclass;

  -- Visibility is written out: under the policies the operators of a search could not use an index.
  plan.seen := private.seen_songs(plan.caller, plan.shared);
  plan.conditions := (plan.wanted).conditions
    || case when (plan.asked).excluded is null then '' else format(' and not s.search_vector @@ %L::tsquery', (plan.asked).excluded) end;
  if (plan.asked).is_one_text and (plan.asked).open is not null and char_length((plan.asked).words) > 2 then
    -- One key for each letter, because very many titles can have the prefix.
    plan.begun := format('s.title_words = any (%L::text[])',
      array(select (plan.asked).words || l.letter from string_to_table('abcdefghijklmnopqrstuvwxyz0123456789', null) as l (letter)));
    -- A key has no blanks: what is missing is a letter and not another word.
    plan.begun_word := format(' and s.header_vector @@ %L::tsquery', (
      select string_agg(private.quote_lexeme((plan.asked).spelled[cardinality((plan.asked).spelled)] || l.letter) || ':A', ' | ')
      from string_to_table('abcdefghijklmnopqrstuvwxyz0123456789', null) as l (letter)));
  end if;
  plan.not_exact := case when (plan.asked).is_one_text and (plan.asked).words <> ''
      then format(' and s.title_words <> %1$L and s.artist_words <> %1$L', (plan.asked).words) else '' end
    || coalesce(' and not (' || plan.begun || plan.begun_word || ')', '');

  plan.line := private.line_condition(plan.asked);
  plan.not_line := coalesce(' and not (' || plan.line || ')', '');

  select q.popularity into least_liked
  from public.songs q
  where q.visibility = 'public' and q.deleted_at is null
  order by q.popularity desc, q.id desc
  offset 399 limit 1;
  plan.public_is_on_top := not exists (select from unnest(plan.keys) as k where k.popularity >= coalesce(least_liked, 0))
    and not exists (
      select
      from public.songs o
      where o.created_by = plan.caller and o.visibility <> 'public' and o.deleted_at is null
        and o.popularity >= coalesce(least_liked, 0)
    );
  return plan;
end
$$;
comment on function private.plan_songs is 'Reads a query and filters, and what is shared with the caller.';

create function private.matching_songs(plan private.song_plan)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  asked constant private.song_query := plan.asked;
begin
  return plan.seen || plan.conditions || case
    when asked.header is null then ''
    when asked.header = asked.lyrics then format(' and s.search_vector @@ %L::tsquery', asked.lyrics)
    else format(' and (s.search_vector @@ %L::tsquery or s.header_vector @@ %L::tsquery)', asked.lyrics, asked.header)
  end;
end
$$;
comment on function private.matching_songs is 'As SQL: whether the caller sees a row s and it matches the query and filters.';

create function private.walk_of_songs(plan private.song_plan, page private.song_page, most integer)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  place constant text := format('(%L::double precision, %L::uuid)', page.popularity, page.id);
  -- Of the caller's own songs and of what is shared only those that are as popular as the last public one take part.
  least_liked constant text := format('coalesce((select q.popularity from public.songs q where q.visibility = ''public'' '
    'and q.deleted_at is null and (q.popularity, q.id) < %s order by q.popularity desc, q.id desc offset %s - 1 limit 1), 0)', place, most);
begin
  -- As many of each list, which are in order already: an order over all of them would sort all songs.
  return format('(select s.* from ((select p.* from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
      'and (p.popularity, p.id) < %s order by p.popularity desc, p.id desc limit %s)', place, most)
    || case when plan.caller is null then '' else format(
      ' union all (select o.* from public.songs o where o.created_by = %L and o.visibility <> ''public'' and o.deleted_at is null '
      'and (o.popularity, o.id) < %s and o.popularity >= %s order by o.popularity desc, o.id desc limit %s)',
      plan.caller, place, least_liked, most) end
    || case when plan.keys = '{}' then '' else format(
      ' union all (select h.* from (select w.id from unnest($2) as w where (w.popularity, w.id) < %s and w.popularity >= %s '
      'order by w.popularity desc, w.id desc limit %s) as w join public.songs h on h.id = w.id '
      'where h.created_by <> %L and h.visibility <> ''public'' and h.deleted_at is null)', place, least_liked, most, plan.caller) end
    || format(') s order by s.popularity desc, s.id desc limit %s) s', most);
end
$$;
comment on function private.walk_of_songs is 'As SQL: the next songs that the caller sees behind a place, in order of popularity; $2 is what is shared.';

create function private.most_popular_songs(plan private.song_plan, page private.song_page, most integer)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  if plan.public_is_on_top then
    return format('(select * from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
      'order by p.popularity desc, p.id desc limit %s) s', most);
  end if;
  page.popularity := 'infinity';
  page.id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  return private.walk_of_songs(plan, page, most);
end
$$;
comment on function private.most_popular_songs is
  'As SQL: the most popular songs, at most 400 unless nothing but public songs is liked as well.';

revoke all on private.search_stages from public, anon, authenticated, service_role;
revoke execute on function
  private.popularity_epoch(),
  private.seen_songs(uuid, uuid[]),
  private.line_condition(private.song_query),
  private.is_long_line(private.song_query),
  private.plan_songs(text, jsonb),
  private.matching_songs(private.song_plan),
  private.walk_of_songs(private.song_plan, private.song_page, integer),
  private.most_popular_songs(private.song_plan, private.song_page, integer)
from public, anon, authenticated, service_role;

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

-- The stages of a search that answer in order of popularity. An inverted index cannot give that order. If many songs match, a
-- stage reads the songs one after the other. If few match, the index gathers them, some powers of two of popularity at a time.

create type private.song_walk as (
  tier integer,
  whole text,
  indexed text,
  indexed_without_start text,
  start text,
  common_start integer,
  is_of_lyrics boolean,
  is_by_chords boolean
);
comment on type private.song_walk is
  'What a walk looks for, as SQL on a row s. whole: all conditions. indexed: the conditions that the index can check, and indexed_without_start: '
  'the same without the prefix of a word. start: the song has the prefix, which is common when more than common_start of the songs read have it. '
  'is_of_lyrics: the conditions are on the lyrics. is_by_chords: the search is by chords only.';

create type private.song_step as (
  looked bigint,
  hits bigint,
  starts bigint,
  ids uuid[],
  popularities double precision[],
  last_popularity double precision,
  last_id uuid
);
comment on type private.song_step is 'A step of a walk: how many songs it read, which ones match, and the last one it read.';

create function private.look_ahead(plan private.song_plan, page private.song_page, walk private.song_walk, most integer)
returns private.song_step
language plpgsql
stable
set search_path = ''
as $$
declare
  step private.song_step;
begin
  execute format(
    'with w as materialized (select s.id, s.popularity, (true%s) is true as is_hit, (%s) is true as is_start from %s), '
    'h as (select w.id, w.popularity from w where w.is_hit order by w.popularity desc, w.id desc limit %s), '
    'l as (select w.id, w.popularity from w order by w.popularity, w.id limit 1) '
    'select (select count(*) from w), (select count(*) from w where w.is_hit), (select count(*) from w where w.is_start), '
    'array(select h.id from h), array(select h.popularity from h), (select l.popularity from l), (select l.id from l)',
    walk.whole, walk.start,
    case when page.popularity = 'infinity' then private.most_popular_songs(plan, page, most) else private.walk_of_songs(plan, page, most) end,
    page.size)
  into step
  using (plan.wanted).chord_sets, plan.keys, plan.shared, plan.near;
  return step;
end
$$;
comment on function private.look_ahead is 'Reads the next songs, which also shows how rare hits are.';

create function private.walk_on(plan private.song_plan, page private.song_page, walk private.song_walk, most integer)
returns private.song_step
language plpgsql
stable
set search_path = ''
as $$
declare
  songs constant text := private.walk_of_songs(plan, page, most);
  step private.song_step;
begin
  execute format('with h as materialized (select s.id, s.popularity from %s where true%s limit %s) '
    'select %s, null, null, array(select h.id from h), array(select h.popularity from h), null, null', songs, walk.whole, page.size, most)
  into step
  using (plan.wanted).chord_sets, plan.keys, plan.shared, plan.near;
  if cardinality(step.ids) < page.size then
    execute format('select s.popularity, s.id from %s order by s.popularity desc, s.id desc offset %s', songs, most - 1)
    into step.last_popularity, step.last_id
    using (plan.wanted).chord_sets, plan.keys;
  end if;
  return step;
end
$$;
comment on function private.walk_on is 'Walks past so many songs, or until the page is full; without a last one the walk is at its end.';

create function private.songs_by_chords(plan private.song_plan, page private.song_page)
returns private.song_step
language plpgsql
stable
set search_path = ''
as $$
declare
  step private.song_step;
begin
  execute format(
    'with h as (select s.id, s.popularity from (select p.id, p.popularity from public.songs p '
    'where p.visibility = ''public'' and p.deleted_at is null and p.chord_set = any ($1)%s%s) s '
    'where (s.popularity, s.id) < (%L::double precision, %L::uuid) order by s.popularity desc, s.id desc limit %s) '
    'select 0, null, null, array(select h.id from h), array(select h.popularity from h), null, null',
    case when plan.caller is null then '' else format(' union all select o.id, o.popularity from public.songs o '
      'where o.created_by = %L and o.visibility <> ''public'' and o.deleted_at is null and o.chord_set = any ($1)', plan.caller) end,
    case when plan.keys = '{}' then '' else format(' union all select h.id, h.popularity from public.songs h '
      'where h.id = any (array(select w.id from unnest($2) as w where w.chord_set = any ($1))) '
      'and h.created_by <> %L and h.visibility <> ''public'' and h.deleted_at is null and h.chord_set = any ($1)', plan.caller) end,
    page.popularity, page.id, page.size)
  into step
  using (plan.wanted).chord_sets, plan.keys;
  return step;
end
$$;
comment on function private.songs_by_chords is 'All that is left of a search for chords alone: they have an index in order of popularity.';

create function private.gather_songs(
  plan private.song_plan, page private.song_page, walk private.song_walk, indexed text, top integer, width integer, most integer
)
returns private.song_step
language plpgsql
stable
set search_path = ''
as $$
declare
  behind constant text := format('(s.popularity, s.id) < (%L::double precision, %L::uuid)', page.popularity, page.id);
  step private.song_step;
begin
  execute format(
    'with g as materialized (select s.id, s.popularity, s.deleted_at, s.visibility, s.created_by, s.title_words, s.artist_words, '
    's.header_vector, s.search_vector, s.word_pairs, s.search_terms, s.genre, s.style, s.key, s.language, s.source_type, s.difficulty_level, '
    's.year, s.tempo, s.duration_seconds, s.chord_set from public.songs s where s.deleted_at is null%s%s limit %s), '
    'h as (select s.id, s.popularity from (select * from g s where %s%s '
    'order by s.popularity desc, s.id desc offset 0) s where true%s limit %s), '
    'l as (select s.id, s.popularity from g s where %4$s order by s.popularity, s.id limit 1) '
    'select (select count(*) from g), null, null, array(select h.id from h), array(select h.popularity from h), '
    '(select l.popularity from l), (select l.id from l)',
    case indexed when '' then ' and s.chord_set = any ($1)' else indexed end,
    case when width < 100 then format(' and s.search_terms && %L::text[]',
      array(select 'liked:' || n from generate_series(greatest(top - width + 1, 0), top) as n)) else '' end,
    most + 1, behind, plan.seen, walk.whole, page.size)
  into step
  using (plan.wanted).chord_sets, plan.keys, plan.shared, plan.near;
  return step;
end
$$;
comment on function private.gather_songs is
  'Asks the index for songs of some powers of two of popularity, from the highest one left. Sorts them and reads them until the page is full.';

create function private.find_in_order(plan private.song_plan, page private.song_page, walk private.song_walk)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  look constant integer := case when (plan.asked).header is null then 400 else 120 end;
  most integer;
  indexed text := walk.indexed;
  gathers boolean := walk.start <> 'null' and (plan.asked).pairs is null;
  step private.song_step := private.look_ahead(plan, page, walk, look);
  top integer;
  width integer;
  budget integer;
  spent bigint := 0;
begin
  return query select h.id, walk.tier, 0::double precision, h.popularity, false from unnest(step.ids, step.popularities) as h (id, popularity);
  page.size := page.size - cardinality(step.ids);
  if step.looked < look or page.size <= 0 then
    return;
  end if;
  page.popularity := step.last_popularity;
  page.id := step.last_id;
  -- A common prefix is checked on the songs that the other words and the filters select.
  if gathers and step.starts > walk.common_start then
    gathers := false;
    indexed := walk.indexed_without_start;
  end if;
  indexed := indexed || (plan.wanted).terms;
  -- A song whose lyrics must be read costs as much as three that the index alone decides.
  most := (page.stage).gathers / case when walk.is_of_lyrics
    and ((plan.asked).excluded is not null or (walk.start <> 'null' and not gathers)) then 3 else 1 end;
  top := private.popularity_level(page.popularity);
  -- Each step gathers all songs with the prefix again.
  width := case when step.hits = 0 then 8 when gathers then 6 else 2 end;
  budget := case when step.hits >= 5 or (gathers and step.hits >= 3) then greatest(1500, page.size * 40)
    when indexed = '' and (plan.wanted).chord_sets is null then 5000 end;
  loop
    if budget is not null then
      step := private.walk_on(plan, page, walk, budget);
    elsif walk.is_by_chords then
      step := private.songs_by_chords(plan, page);
      top := -1;
    else
      width := case when indexed = '' then 100 else width end;
      step := private.gather_songs(plan, page, walk, indexed, top, width, most);
      if step.looked > most then
        -- Fewer powers at once; when one alone has so many, by a walk, which may stop short.
        budget := case when width = 1 or indexed = '' then (page.stage).walks end;
        width := greatest(least(width, 32) / 4, 1);
        continue;
      end if;
      spent := spent + step.looked;
      top := top - width;
      -- The next lower power has about twice as many songs. A step without any song means few songs in all.
      width := case when step.looked = 0 then 100 when cardinality(step.ids) = 0 then width + 2
        else 1 + ceil(ln(1 + page.size::double precision / cardinality(step.ids)) / ln(2.0)) end;
    end if;
    return query select h.id, walk.tier, 0::double precision, h.popularity, false
      from unnest(step.ids, step.popularities) as h (id, popularity);
    page.size := page.size - cardinality(step.ids);
    exit when page.size <= 0 or (budget is null and top < 0) or (budget is not null and step.last_id is null);
    page.popularity := coalesce(step.last_popularity, page.popularity);
    page.id := coalesce(step.last_id, page.id);
    if (budget is null and spent > 2 * most)
      or budget in ((page.stage).walks, 5000) or (budget is not null and indexed = '' and (plan.wanted).chord_sets is null)
    then
      -- The stage ends here, whatever it found; the next page continues after this place.
      return query select page.id, walk.tier, 0::double precision, page.popularity, true;
      return;
    end if;
    top := case when budget is null then top else private.popularity_level(page.popularity) end;
    budget := null;
  end loop;
end
$$;
comment on function private.find_in_order is
  'The most popular songs that match. When the budget of a page is spent, a last hit with is_place says where to continue.';

create function private.find_by_header(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
declare
  ranked private.song_hit[];
  walk private.song_walk;
begin
  if (plan.asked).header is null then
    return;
  end if;
  if page.after_tier is distinct from 35 then
    ranked := private.rank_headers(plan, page);
    if ranked is not null then
      return query select h.* from unnest(ranked) as h;
      return;
    end if;
  end if;
  walk.tier := 35;
  walk.indexed := format(' and s.header_vector @@ %L::tsquery', (plan.asked).header);
  walk.whole := walk.indexed || plan.conditions || plan.not_exact || case when private.is_long_line(plan.asked) then plan.not_line else '' end;
  walk.indexed_without_start := coalesce(' and s.header_vector @@ ' || quote_literal((plan.asked).rest) || '::tsquery', '');
  walk.start := coalesce('s.header_vector @@ ' || quote_literal((plan.asked).open) || '::tsquery', 'null');
  walk.common_start := 2;
  return query select * from private.find_in_order(plan, page, walk);
end
$$;
comment on function private.find_by_header is
  'Stage: title, artist, album, genre, style or writers have every word; ranked, or by popularity when they are many.';

create function private.find_anywhere(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
declare
  asked constant private.song_query := plan.asked;
  lyrics constant text := coalesce(' and s.search_vector @@ ' || quote_literal(asked.lyrics) || '::tsquery', '');
  walk private.song_walk;
begin
  walk.tier := case when plan.near is null then 20 else 21 end;
  walk.indexed := case when asked.header is not null and asked.pairs is not null then format(' and s.word_pairs @> %L::integer[]', asked.pairs)
    else lyrics end;
  walk.whole := lyrics || coalesce(' and not s.header_vector @@ ' || quote_literal(asked.header) || '::tsquery', '')
    || plan.conditions || plan.not_exact || plan.not_line
    || case when plan.near is null then '' else ' and not (s.title_words = any ($4) or s.artist_words = any ($4))' end;
  walk.indexed_without_start := coalesce(' and s.search_vector @@ ' || quote_literal(asked.rest) || '::tsquery', '');
  walk.start := coalesce('s.search_vector @@ ' || quote_literal(asked.start) || '::tsquery', 'null');
  walk.common_start := 12;
  walk.is_of_lyrics := true;
  walk.is_by_chords := walk.whole = ' and s.chord_set = any ($1)';
  return query select * from private.find_in_order(plan, page, walk);
end
$$;
comment on function private.find_anywhere is 'Stage: every word is somewhere in the song, or there are no words but filters.';

revoke execute on function
  private.look_ahead(private.song_plan, private.song_page, private.song_walk, integer),
  private.walk_on(private.song_plan, private.song_page, private.song_walk, integer),
  private.songs_by_chords(private.song_plan, private.song_page),
  private.gather_songs(private.song_plan, private.song_page, private.song_walk, text, integer, integer, integer),
  private.find_in_order(private.song_plan, private.song_page, private.song_walk),
  private.find_by_header(private.song_plan, private.song_page),
  private.find_anywhere(private.song_plan, private.song_page)
from public, anon, authenticated, service_role;

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

-- Finds songs: goes through the stages until the page is full.

create function private.songs_meant(plan private.song_plan)
returns private.song_hit[]
language plpgsql
stable
set search_path = ''
as $$
declare
  hits private.song_hit[];
begin
  execute format('with c as materialized (select s.id, s.popularity, s.title_words, s.artist_words, s.score from %s '
    'where not s.header_vector @@ %L::tsquery%s), '
    'd as (select distinct on (case when c.score > 0 then c.title_words else c.artist_words end) c.id, c.score, c.popularity from c '
    'order by case when c.score > 0 then c.title_words else c.artist_words end, c.score desc, c.popularity desc, c.id desc), '
    'e as (select d.* from d order by d.score desc, d.popularity desc, d.id desc limit 8) '
    'select array(select (e.id, 38, 0, 0, false)::private.song_hit from e join public.songs s on s.id = e.id '
    'where not s.search_vector @@ %L::tsquery order by e.score desc, e.popularity desc, e.id desc limit 4)',
    private.songs_like_names((plan.asked).words, 'true', case plan.conditions when '' then 5 else 300 end, 'true'),
    (plan.asked).header, plan.conditions, (plan.asked).lyrics)
  into hits
  using (plan.wanted).chord_sets, plan.keys, plan.shared, private.near_titles((plan.asked).spelled);
  return hits;
end
$$;
comment on function private.songs_meant is 'Up to four songs whose title or artist is the query less one typo, each name once.';

create function private.search_songs(
  query text,
  filters jsonb,
  page_size integer,
  after_tier integer,
  after_score double precision,
  after_popularity double precision,
  after_id uuid
)
returns setof private.song_hit
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = 'off'
set jit = 'off'
set max_parallel_workers_per_gather = 0
set random_page_cost = '1.1'
set work_mem = '32MB'
as $$
declare
  plan private.song_plan;
  page private.song_page;
  stage private.search_stages;
  next_one record;
  found private.song_hit[] := '{}';
  hits private.song_hit[];
begin
  perform private.check_page_size('search songs', page_size, 200, 1);
  plan := private.plan_songs(query, filters);
  if (plan.asked).header is null and ((plan.asked).excluded is not null or (plan.wanted).conditions = '' or query ~ E'\\S') then
    return;
  end if;

  page.after_tier := after_tier;
  for next_one in select s as stage from private.search_stages s order by s.tier desc loop
    stage := next_one.stage;
    continue when stage.last_tier > after_tier;
    continue when case when after_tier is null then cardinality(found) >= stage.fewer_than
      else stage.fewer_than is not null and after_tier > stage.tier end;
    page.stage := stage;
    page.size := page_size - cardinality(found);
    exit when page.size <= 0;
    page.score := 'infinity';
    page.popularity := 'infinity';
    page.id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    if after_tier between stage.last_tier and stage.tier then
      page.score := after_score;
      page.popularity := after_popularity;
      page.id := after_id;
    end if;
    if stage.name = 'typo in a name' or (after_tier = 21 and plan.near is null) then
      plan.near := case when (plan.asked).is_one_text and char_length((plan.asked).words) > 2 then private.near_titles((plan.asked).spelled) end;
    end if;
    execute format('select array_agg(h) from %s($1, $2) as h', stage.function_name) into hits using plan, page;
    found := found || hits;
    exit when (found[cardinality(found)]).is_place;
  end loop;

  -- Enough songs have the words, but no title is the query: corrected titles come after the fifth result.
  if after_tier is null and plan.near is null and (plan.asked).is_one_text and page_size > 10 and char_length((plan.asked).words) > 3
    and not (found[5]).is_place and (found[5]).tier in (45, 42, 40, 35) and (found[1]).tier < 50
  then
    found := found[:5] || private.songs_meant(plan) || found[6:];
  end if;
  return query select h.* from unnest(found[:page_size]) as h;
end
$$;
comment on function private.search_songs is
  'One page of the results of a query, stage by stage. When a walk had to stop, a last row with is_place says where to continue.';

create function private.query_meant(query text, filters jsonb)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  rest constant text := private.without_song_words(query);
begin
  -- "Three chords" may be a title: its words are left out only where they find nothing.
  return case
    when rest is null or exists (select from private.search_songs(query, filters, 1, null, null, null, null) f where not f.is_place) then query
    else rest
  end;
end
$$;
comment on function private.query_meant is 'A query, without words such as "chords" where it finds nothing with them.';

insert into private.search_stages (name, tier, last_tier, function_name, fewer_than, ranks, gathers, walks) values
  ('title', 60, 60, 'private.find_by_title', null, null, 1000, null),
  ('artist', 50, 50, 'private.find_by_artist', null, null, 1000, null),
  ('begun title', 45, 45, 'private.find_by_begun_title', null, null, 1000, null),
  ('line', 42, 42, 'private.find_by_line', null, 1000, 6000, 3000),
  ('header', 40, 35, 'private.find_by_header', null, 2000, 6000, 3000),
  ('short line', 33, 33, 'private.find_by_line', null, 1000, 6000, 3000),
  ('typo in a name', 30, 30, 'private.find_by_typo_in_name', 5, null, 300, null),
  ('typo in a line', 25, 25, 'private.find_by_typo_in_line', 5, 40, 100, null),
  ('anywhere', 21, 20, 'private.find_anywhere', null, null, 6000, 3000),
  ('typo in a word', 10, 10, 'private.find_by_typo_in_word', 5, null, 2000, 1500);

revoke execute on function
  private.query_meant(text, jsonb),
  private.songs_meant(private.song_plan),
  private.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid)
from public, anon, authenticated, service_role;

-- A search in an order of its own: by popularity, age, title, artist or difficulty in place of how well a song matches.
--
-- What matches is what count_songs counts. Few songs are gathered by an index and sorted. Many are read in the order itself, which
-- ends soon because many match; a page that has read its budget ends early and says where to continue.

create type private.sorted_song as (
  id uuid,
  name text,
  place double precision,
  is_place boolean
);
comment on type private.sorted_song is
  'A song in an order: by name, then place, then id downwards. With is_place it is not a result but the place after which the next page continues.';

create type private.song_order as (
  name text,
  place text,
  walk text,
  behind text
);
comment on type private.song_order is
  'An order as SQL on a row s: its name and place; how an index has it, and what is behind a place in it, both null when no index has it.';

create function private.song_order(sort text, after_name text, after_place double precision, after_id uuid)
returns private.song_order
language plpgsql
stable
set search_path = ''
as $$
declare
  -- From the epoch in microseconds, which a double holds exactly.
  age constant text := '-(extract(epoch from s.created_at) * 1000000)::double precision';
  liked constant text := '-s.popularity';
begin
  return case sort
    when 'popular' then row('''''', liked, 's.popularity desc, s.id desc',
      format('(s.popularity, s.id) < (%L::double precision, %L::uuid)', -after_place, after_id))::private.song_order
    when 'newest' then row('''''', age, 's.created_at desc, s.id desc',
      format('(s.created_at, s.id) < (timestamptz ''epoch'' + %L * interval ''1 microsecond'', %L::uuid)', -after_place, after_id))::private.song_order
    when 'title' then row('s.title_words', liked, 's.title_words, s.popularity desc, s.id desc',
      format('s.title_words >= %1$L and (s.title_words > %1$L or (s.popularity, s.id) < (%2$L::double precision, %3$L::uuid))',
        after_name, -after_place, after_id))::private.song_order
    -- Those without one come last.
    when 'artist' then row(E'coalesce(nullif(s.artist_words, ''''), E''\\U0010FFFF'') || E''\\u0001'' || s.title_words', liked, null, null)::private.song_order
    when 'difficulty' then row('coalesce(s.difficulty_level::text, ''9'')', liked, null, null)::private.song_order
  end;
end
$$;
comment on function private.song_order is 'The order of a sort after a place; null for no sort.';

create function private.walk_in_order(plan private.song_plan, ordered private.song_order, is_first boolean, most integer, page_size integer)
returns private.sorted_song[]
language plpgsql
stable
set search_path = ''
as $$
declare
  behind constant text := case when is_first then '' else ' and ' || ordered.behind end;
  songs constant text := format('(select s.* from public.songs s where s.visibility = ''public'' and s.deleted_at is null%s order by %s limit %s) s',
    behind, ordered.walk, most);
  picked constant text := format('select s.id, (%s)::text as name, (%s)::double precision as place from ', ordered.name, ordered.place);
  matching constant text := private.matching_songs(plan);
  found private.sorted_song[];
  public_ones bigint;
  last private.sorted_song;
begin
  execute format('with p as materialized (%s%s where true%s limit %s), a as (select * from p%s%s) '
    'select (select count(*) from p), array(select (a.id, a.name, a.place, false)::private.sorted_song from a '
    'order by a.name collate "C", a.place, a.id desc limit %4$s)',
    picked, songs, matching, page_size,
    -- One's own and what is shared are few, and have no index in each order.
    case when plan.caller is null then '' else format(' union all (%spublic.songs s where s.created_by = %L and s.visibility <> ''public''%s%s order by %s limit %s)',
      picked, plan.caller, behind, matching, ordered.walk, page_size) end,
    case when plan.keys = '{}' then '' else format(' union all (%spublic.songs s where s.id = any ($3) and s.created_by <> %L and s.visibility <> ''public''%s%s '
      'order by %s limit %s)', picked, plan.caller, behind, matching, ordered.walk, page_size) end)
  into public_ones, found
  using (plan.wanted).chord_sets, plan.keys, plan.shared;
  if public_ones = page_size then
    return found;
  end if;
  execute format('select s.id, (%s)::text, (%s)::double precision, true from %s order by %s offset %s', ordered.name, ordered.place, songs, ordered.walk, most - 1)
  into last;
  if last.id is null then
    return found;
  end if;
  -- What is behind the last public song that was read waits for the next page.
  found := array(
    select f from unnest(found) as f
    where f.name collate "C" < last.name or (f.name = last.name and (f.place < last.place or (f.place = last.place and f.id >= last.id)))
  );
  return case when cardinality(found) = page_size then found else found || last end;
end
$$;
comment on function private.walk_in_order is 'The next matching songs in an order that an index has, having read at most so many public ones.';

create function private.sorted_songs(query text, filters jsonb, sort text, page_size integer, after_name text, after_place double precision, after_id uuid)
returns setof private.sorted_song
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = 'off'
set jit = 'off'
set max_parallel_workers_per_gather = 0
set random_page_cost = '1.1'
set work_mem = '32MB'
as $$
declare
  most constant integer := 10000;
  plan private.song_plan;
  ordered constant private.song_order := private.song_order(sort, after_name, after_place, after_id);
  total bigint;
  found private.sorted_song[];
begin
  if ordered.name is null then
    perform private.raise_error('invalid_input', 'unable to search songs; there is no such order', 'Pass popular, newest, title, artist or difficulty.',
      '{"field": "sort"}');
  end if;
  plan := private.plan_songs(query, filters);
  if (plan.asked).header is null and ((plan.asked).excluded is not null or (plan.wanted).conditions = '' or query ~ E'\\S') then
    return;
  end if;
  -- Where many match, the first songs of the order have a page.
  if ordered.walk is not null then
    found := private.walk_in_order(plan, ordered, after_id is null, 2000, page_size);
    if cardinality(found) > 0 and not (found[cardinality(found)]).is_place or cardinality(found) = 0 then
      return query select f.* from unnest(found) as f;
      return;
    end if;
  end if;
  execute format('with g as materialized (select s.id, (%s)::text as name, (%s)::double precision as place from public.songs s where true%s%s%s limit %s) '
    'select (select count(*) from g), array(select (g.id, g.name, g.place, false)::private.sorted_song from g%s '
    'order by g.name collate "C", g.place, g.id desc limit %s)',
    ordered.name, ordered.place, (plan.wanted).terms, coalesce(' and s.word_pairs @> ' || quote_literal((plan.asked).pairs) || '::integer[]', ''),
    private.matching_songs(plan), most + 1,
    case when after_id is null then '' else format(' where g.name collate "C" > %1$L or (g.name = %1$L and (g.place > %2$L::double precision '
      'or (g.place = %2$L::double precision and g.id < %3$L::uuid)))', after_name, after_place, after_id) end,
    page_size)
  into total, found
  using (plan.wanted).chord_sets, plan.keys, plan.shared;
  if total > most then
    if ordered.walk is null then
      perform private.raise_error('invalid_input', format('unable to search songs; more than %s songs match, too many to sort by %s', most, sort),
        'Add words or filters, or sort by title, newest or popular.', '{"field": "sort"}');
    end if;
    found := private.walk_in_order(plan, ordered, after_id is null, 20000, page_size);
  end if;
  return query select f.* from unnest(found) as f;
end
$$;
comment on function private.sorted_songs is 'One page of the songs that match a query and filters, in an order of their own.';

revoke execute on function
  private.song_order(text, text, double precision, uuid),
  private.walk_in_order(private.song_plan, private.song_order, boolean, integer, integer),
  private.sorted_songs(text, jsonb, text, integer, text, double precision, uuid)
from public, anon, authenticated, service_role;

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

-- Facet counts of a search of songs.

create function private.scale_counts(counts jsonb, scale double precision)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_object_agg(f.key, (
      select jsonb_agg(e.entry || jsonb_build_object('count', round((e.entry ->> 'count')::double precision * scale)) order by e.n)
      from jsonb_array_elements(f.value) with ordinality as e (entry, n)))
    from jsonb_each(counts) as f
  ), '{}');
end
$$;
comment on function private.scale_counts is 'Counts by value of a part, for the whole.';

create function private.count_values(plan private.song_plan, source text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  counted jsonb;
begin
  -- Spellings are one value, in the spelling of most songs. At most 500 of each, and 100 artists, are folded, however many there are. Each artist of
  -- a song is a value.
  execute 'with c as materialized (select s.genre, s.style, s.key, s.difficulty_level::text as difficulty, '
    'lower(split_part(s.language, ''-'', 1)) as language, (s.year / 10 * 10)::text as decade, s.search_terms, s.artist, '
    'case when strpos(s.artist, '', '') > 0 then s.chordpro_metadata -> ''artist'' end as artists from ' || source || '), '
    'n as (select case when grouping(c.genre) = 0 then ''genre'' when grouping(c.style) = 0 then ''style'' when grouping(c.key) = 0 then ''key'' '
    'when grouping(c.difficulty) = 0 then ''difficulty'' when grouping(c.language) = 0 then ''language'' else ''decade'' end as name, '
    'coalesce(c.genre, c.style, c.key, c.difficulty, c.language, c.decade) collate "C" as value, count(*) as n '
    'from c group by grouping sets ((c.genre), (c.style), (c.key), (c.difficulty), (c.language), (c.decade)) '
    'union all select ''tag'', substr(t.term, 5), count(*) from (select unnest(c.search_terms) as term from c) t '
    'where starts_with(t.term, ''tag:'') group by 2 '
    'union all select ''artist'', a.name collate "C", count(*) from (select c.artist as name from c where c.artists is null '
    'union all select e.name from c cross join lateral jsonb_array_elements_text(c.artists) as e (name)) a group by 2) '
    'select jsonb_build_object(''total'', (select count(*) from c), ''facets'', coalesce((select jsonb_object_agg(v.name, v.counts) from ('
    'select v.name, jsonb_agg(jsonb_build_object(''value'', v.value, ''count'', v.n) order by v.n desc, v.value) as counts from ('
    'select f.*, row_number() over (partition by f.name order by f.n desc, f.value) as place from ('
    'select w.name, (array_agg(w.value order by w.n desc, w.value))[1] as value, sum(w.n) as n from ('
    'select n.*, row_number() over (partition by n.name order by n.n desc, n.value) as place from n where n.value is not null) w '
    'where w.place <= case w.name when ''artist'' then 100 else 500 end '
    'group by w.name, case when w.name in (''artist'', ''genre'', ''style'', ''key'') then private.song_filter_term(w.name, w.value) else w.value end'
    ') f) v where v.place <= 30 group by v.name) v), ''{}''))'
  into counted
  using (plan.wanted).chord_sets, plan.keys, plan.shared;
  return counted;
end
$$;
comment on function private.count_values is 'How many songs a source as SQL has, in all and by each value.';

create function private.count_songs(query text, filters jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = 'off'
set jit = 'off'
set max_parallel_workers_per_gather = 0
set random_page_cost = '1.1'
set work_mem = '32MB'
as $$
declare
  plan private.song_plan := private.plan_songs(private.query_meant(query, filters), filters);
  most constant integer := 10000;
  matching text;
  counted text;
  hits bigint;
  -- The part of all songs that a sample reads, in percent.
  share double precision;
  found jsonb;
  sampled jsonb;
  guessed double precision := 0;
begin
  if (plan.asked).header is null and ((plan.asked).excluded is not null or query ~ E'\\S') then
    return '{"total": 0, "exact": true, "facets": {}}';
  end if;
  matching := private.matching_songs(plan);
  counted := 'public.songs s where true' || (plan.wanted).terms
    || coalesce(' and s.word_pairs @> ' || quote_literal((plan.asked).pairs) || '::integer[]', '') || matching || format(' limit %s', most + 1);

  -- Few of the most popular: few, most likely, in all.
  execute 'select count(*) from (select p.* from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
    'order by p.popularity desc, p.id desc limit 400) s where true' || matching
  into hits
  using (plan.wanted).chord_sets, plan.keys, plan.shared;
  share := case when plan.songs_in_all > 20000 then 400000 / plan.songs_in_all else 100 end;
  if hits <= 6 or share = 100 then
    found := private.count_values(plan, counted);
  end if;
  -- Random pages of the table show whether there are too many songs to count, and then serve as the sample.
  if share < 100 and (found is null or (found ->> 'total')::bigint > most) then
    sampled := private.count_values(plan, 'public.songs s tablesample system (' || share || ') repeatable (7) where true' || matching);
    guessed := (sampled ->> 'total')::bigint * 100 / share;
    if guessed > 1.5 * most then
      return jsonb_build_object('total', round(guessed), 'exact', false, 'facets', private.scale_counts(sampled -> 'facets', 100 / share));
    end if;
  end if;
  found := coalesce(found, private.count_values(plan, counted));
  if (found ->> 'total')::bigint <= most then
    return found || jsonb_build_object('exact', private.sees_all_shared());
  end if;
  guessed := greatest(guessed, (found ->> 'total')::bigint);
  return jsonb_build_object('total', round(guessed), 'exact', false,
    'facets', private.scale_counts(found -> 'facets', guessed / (found ->> 'total')::bigint));
end
$$;

create function public.count_songs(query text default '', filters jsonb default '{}')
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.count_songs(query, filters)
$$;
comment on function public.count_songs is
  'Counts the songs that the caller may see and that match a query and filters: in all, and by artist, genre, style, key, difficulty, language, decade and tag. '
  'Counts are exact up to 10,000 songs and estimates beyond.';

revoke execute on function
  private.scale_counts(jsonb, double precision),
  private.count_values(private.song_plan, text),
  private.count_songs(text, jsonb),
  public.count_songs(text, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.count_songs(text, jsonb),
  public.count_songs(text, jsonb)
to anon, authenticated, service_role;

-- The call that searches songs, by how well they match or in an order of their own.

create function private.sort_songs_page(
  query text, filters jsonb, sort text, page_size integer, is_short boolean, after_name text, after_place double precision, after_id uuid
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
-- A page ends at a place, so it is answered with every digit, whatever the connection says.
set extra_float_digits = 1
as $$
declare
  meant text;
  asked private.song_query;
begin
  perform private.check_page_size('search songs', page_size, 200);
  -- A time that PostgreSQL has none of would end as an error of its own.
  if num_nulls(after_name, after_place, after_id) not in (0, 3) or (sort = 'newest' and after_place not between -1e17 and 1e17) then
    perform private.raise_error('invalid_cursor', 'unable to search songs; the cursor is not whole', 'Pass it back unchanged.');
  end if;
  if after_id is null then
    meant := private.query_meant(query, filters);
    is_short := meant <> query;
  else
    meant := case when is_short then coalesce(private.without_song_words(query), query) else query end;
  end if;
  asked := private.song_marks(meant);
  return (
    with
    found as materialized (
      select f.*
      from private.sorted_songs(meant, filters, sort, page_size + 1, after_name, after_place, after_id)
        with ordinality as f (id, name, place, is_place, n)
    ),
    last as (
      select f.name, f.place, f.id
      from found f
      where (f.is_place and f.n <= page_size) or (f.n = page_size and (select count(*) from found) > page_size)
      order by f.n
      limit 1
    )
    select jsonb_build_object(
      'songs', coalesce((
        select jsonb_agg(to_jsonb(v) || jsonb_build_object(
          'highlights', private.highlight_song(asked, s.title, s.artist, s.lyrics, s.language)) order by f.n)
        from found f
        join private.visible_summaries v on v.id = f.id
        join public.songs s on s.id = f.id
        where f.n <= page_size and not f.is_place
      ), '[]'),
      'next', (select jsonb_build_array(10 + case when is_short then 100 else 0 end, l.place, 0, l.id, l.name) from last l))
  );
end
$$;

create function public.search_songs(
  query text default '',
  filters jsonb default '{}',
  page_size integer default 50,
  after_tier integer default null,
  after_score double precision default null,
  after_popularity double precision default null,
  after_id uuid default null,
  sort text default null,
  after_name text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select case
    when sort is null then private.search_songs_page(query, filters, page_size, after_tier, after_score, after_popularity, after_id)
    else private.sort_songs_page(query, filters, sort, page_size, after_tier > 100, after_name, after_score, after_id)
  end
$$;
comment on function public.search_songs is
  'A page of the songs that the caller may see and that match a query and filters, with highlights: best first, or by sort: popular, '
  'newest, title, artist or difficulty. next: the cursor of the next page. '
  'did_you_mean: the corrected query, on a first page for which a typo was undone.';

revoke execute on function
  private.sort_songs_page(text, jsonb, text, integer, boolean, text, double precision, uuid),
  public.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid, text, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.sort_songs_page(text, jsonb, text, integer, boolean, text, double precision, uuid),
  public.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid, text, text)
to anon, authenticated, service_role;

-- Suggests songs and tags as you type.

create function private.songs_to_suggest(start text, last_word text, within tsquery, starts_within tsquery)
returns table (title text, artist text, title_words text, artist_words text, header_vector tsvector, popularity double precision)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller constant uuid := auth.uid();
  keys constant private.song_key[] := private.shared_song_keys();
  beyond constant text := start || E'\U0010FFFF';
  found integer;
begin
  -- The most popular songs are enough for a short prefix.
  return query
    select s.title, s.artist, s.title_words, s.artist_words, s.header_vector, s.popularity
    from (
      (select p.* from public.songs p where p.visibility = 'public' and p.deleted_at is null order by p.popularity desc, p.id desc limit 1500)
      union all
      (select o.* from public.songs o where o.created_by = caller and o.visibility <> 'public' and o.deleted_at is null
        order by o.popularity desc, o.id desc limit 1500)
      union all
      (select h.* from unnest(keys) as k join public.songs h on h.id = k.id
        where (exists (select from unnest(array[last_word] || private.other_words(last_word)) as w (word)
              where strpos(k.title_words, w.word) > 0 or strpos(k.artist_words, w.word) > 0)
            or starts_with(k.title_words, start) or starts_with(k.artist_words, start))
          and h.created_by <> caller and h.visibility <> 'public' and h.deleted_at is null)
      union all
      (select p.* from public.songs p where p.visibility = 'public' and p.deleted_at is null
        and p.title_words >= start and p.title_words < beyond order by p.title_words limit 300)
      union all
      (select p.* from public.songs p where p.visibility = 'public' and p.deleted_at is null
        and p.artist_words >= start and p.artist_words < beyond order by p.artist_words limit 300)
    ) as s
    where starts_with(s.title_words, start) or starts_with(s.artist_words, start) or s.header_vector @@ within;
  get diagnostics found = row_count;
  if starts_within is not null and found < 300 then
    -- Words with the prefix in the middle of less popular names. The index gathers all of them, so only rare prefixes use it.
    return query execute format(
      'select s.title, s.artist, s.title_words, s.artist_words, s.header_vector, s.popularity from public.songs s '
      'where s.header_vector @@ %L::tsquery and s.visibility = ''public'' and s.deleted_at is null limit 300', starts_within);
  end if;
end
$$;
comment on function private.songs_to_suggest is
  'A bounded part of the songs that the caller sees and whose title or artist has the prefix, or has the words of the query inside.';

create function private.suggest_songs(prefix text, page_size integer)
returns table (value text, kind text)
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = 'off'
set jit = 'off'
set max_parallel_workers_per_gather = 0
set random_page_cost = '1.1'
set work_mem = '32MB'
as $$
#variable_conflict use_column
declare
  start constant text := private.text_key(left(prefix, 200));
  asked private.song_query;
  of_title tsquery;
  of_artist tsquery;
  last_word text;
begin
  perform private.check_page_size('suggest songs', page_size, 50);
  if start = '' then
    return;
  end if;
  asked := private.read_song_query(replace(left(prefix, 200), '"', ' '));
  last_word := asked.spelled[cardinality(asked.spelled)];
  if asked.excluded is null then
    select string_agg('(' || private.quote_lexeme(w.word) || w.ending || 'A' || coalesce(o.words, '') || ')', ' & ')::tsquery,
      string_agg('(' || private.quote_lexeme(w.word) || w.ending || 'B' || replace(coalesce(o.words, ''), ':A', ':B') || ')', ' & ')::tsquery
    into of_title, of_artist
    from (
      select s.word, case when asked.is_open and s.n = cardinality(asked.spelled) then ':*' else ':' end as ending
      from unnest(asked.spelled) with ordinality as s (word, n)
    ) as w
    cross join lateral (
      select string_agg(' | ' || private.quote_lexeme(a.word) || ':A', '') as words from unnest(private.other_words(w.word)) as a (word)
    ) as o;
  end if;
  return query
    with seen as materialized (
      select * from private.songs_to_suggest(start, last_word, of_title || of_artist,
        case when char_length(last_word) > 3 or cardinality(asked.spelled) > 1 or not asked.is_open then of_title || of_artist end)
    ),
    candidate as (
      select s.title as value, 'title' as kind, s.title_words as words, s.popularity, starts_with(s.title_words, start) as is_begun
      from seen s where starts_with(s.title_words, start) or s.header_vector @@ of_title
      union all
      select s.artist, 'artist', s.artist_words, s.popularity, starts_with(s.artist_words, start)
      from seen s where s.artist is not null and (starts_with(s.artist_words, start) or s.header_vector @@ of_artist)
    )
    select b.value, b.kind
    from (
      select distinct on (c.kind, c.words) c.value, c.kind, c.words, c.popularity, c.is_begun
      from candidate c
      order by c.kind, c.words, c.popularity desc
    ) as b
    -- Values that begin with the prefix come before values with the words inside.
    order by b.words = start desc, b.is_begun desc, b.popularity desc, b.words, b.kind
    limit page_size;
end
$$;

create function public.suggest_songs(prefix text, page_size integer default 10)
returns table (value text, kind text)
language sql
stable
set search_path = ''
as $$
  select * from private.suggest_songs(prefix, page_size)
$$;
comment on function public.suggest_songs is
  'Titles and artists with the prefix, of songs that the caller may see; then those with the words inside. The most popular come first, at most 50. '
  'Case and accents do not count.';

create function private.known_song_tags(first text, wanted uuid, caller uuid)
returns table (tag_name text, label text, uses integer, category_id uuid)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  beyond constant text := first || chr(1114109);
begin
  return query
    select n.tag_name, (array_agg(n.label order by n.uses desc, n.label))[1], max(n.uses),
      (array_agg(n.category_id) filter (where n.category_id is not null))[1]
    from (
      (
        select t.key as tag_name, t.name as label, 0 as uses, null::uuid as category_id
        from public.tags t
        where t.is_sung and t.key >= first and t.key < beyond
        order by t.key
        limit 60
      )
      union all
      (
        select p.tag_name, p.label, p.usage_count, p.category_id
        from public.popular_tags p
        where p.usage_count > 0 and p.tag_name >= first and p.tag_name < beyond and (wanted is null or p.category_id = wanted)
        order by p.usage_count desc, p.tag_name
        limit 60
      )
      union all
      (
        select distinct on (o.tag_name) o.tag_name, o.label, 0, o.category_id
        from (
          select t.tag_name, t.label, t.category_id
          from public.song_tags t
          where t.created_by = caller and t.tag_name >= first and t.tag_name < beyond
          order by t.tag_name
          limit 1000
        ) as o
        limit 60
      )
    ) as n
    group by n.tag_name;
end
$$;
comment on function private.known_song_tags is
  'Tags with the prefix: those that public songs have or had, popular ones, and those that the caller gave; a bounded part of each.';

create function private.suggest_song_tags(prefix text, category text, page_size integer)
returns table (tag_name text, label text, category_name text, uses integer)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  first text := coalesce(private.catalogue_key(prefix), '') collate "C";
  wanted uuid;
begin
  perform private.check_page_size('suggest the tags', page_size, 50, 1);
  if char_length(prefix) > 80 then
    perform private.raise_error('invalid_input', 'unable to suggest the tags; a tag has at most 80 characters', 'Shorten the text.',
      '{"field": "prefix"}');
  end if;
  if category is not null then
    select c.id into wanted from public.tag_categories c where c.name = category;
    if not found then
      return;
    end if;
  end if;
  -- What the private songs of others have is not among them and counts nothing.
  return query
    with counted as (
      select k.tag_name, k.label, greatest(k.uses, u.uses) as uses, coalesce(k.category_id, u.category_id) as category_id
      from private.known_song_tags(first, wanted, caller) k
      cross join lateral (
        select count(*)::integer as uses, (array_agg(v.category_id) filter (where v.category_id is not null))[1] as category_id
        from (
          select h.category_id
          from (
            select t.song_id, t.category_id from public.song_tags t where t.tag_name = k.tag_name order by t.song_id limit 1000
          ) as h
          join public.songs s on s.id = h.song_id
          where s.deleted_at is null and (s.visibility = 'public' or s.created_by = caller)
          limit 20
        ) as v
      ) as u
    )
    select c.tag_name, c.label, g.name, c.uses
    from counted c
    left join public.tag_categories g on g.id = c.category_id
    where c.uses > 0 and (wanted is null or c.category_id = wanted)
    order by c.uses desc, c.tag_name
    limit page_size;
end
$$;

create function public.suggest_song_tags(prefix text default '', category text default null, page_size integer default 10)
returns table (tag_name text, label text, category text, uses integer)
language sql
stable
set search_path = ''
as $$
  select * from private.suggest_song_tags(prefix, category, page_size)
$$;
comment on function public.suggest_song_tags is
  'Tags with the prefix, of public songs and of the caller''s own songs, the most used first; optionally of one category.';

revoke execute on function
  private.songs_to_suggest(text, text, tsquery, tsquery),
  private.suggest_songs(text, integer),
  public.suggest_songs(text, integer),
  private.known_song_tags(text, uuid, uuid),
  private.suggest_song_tags(text, text, integer),
  public.suggest_song_tags(text, text, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.suggest_songs(text, integer),
  public.suggest_songs(text, integer)
to anon, authenticated, service_role;
grant execute on function
  private.suggest_song_tags(text, text, integer),
  public.suggest_song_tags(text, text, integer)
to authenticated;

-- Favourites.

create table public.song_favorites (
  user_id uuid not null references public.profiles (id) on delete cascade,
  song_id uuid not null references public.songs (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  primary key (user_id, song_id)
);
comment on table public.song_favorites is 'Favourites of a user; other users do not see them.';

create index song_favorites_user_id_created_at_song_id_idx on public.song_favorites (user_id, created_at desc, song_id desc);
create index song_favorites_song_id_idx on public.song_favorites (song_id);
create index song_favorites_created_at_idx on public.song_favorites (created_at desc);

create function private.delete_favorites_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.song_favorites f where f.user_id = new.id;
  return null;
end
$$;
comment on function private.delete_favorites_of_deleted_profile is 'Trigger: deletes a user''s favourites with the account.';

-- Favourites.

create function private.favorite_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  if not private.can_see_song(favorite_song.song_id) then
    perform private.raise_error('song_not_found', 'unable to favorite the song; there is no song with that id', 'Check the id.');
  end if;
  perform private.get_own_profile();
  insert into public.song_favorites (user_id, song_id) values (caller, favorite_song.song_id) on conflict do nothing;
exception
  when foreign_key_violation then
    -- Purged in between.
    perform private.raise_error('song_not_found', 'unable to favorite the song; there is no song with that id', 'Check the id.');
end
$$;

create function public.favorite_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.favorite_song(song_id)
$$;
comment on function public.favorite_song is 'Makes a song that the caller may see a favourite; doing so again changes nothing.';

create function private.unfavorite_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  delete from public.song_favorites f where f.user_id = caller and f.song_id = unfavorite_song.song_id;
end
$$;

create function public.unfavorite_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unfavorite_song(song_id)
$$;
comment on function public.unfavorite_song is 'Makes a song no favourite of the caller''s any more, if it was one.';

create function private.list_favorite_songs(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list the favorites', page_size, 200, 1);
  return query
    select to_jsonb(s) || jsonb_build_object('favorite_at', f.created_at)
    from public.song_favorites f
    join private.visible_summaries s on s.id = f.song_id
    where f.user_id = caller and (f.created_at, f.song_id) < (before_created_at, before_id)
    order by f.created_at desc, f.song_id desc
    limit page_size;
end
$$;

create function public.list_favorite_songs(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_favorite_songs(page_size, before_created_at, before_id)
$$;
comment on function public.list_favorite_songs is
  'The caller''s favourites that are still to be seen, the latest first; a page of at most 201 after a time and an id.';

create trigger profiles_delete_favorites
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_favorites_of_deleted_profile();

alter table public.song_favorites enable row level security;

create policy "People see their own favourites"
on public.song_favorites
for select
to authenticated
using (user_id = (select auth.uid()));

revoke all on public.song_favorites from public, anon, authenticated, service_role;
grant select on public.song_favorites to service_role;
revoke execute on function
  private.delete_favorites_of_deleted_profile(),
  private.favorite_song(uuid),
  public.favorite_song(uuid),
  private.unfavorite_song(uuid),
  public.unfavorite_song(uuid),
  private.list_favorite_songs(integer, timestamptz, uuid),
  public.list_favorite_songs(integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.favorite_song(uuid),
  public.favorite_song(uuid),
  private.unfavorite_song(uuid),
  public.unfavorite_song(uuid),
  private.list_favorite_songs(integer, timestamptz, uuid),
  public.list_favorite_songs(integer, timestamptz, uuid)
to authenticated;

-- The trash: restored by the owner, purged after 30 days.

-- The trash.

create function private.list_trash(page_size integer, before_deleted_at timestamptz, before_id uuid)
returns table (id uuid, title text, artist text, deleted_at timestamptz)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list the trash', page_size, 200, 1);
  return query
    select s.id, s.title, s.artist, s.deleted_at
    from public.songs s
    where s.created_by = caller
      and s.deleted_at is not null
      and (s.deleted_at, s.id) < (before_deleted_at, before_id)
    order by s.deleted_at desc, s.id desc
    limit page_size;
end
$$;

create function public.list_trash(
  page_size integer default 50,
  before_deleted_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns table (id uuid, title text, artist text, deleted_at timestamptz)
language sql
stable
set search_path = ''
as $$
  select * from private.list_trash(page_size, before_deleted_at, before_id)
$$;
comment on function public.list_trash is 'The caller''s songs in the trash, last deleted first; a page of at most 201 after a time and an id.';

create function private.restore_song(song_id uuid)
returns setof public.songs
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- It adds a version.
  perform private.count_song_change(caller, null);
  perform private.hold_account();
  return query
    update public.songs s
    set deleted_at = null
    where s.id = restore_song.song_id and s.created_by = caller
    returning s.*;
  if not found then
    perform private.raise_song_not_found('restore');
  end if;
end
$$;

create function public.restore_song(song_id uuid)
returns setof public.songs
language sql
rows 1
set search_path = ''
as $$
  select * from private.restore_song(song_id)
$$;
comment on function public.restore_song is 'Takes one of the caller''s own songs out of the trash, as it was; one that is not there stays as it is.';

create function private.purge_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  delete from public.songs s
  where s.id = purge_song.song_id and s.created_by = caller and s.deleted_at is not null;
  if not found then
    perform private.raise_error('song_not_found', 'unable to purge the song; your trash has no song with that id',
      'Check the id, and delete the song first.');
  end if;
end
$$;

create function public.purge_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.purge_song(song_id)
$$;
comment on function public.purge_song is 'Removes one of the caller''s own songs from the trash for good.';

create function public.purge_trash(batch_size integer default 500, older_than interval default '30 days')
returns integer
language plpgsql
set search_path = ''
as $$
declare
  purged integer;
begin
  -- Songs that a user restores at this moment are skipped. One list, made once: a plan that asked anew would lock more.
  with old as materialized (
    select t.id
    from public.songs t
    where t.deleted_at < clock_timestamp() - greatest(coalesce(older_than, interval '30 days'), interval '0')
    order by t.deleted_at
    limit least(greatest(batch_size, 0), 10000)
    for update skip locked
  )
  delete from public.songs s
  where s.id in (select old.id from old);
  get diagnostics purged = row_count;
  return purged;
end
$$;
comment on function public.purge_trash is
  'For the service: removes one batch of songs that have been in the trash for long, oldest first; answers how many. Call it until 0.';

revoke execute on function
  private.list_trash(integer, timestamptz, uuid),
  public.list_trash(integer, timestamptz, uuid),
  private.restore_song(uuid),
  public.restore_song(uuid),
  private.purge_song(uuid),
  public.purge_song(uuid),
  public.purge_trash(integer, interval)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_trash(integer, timestamptz, uuid),
  public.list_trash(integer, timestamptz, uuid),
  private.restore_song(uuid),
  public.restore_song(uuid),
  private.purge_song(uuid),
  public.purge_song(uuid)
to authenticated;
grant execute on function public.purge_trash(integer, interval) to service_role;

-- The calls that tag songs.

-- Tags.

create function private.check_tag_labels(operation text, labels text[])
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if labels is null or cardinality(labels) not between 1 and 50
    or exists (
      select from unnest(labels) as l (label)
      where private.tag_label(l.label) is null
    )
  then
    perform private.raise_error('invalid_input',
      format('unable to %s the song; it takes 1 to 50 tags of 1 to 80 characters', operation), 'Correct the tags.',
      '{"field": "tags"}');
  end if;
end
$$;

create function private.read_song_tags(song_id uuid)
returns table (tag_name text, label text, category text, tag_type text)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select t.tag_name, t.label, c.name, t.tag_type
    from public.song_tags t
    left join public.tag_categories c on c.id = t.category_id
    where t.song_id = read_song_tags.song_id
    order by t.tag_name;
end
$$;
comment on function private.read_song_tags is 'The tags of a song, for callers that have checked who asks.';

create function private.tag_song(song_id uuid, labels text[], category text)
returns table (tag_name text, label text, tag_category text, tag_type text)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  wanted_category uuid;
begin
  -- It adds a version.
  perform private.count_song_change(caller, null);
  perform private.hold_account();
  perform private.check_tag_labels('tag', labels);
  if category in ('genre', 'style', 'difficulty') then
    -- A song has one genre, in its column: a tag beside it could say another one.
    perform private.raise_error('invalid_input', format('unable to tag the song; its %s is a field of its own', category),
      'Set the field with update_song.', '{"field": "category"}');
  end if;
  if category is not null then
    select c.id into wanted_category from public.tag_categories c where c.name = category;
    if not found then
      perform private.raise_error('invalid_input', 'unable to tag the song; there is no such category', 'Choose a category that is there.',
        '{"field": "category"}');
    end if;
  end if;
  -- One writer a song, so that the limit holds.
  perform private.lock_song(song_id, 'tag', '{edit,admin,owner}');

  insert into public.song_tags as t (song_id, tag_name, label, category_id, created_by)
  select distinct on (private.catalogue_key(l.label) collate "C")
    tag_song.song_id, private.catalogue_key(l.label), l.label, wanted_category, caller
  from (select private.tag_label(w.label) as label, w.n from unnest(labels) with ordinality as w (label, n)) as l
  order by private.catalogue_key(l.label) collate "C", l.n
  on conflict on constraint song_tags_pkey do update
  set label = excluded.label, category_id = coalesce(excluded.category_id, t.category_id), tag_type = 'user', created_by = excluded.created_by
  where t.tag_type <> 'system';
  if (select count(*) from public.song_tags t where t.song_id = tag_song.song_id) > 100 then
    perform private.raise_error('invalid_input', 'unable to tag the song; a song has at most 100 tags', 'Remove a tag first.',
      '{"field": "tags"}');
  end if;
  return query select * from private.read_song_tags(tag_song.song_id);
end
$$;

create function public.tag_song(song_id uuid, labels text[], category text default null)
returns table (tag_name text, label text, category text, tag_type text)
language sql
set search_path = ''
as $$
  select * from private.tag_song(song_id, labels, category)
$$;
comment on function public.tag_song is
  'Gives tags to a song that the caller may edit, of a category if one is named; a tag is the same whatever its case and accents. Answers all tags.';

create function private.untag_song(song_id uuid, labels text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.count_song_change(private.require_user(), null);
  perform private.hold_account();
  perform private.check_tag_labels('untag', labels);
  perform private.lock_song(song_id, 'untag', '{edit,admin,owner}');
  delete from public.song_tags t
  where t.song_id = untag_song.song_id
    and t.tag_type <> 'system'
    and t.tag_name in (select private.catalogue_key(private.tag_label(l.label)) collate "C" from unnest(labels) as l (label));
end
$$;

create function public.untag_song(song_id uuid, labels text[])
returns void
language sql
set search_path = ''
as $$
  select private.untag_song(song_id, labels)
$$;
comment on function public.untag_song is 'Takes tags from a song that the caller may edit, if it has them; those of the service stay.';

create function private.list_song_tags(song_id uuid)
returns table (tag_name text, label text, category text, tag_type text)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if private.can_see_song(song_id) then
    return query select * from private.read_song_tags(song_id);
  end if;
end
$$;

create function public.list_song_tags(song_id uuid)
returns table (tag_name text, label text, category text, tag_type text)
language sql
stable
set search_path = ''
as $$
  select * from private.list_song_tags(song_id)
$$;
comment on function public.list_song_tags is 'The tags of a song that the caller may see.';

create function public.list_tag_categories()
returns table (name text, description text, color_hex text, icon text)
language sql
stable
set search_path = ''
as $$
  select c.name, c.description, c.color_hex, c.icon from public.tag_categories c order by c.name limit 1000
$$;
comment on function public.list_tag_categories is 'What tags can be about, by name.';

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.song_favorites', 9, 'user_id', 't.song_id', null, '{}'),
  ('public.song_tags', 10, 'created_by', 't.song_id || t.tag_name', null, '{}');

revoke execute on function
  private.check_tag_labels(text, text[]),
  private.tag_song(uuid, text[], text),
  public.tag_song(uuid, text[], text),
  private.untag_song(uuid, text[]),
  public.untag_song(uuid, text[]),
  private.read_song_tags(uuid),
  private.list_song_tags(uuid),
  public.list_song_tags(uuid),
  public.list_tag_categories()
from public, anon, authenticated, service_role;
grant execute on function
  private.tag_song(uuid, text[], text),
  public.tag_song(uuid, text[], text),
  private.untag_song(uuid, text[]),
  public.untag_song(uuid, text[])
to authenticated;
grant execute on function
  private.list_song_tags(uuid),
  public.list_song_tags(uuid),
  public.list_tag_categories()
to anon, authenticated, service_role;

-- Similar songs and recommendations.

-- Songs like others.

create function private.songs_met(like_id uuid, own_set bigint, own_genre text, own_chords text[], own_tags text[], breadth integer)
returns table (id uuid, weight numeric)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    (select s.id, 1.0 as weight from public.songs s where s.chord_set = own_set and s.deleted_at is null limit breadth * 2)
    union all
    select near.song_id, 1.0 / cardinality(own_chords)
    from unnest(own_chords[:8]) as w (name)
    cross join lateral (
      (select c.song_id from public.song_chords c where c.chord_name = w.name and c.song_id > like_id order by c.song_id limit breadth)
      union all
      (select c.song_id from public.song_chords c where c.chord_name = w.name and c.song_id < like_id order by c.song_id desc limit breadth)
    ) as near
    union all
    select near.song_id, 1.0 / 3
    from unnest(own_tags) as w (name)
    cross join lateral (
      (select t.song_id from public.song_tags t where t.tag_name = w.name and t.song_id > like_id order by t.song_id limit breadth)
      union all
      (select t.song_id from public.song_tags t where t.tag_name = w.name and t.song_id < like_id order by t.song_id desc limit breadth)
    ) as near
    union all
    select near.id, 0.5
    from (
      (
        select s.id from public.songs s
        where s.genre = own_genre and s.visibility = 'public' and s.deleted_at is null and s.id > like_id
        order by s.id
        limit breadth
      )
      union all
      (
        select s.id from public.songs s
        where s.genre = own_genre and s.visibility = 'public' and s.deleted_at is null and s.id < like_id
        order by s.id desc
        limit breadth
      )
    ) as near;
end
$$;
comment on function private.songs_met is
  'Songs of exactly these chords, and for each chord, each tag and the genre the next songs by id on both sides. Ids are random, so this is a sample, '
  'the same one each time. A small catalogue is read whole.';

create function private.songs_like(like_id uuid, caller uuid, breadth integer)
returns table (id uuid, score double precision, chords text[], tags text[], same_key boolean, same_genre boolean)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  own_key text;
  own_genre text;
  own_set bigint;
  own_chords text[];
  own_tags text[];
begin
  select s.key, s.genre, s.chord_set into own_key, own_genre, own_set from public.songs s where s.id = like_id;
  select coalesce(array_agg(c.chord_name), '{}') into own_chords
  from (select c.chord_name from public.song_chords c where c.song_id = like_id order by c.occurrences desc, c.chord_name limit 100) as c;
  select coalesce(array_agg(t.tag_name), '{}') into own_tags
  from (select t.tag_name from public.song_tags t where t.song_id = like_id order by t.tag_name limit 8) as t;

  -- Those that were met most are compared. The work does not grow with the catalogue.
  return query
    with candidate as (
      select m.id from private.songs_met(like_id, own_set, own_genre, own_chords, own_tags, breadth) m where m.id <> like_id group by m.id order by sum(m.weight) desc, m.id limit breadth * 4
    ),
    compared as (
      select s.id,
        coalesce(s.key = own_key, false) as same_key,
        coalesce(s.genre = own_genre, false) as same_genre,
        array(
          select c.chord_name from public.song_chords c where c.song_id = s.id and c.chord_name = any (own_chords) order by c.chord_position
        ) as chords,
        -- A song can have ten thousand chords.
        (select count(*) from (select from public.song_chords c where c.song_id = s.id limit 200) as c) as chord_count,
        case when own_tags = '{}' then '{}' else
          array(select t.label from public.song_tags t where t.song_id = s.id and t.tag_name = any (own_tags) order by t.tag_name)
        end as tags
      from candidate
      join public.songs s on s.id = candidate.id
      where s.deleted_at is null and (s.visibility = 'public' or s.created_by = caller or private.can_see_song(s.id))
    )
    select c.id,
      -- Chords as the share of those that either has; each part is 1 at most.
      coalesce(cardinality(c.chords)::double precision / nullif(cardinality(own_chords) + c.chord_count - cardinality(c.chords), 0), 0)
        + least(cardinality(c.tags), 3) / 3.0
        + case when c.same_genre then 0.5 else 0 end
        + case when c.same_key then 0.25 else 0 end,
      c.chords, c.tags, c.same_key, c.same_genre
    from compared c;
end
$$;
comment on function private.songs_like is
  'Songs that the caller may see and that share chords, tags or the genre with a song, scored; a sample, bounded by the breadth.';

create function private.similar_songs(song_id uuid, page_size integer)
returns table (id uuid, title text, artist text, score double precision, chords text[], tags text[], same_key boolean, same_genre boolean)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  perform private.check_page_size('find songs', page_size, 50, 1);
  if song_id is null or not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to find songs; there is no song with that id', 'Check the id.');
  end if;
  return query
    select s.id, s.title, s.artist, l.score, l.chords, l.tags, l.same_key, l.same_genre
    from private.songs_like(song_id, auth.uid(), 50) l
    join private.visible_songs s on s.id = l.id
    where l.score > 0.2
    order by l.score desc, l.id
    limit page_size;
end
$$;

create function public.similar_songs(song_id uuid, page_size integer default 10)
returns table (id uuid, title text, artist text, score double precision, chords text[], tags text[], same_key boolean, same_genre boolean)
language sql
stable
set search_path = ''
as $$
  select * from private.similar_songs(song_id, page_size)
$$;
comment on function public.similar_songs is
  'Songs that the caller may see, most like one of them first, with what they share: chords, tags, key, genre.';

create function private.songs_to_offer(caller uuid)
returns table (id uuid, reason text, because_id uuid, score double precision, rank integer)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with liked as (
      -- The latest that are still to be seen: a deleted favourite says nothing any more.
      select late.song_id as id
      from (
        select f.song_id, f.created_at from public.song_favorites f where f.user_id = caller order by f.created_at desc, f.song_id desc limit 50
      ) as late
      join private.visible_songs s on s.id = late.song_id
      order by late.created_at desc, late.song_id desc
      limit 5
    ),
    alike as (
      -- Each song once, with the favourite that it is most like.
      select l.id, sum(l.score) as score, (array_agg(liked.id order by l.score desc, liked.id))[1] as because_id
      from liked
      cross join lateral private.songs_like(liked.id, caller, 15) l
      where l.score > 0.2
      group by l.id
    ),
    loved as (
      -- Of at least two users, because one user's favourites are private; and no user has more than twenty votes.
      select voice.song_id as id, count(*)::double precision as score
      from (
        select recent.song_id, row_number() over (partition by recent.user_id order by recent.created_at desc, recent.song_id) as n
        from (select f.user_id, f.song_id, f.created_at from public.song_favorites f order by f.created_at desc limit 3000) as recent
      ) as voice
      where voice.n <= 20
      group by voice.song_id
      having count(*) > 1
      order by count(*) desc, voice.song_id
      limit 200
    ),
    known as (
      select s.id
      from public.songs s
      where s.visibility = 'public' and s.deleted_at is null and s.popularity > 0
      order by s.popularity desc, s.id desc
      limit 200
    ),
    fresh as (
      select s.id from public.songs s where s.visibility = 'public' and s.deleted_at is null order by s.created_at desc, s.id desc limit 200
    )
    select a.id, 'favorite' as reason, a.because_id, a.score, 1 as rank from alike a
    union all
    select l.id, 'popular', null, l.score, 2 from loved l
    union all
    select k.id, 'popular', null, 0, 3 from known k
    union all
    select f.id, 'new', null, 0, 4 from fresh f;
end
$$;
comment on function private.songs_to_offer is
  'Songs that are like the latest favourites of a user, what several users like, what is popular and what is new, best first by rank.';

create function private.recommend_songs(page_size integer)
returns table (id uuid, title text, artist text, reason text, because_id uuid, because_title text, score double precision)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('recommend songs', page_size, 50, 1);
  return query
    with best as (
      select distinct on (o.id) o.id, o.reason, o.because_id, o.score, o.rank, s.title, s.artist, s.popularity, s.created_at
      from private.songs_to_offer(caller) o
      join public.songs s on s.id = o.id
      where s.visibility = 'public'
        and s.deleted_at is null
        and s.created_by <> caller
        and not exists (select from public.song_favorites f where f.user_id = caller and f.song_id = o.id)
      order by o.id, o.rank
    ),
    placed as (
      select b.*,
        row_number() over (
          order by b.rank, b.score desc, case when b.rank < 4 then b.popularity end desc nulls last, b.created_at desc, b.id
        ) as place
      from best b
    )
    select p.id, p.title, p.artist, p.reason, p.because_id, b.title, p.score
    from placed p
    left join private.visible_songs b on b.id = p.because_id
    order by p.place
    limit page_size;
end
$$;

create function public.recommend_songs(page_size integer default 10)
returns table (id uuid, title text, artist text, reason text, because_id uuid, because_title text, score double precision)
language sql
stable
set search_path = ''
as $$
  select * from private.recommend_songs(page_size)
$$;
comment on function public.recommend_songs is
  'Public songs of others that are like the caller''s favourites, each with the favourite that it is like; then what several like, then what is new.';

revoke execute on function
  private.songs_met(uuid, bigint, text, text[], text[], integer),
  private.songs_to_offer(uuid),
  private.songs_like(uuid, uuid, integer),
  private.similar_songs(uuid, integer),
  public.similar_songs(uuid, integer),
  private.recommend_songs(integer),
  public.recommend_songs(integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.recommend_songs(integer),
  public.recommend_songs(integer)
to authenticated;
grant execute on function
  private.similar_songs(uuid, integer),
  public.similar_songs(uuid, integer)
to anon, authenticated, service_role;

-- History: every change of a song is a numbered full snapshot.
--
-- The number is the song's own version, counted under its row's lock, so numbers have no gap and their order is commit order. A
-- trigger writes the snapshot for every writer. What is derived from the text is read from it again.
-- public.song_history has one row for each change, with changed_by, change_type and created_at.

create table public.song_history (
  id uuid primary key default gen_random_uuid(),
  song_id uuid not null references public.songs (id) on delete cascade,
  version_number integer not null,
  snapshot jsonb not null,
  created_by uuid not null references public.profiles (id),
  tags jsonb not null,
  change_type text not null,
  change_summary text,
  changed_fields text[] not null,
  changed_by uuid references public.profiles (id),
  created_at timestamptz not null default clock_timestamp(),
  constraint song_history_song_id_version_number_key unique (song_id, version_number),
  constraint song_history_change_type_check check (change_type in ('create', 'update', 'restore', 'delete', 'undelete', 'transfer')),
  constraint song_history_change_summary_check check (char_length(change_summary) between 1 and 500)
);
comment on table public.song_history is 'A song as it was after each change: every field that can be set, and the tags.';
comment on column public.song_history.version_number is 'songs.version after the change; only pruning makes a gap.';
comment on column public.song_history.snapshot is 'The fields that a writer can set, as private.song_fields has them, and derived_fields.';
comment on column public.song_history.created_by is 'The owner at that time.';
comment on column public.song_history.tags is 'Objects of tag_name, label, category_id, tag_type and created_by, in the order of names.';
comment on column public.song_history.change_type is 'delete and undelete: into the trash and out of it; restore: back to an earlier version.';
comment on column public.song_history.change_summary is 'The writer''s own words, if there were any.';
comment on column public.song_history.changed_by is 'Null for a change by the service.';

create index song_history_changed_by_idx on public.song_history (changed_by);
create index song_history_created_by_idx on public.song_history (created_by);
create index song_history_created_at_idx on public.song_history (created_at);

create function private.song_tags_json(song_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('tag_name', t.tag_name, 'label', t.label, 'category_id', t.category_id, 'tag_type', t.tag_type,
      'created_by', t.created_by) order by t.tag_name), '[]')
    from public.song_tags t
    where t.song_id = song_tags_json.song_id
  );
end
$$;

create function private.add_song_version(song public.songs, change_type text, changed_fields text[], change_summary text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into public.song_history (
    song_id, version_number, snapshot, created_by, tags, change_type, change_summary, changed_fields, changed_by
  )
  values (
    song.id, song.version, private.song_fields(song) || jsonb_build_object('derived_fields', song.derived_fields), song.created_by,
    private.song_tags_json(song.id), change_type, change_summary, changed_fields,
    (select p.id from public.profiles p where p.id = auth.uid())
  );
  perform private.deliver_target_change('song', song.id, song.version, change_type);
end
$$;
comment on function private.add_song_version is 'Saves the present song under its version, and notifies the users who watch it.';

create function private.changed_song_fields(before public.songs, after public.songs)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  fields constant jsonb := private.song_fields(before);
begin
  return (
    select array_agg(f.key order by f.key)
    from (
      select n.key from jsonb_each(private.song_fields(after)) as n where n.value <> fields -> n.key
      union all
      select 'created_by' where after.created_by <> before.created_by
      union all
      select 'deleted_at' where after.deleted_at is distinct from before.deleted_at
    ) as f
  );
end
$$;
comment on function private.changed_song_fields is 'The names of the fields in which a song differs, in alphabetical order; null when no field differs.';

create function private.write_song_history()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    perform private.add_song_version(new, 'create', '{}', null);
    return null;
  end if;
  if private.is_restoring(new.id) then
    -- restore_song_version writes its own, when the tags are back too.
    return null;
  end if;
  perform private.add_song_version(
    new,
    case
      when new.deleted_at is not null and old.deleted_at is null then 'delete'
      when new.deleted_at is null and old.deleted_at is not null then 'undelete'
      when new.created_by <> old.created_by then 'transfer'
      else 'update'
    end,
    coalesce(private.changed_song_fields(old, new), '{tags}'),
    nullif(current_setting('tertulia.change_summary', true), ''));
  if new.visibility = 'private' and old.visibility <> 'private' then
    perform private.end_lost_watches('song', new.id);
  end if;
  return null;
end
$$;
comment on function private.write_song_history is 'Trigger: a snapshot for each version; a change of no field is one of the tags.';

create function private.count_tag_changes()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Where the version at hand has no snapshot yet, the song's own change is under way and will have the tags in it.
  update public.songs s
  set version = s.version + 1
  where s.id in (select c.song_id from changed c)
    and not private.is_restoring(s.id)
    and exists (
      select
      from public.song_history h
      where h.song_id = s.id and h.version_number = s.version and h.tags <> private.song_tags_json(s.id)
    );
  return null;
end
$$;
comment on function private.count_tag_changes is 'Trigger: other tags are another version of the song.';

create trigger songs_write_history_on_insert
after insert on public.songs
for each row
execute function private.write_song_history();

create trigger songs_write_history_on_update
after update on public.songs
for each row
when (new.version <> old.version)
execute function private.write_song_history();

create trigger song_tags_count_inserted
after insert on public.song_tags
referencing new table as changed
for each statement
execute function private.count_tag_changes();

create trigger song_tags_count_updated
after update on public.song_tags
referencing new table as changed
for each statement
execute function private.count_tag_changes();

create trigger song_tags_count_deleted
after delete on public.song_tags
referencing old table as changed
for each statement
execute function private.count_tag_changes();

alter table public.song_history enable row level security;

create policy "Editors see the history of a song"
on public.song_history
for select
to authenticated
using (private.may_edit_song(song_id));

revoke all on public.song_history from public, anon, authenticated, service_role;
grant select, update, delete on public.song_history to service_role;
revoke execute on function
  private.song_tags_json(uuid),
  private.add_song_version(public.songs, text, text[], text),
  private.changed_song_fields(public.songs, public.songs),
  private.write_song_history(),
  private.count_tag_changes()
from public, anon, authenticated, service_role;

-- Saves, also of a song at a version.

create function private.version_json(version public.song_history)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'version', version.version_number, 'change_type', version.change_type, 'change_summary', version.change_summary,
    'changed_fields', version.changed_fields, 'changed_by', private.person_json(version.changed_by), 'created_at', version.created_at);
end
$$;

create function private.song_version_json(version public.song_history)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return private.version_json(version) || (version.snapshot - 'derived_fields') || jsonb_build_object(
    'tags', (select coalesce(jsonb_agg(t.tag ->> 'label' order by t.n), '[]') from jsonb_array_elements(version.tags) with ordinality as t (tag, n)));
end
$$;
comment on function private.song_version_json is 'A version with every field and the labels of its tags.';

create function private.change_song(
  song_id uuid, changes jsonb, expected_version integer, summary text, out saved public.songs, out conflict jsonb
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  song public.songs;
begin
  changes := private.check_song_fields('update', changes);
  perform private.count_song_change(caller, changes ->> 'content');
  perform private.hold_account();
  if summary is not null then
    perform private.check_text('lines', summary, 500, 'update the song', 'summary');
  end if;
  song := private.lock_song(song_id, 'update', '{edit,admin,owner}');
  if song.version <> expected_version then
    -- An answer and not an error: the texts belong to the writer, not into a log.
    conflict := jsonb_build_object(
      'base', (
        select private.song_version_json(h) from public.song_history h where h.song_id = song.id and h.version_number = expected_version
      ),
      'theirs', private.song_json(song));
    return;
  end if;
  if song.created_by <> caller and changes ->> 'visibility' <> song.visibility then
    perform private.raise_error('forbidden', 'unable to update the song; who sees it is for the owner to say', 'Ask the owner.',
      '{"field": "visibility"}');
  end if;
  perform set_config('tertulia.change_summary', coalesce(summary, ''), true);
  saved := private.set_song_fields(song, changes, 'update');
  perform set_config('tertulia.change_summary', '', true);
end
$$;
comment on function private.change_song is 'The one save: of a song at a version, if one is expected; else answers that version and the song as it is.';

create function private.update_song(song_id uuid, changes jsonb)
returns setof public.songs
language plpgsql
security definer
set search_path = ''
as $$
declare
  song public.songs;
begin
  select (c.saved).* into song from private.change_song(song_id, changes, null, null) c;
  return next song;
end
$$;

create function public.update_song(song_id uuid, changes jsonb)
returns setof public.songs
language plpgsql
rows 1
set search_path = ''
as $$
begin
  return query select * from private.update_song(song_id, changes);
end
$$;
comment on function public.update_song is
  'Changes the named fields of a song that the caller may edit, all or none; only the owner changes who sees it. A field that the text can fill follows it again when set to null.';

create function private.save_song(song_id uuid, changes jsonb, expected_version integer, summary text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  outcome record;
begin
  select c.* into outcome from private.change_song(song_id, changes, expected_version, summary) c;
  if outcome.conflict is not null then
    return jsonb_build_object('conflict', outcome.conflict);
  end if;
  return jsonb_build_object('song', private.song_json(outcome.saved));
end
$$;

create function public.save_song(song_id uuid, changes jsonb, expected_version integer default null, summary text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.save_song(song_id, changes, expected_version, summary)
$$;
comment on function public.save_song is
  'Like update_song, if the song still is at a version: else answers that version and the song as it is, and changes nothing.';

revoke execute on function
  private.version_json(public.song_history),
  private.song_version_json(public.song_history),
  private.change_song(uuid, jsonb, integer, text),
  private.update_song(uuid, jsonb),
  public.update_song(uuid, jsonb),
  private.save_song(uuid, jsonb, integer, text),
  public.save_song(uuid, jsonb, integer, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.update_song(uuid, jsonb),
  public.update_song(uuid, jsonb),
  private.save_song(uuid, jsonb, integer, text),
  public.save_song(uuid, jsonb, integer, text)
to authenticated;

-- The calls that read and restore versions.

create function private.require_editor(song_id uuid, operation text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_user();
  if not private.may_edit_song(song_id) then
    perform private.raise_error(case when private.role_in('song', song_id) is null then 'song_not_found' else 'forbidden' end,
      format('unable to %s; that is for those who may edit the song', operation), 'Ask the owner for the role edit.');
  end if;
end
$$;

create function private.list_song_versions(song_id uuid, page_size integer, before_version integer)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.check_page_size('list the versions', page_size, 200, 1);
  perform private.require_editor(song_id, 'list the versions');
  return query
    select private.version_json(h)
    from public.song_history h
    where h.song_id = list_song_versions.song_id and h.version_number < before_version
    order by h.version_number desc
    limit page_size;
end
$$;

create function public.list_song_versions(song_id uuid, page_size integer default 50, before_version integer default 2147483647)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_song_versions(song_id, page_size, before_version)
$$;
comment on function public.list_song_versions is
  'For those who may edit: who changed what of a song and when, the latest first; a page of at most 201 before a version.';

create function private.raise_version_not_found(operation text default 'restore')
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('version_not_found', format('unable to %s the version; the history has no version with that number', operation),
    'List the versions.');
end
$$;

create function private.get_song_version(song_id uuid, version integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  found_version public.song_history;
begin
  perform private.require_editor(song_id, 'get the version');
  select h.* into found_version from public.song_history h where h.song_id = get_song_version.song_id and h.version_number = version;
  if found_version.id is null then
    perform private.raise_version_not_found('get');
  end if;
  return private.song_version_json(found_version);
end
$$;

create function public.get_song_version(song_id uuid, version integer)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_song_version(song_id, version)
$$;
comment on function public.get_song_version is 'For those who may edit: a song as it was at a version, every field and the tags.';

create function private.restore_song_version(song_id uuid, version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  song public.songs;
  wanted public.song_history;
begin
  perform private.count_song_change(private.require_user(), null);
  perform private.hold_account();
  song := private.lock_song(song_id, 'restore', '{edit,admin,owner}');
  select h.* into wanted from public.song_history h where h.song_id = song.id and h.version_number = version;
  if wanted.id is null then
    perform private.raise_version_not_found();
  end if;

  perform set_config('tertulia.restoring_song', song.id::text, true);
  -- Who owns the song and who sees it is not part of what was written.
  song := private.set_song_fields(song, wanted.snapshot - 'visibility' || jsonb_build_object('version', song.version + 1), 'restore');

  delete from public.song_tags t where t.song_id = song.id;
  insert into public.song_tags (song_id, tag_name, label, category_id, tag_type, created_by)
  select song.id, w.tag_name, w.label, c.id, w.tag_type, w.created_by
  from jsonb_to_recordset(wanted.tags) as w (tag_name text, label text, category_id uuid, tag_type text, created_by uuid)
  -- A category may be gone.
  left join public.tag_categories c on c.id = w.category_id;
  perform set_config('tertulia.restoring_song', '', true);

  perform private.add_song_version(song, 'restore', '{}', format('Version %s', version));
  return private.song_json(song);
end
$$;

create function public.restore_song_version(song_id uuid, version integer)
returns jsonb
language sql
set search_path = ''
as $$
  select private.restore_song_version(song_id, version)
$$;
comment on function public.restore_song_version is
  'Makes a song again what it was at a version, every field and the tags, as a new version; owner and visibility stay as they are.';

create function public.prune_song_history(batch_size integer default 1000, older_than interval default '1 year', keep integer default 50)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  pruned integer;
begin
  delete from public.song_history h
  where h.id in (
    select o.id
    from public.song_history o
    join public.songs s on s.id = o.song_id
    where o.created_at < clock_timestamp() - greatest(coalesce(older_than, interval '1 year'), interval '0')
      and o.version_number <= s.version - greatest(coalesce(keep, 50), 1)
    order by o.created_at
    limit least(greatest(coalesce(batch_size, 1000), 0), 10000)
    for update of o skip locked
  );
  get diagnostics pruned = row_count;
  return pruned;
end
$$;
comment on function public.prune_song_history is
  'For the service: removes one batch of versions that are old and not among a song''s newest; answers how many. Call it until 0.';

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  -- What others wrote into the same song is theirs.
  ('public.song_history', 26, 'changed_by', 't.id',
    array['id', 'song_id', 'version_number', 'change_type', 'change_summary', 'changed_fields', 'created_at'], '{}');

revoke execute on function
  private.require_editor(uuid, text),
  private.list_song_versions(uuid, integer, integer),
  private.raise_version_not_found(text),
  private.get_song_version(uuid, integer),
  private.restore_song_version(uuid, integer),
  public.list_song_versions(uuid, integer, integer),
  public.get_song_version(uuid, integer),
  public.restore_song_version(uuid, integer),
  public.prune_song_history(integer, interval, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_song_versions(uuid, integer, integer),
  private.get_song_version(uuid, integer),
  private.restore_song_version(uuid, integer),
  public.list_song_versions(uuid, integer, integer),
  public.get_song_version(uuid, integer),
  public.restore_song_version(uuid, integer)
to authenticated;
grant execute on function public.prune_song_history(integer, interval, integer) to service_role;

-- Watching a song: users who have it open hear of each change and see who else is there.

create function private.tell_of_deleted_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.tell_watchers('song', old.id);
  return old;
end
$$;
comment on function private.tell_of_deleted_song is 'Trigger: those who watch a song that is removed for good ask for it, and find out.';

create function private.watch_song(song_id uuid, known_version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  topic_key uuid;
  answer jsonb;
begin
  if private.role_in('song', song_id) is null then
    perform private.raise_error('song_not_found', 'unable to watch the song; you have no role in a song with that id', 'Check the id.');
  end if;
  perform private.get_own_profile();
  topic_key := private.renew_watch('song', song_id);
  select jsonb_build_object(
    -- Again, for this may have waited behind what took it away.
    'role', private.role_in('song', s.id),
    'version', s.version,
    'live_key', topic_key,
    'song', case when s.version is distinct from known_version then private.song_json(s) end)
  into answer
  from public.songs s
  where s.id = watch_song.song_id and s.deleted_at is null;
  if answer ->> 'role' is null then
    perform private.raise_error('song_not_found', 'unable to watch the song; you have no role in a song with that id', 'Check the id.');
  end if;
  return answer;
exception
  when foreign_key_violation then
    perform private.raise_error('song_not_found', 'unable to watch the song; you have no role in a song with that id', 'Check the id.');
end
$$;

create function public.watch_song(song_id uuid, known_version integer default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.watch_song(song_id, known_version)
$$;
comment on function public.watch_song is
  'For those with a role: for 90 seconds from now on the caller hears of changes. Answers role, version, the topic''s key, and the song unless its version is known.';

create trigger songs_tell_of_deletion
before delete on public.songs
for each row
execute function private.tell_of_deleted_song();

revoke execute on function
  private.tell_of_deleted_song(),
  private.watch_song(uuid, integer),
  public.watch_song(uuid, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.watch_song(uuid, integer),
  public.watch_song(uuid, integer)
to authenticated;

-- Setlists: what they show, and the one function that changes them.

create table public.setlist_history (
  id uuid primary key default gen_random_uuid(),
  setlist_id uuid not null references public.setlists (id) on delete cascade,
  version_number integer not null,
  snapshot jsonb not null,
  change_type text not null,
  changed_by uuid references public.profiles (id),
  created_at timestamptz not null default clock_timestamp(),
  constraint setlist_history_setlist_id_version_number_key unique (setlist_id, version_number),
  constraint setlist_history_change_type_check check (change_type in ('create', 'update', 'restore', 'transfer'))
);
comment on table public.setlist_history is 'A setlist as it was after each change, its newest 100 versions.';
comment on column public.setlist_history.snapshot is 'Title, note, visibility and the rows of the entries in their order.';

create index setlist_history_changed_by_idx on public.setlist_history (changed_by);

create function private.can_see_setlist(setlist_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (select from public.setlists s where s.id = can_see_setlist.setlist_id and s.visibility = 'public')
    or private.role_in('setlist', setlist_id) is not null;
end
$$;
comment on function private.can_see_setlist is 'Whether the caller may see a setlist: a public one, or one with a role.';

create function private.entry_json(entry public.setlist_entries, song jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', entry.id, 'title', coalesce(song ->> 'title', entry.title), 'song_id', song -> 'id', 'song', song,
    'key', entry.key, 'capo', entry.capo, 'tempo', entry.tempo, 'note', entry.note);
end
$$;
comment on function private.entry_json is 'An entry with its song; without access to the song the title that its adder revealed, and no id.';

create function private.setlist_json(setlist public.setlists, with_texts boolean)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  entries jsonb;
begin
  -- A look-up of each song by its id: never a plan that reads many songs.
  if with_texts then
    select jsonb_agg(private.entry_json(e, v.song) order by e.position) into entries
    from public.setlist_entries e
    left join lateral (select to_jsonb(d) as song from private.visible_details d where d.id = e.song_id offset 0) as v on true
    where e.setlist_id = setlist.id;
  else
    select jsonb_agg(private.entry_json(e, v.song) order by e.position) into entries
    from public.setlist_entries e
    left join lateral (select to_jsonb(s) as song from private.visible_summaries s where s.id = e.song_id offset 0) as v on true
    where e.setlist_id = setlist.id;
  end if;
  return jsonb_build_object('id', setlist.id, 'title', setlist.title, 'note', setlist.note, 'visibility', setlist.visibility,
    'created_by', setlist.created_by, 'version', setlist.version, 'created_at', setlist.created_at, 'updated_at', setlist.updated_at,
    'entries', coalesce(entries, '[]'));
end
$$;
comment on function private.setlist_json is 'A setlist with its entries as the caller sees them.';

create function private.raise_setlist_not_found(operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('setlist_not_found', format('unable to %s the setlist; there is none with that id', operation), 'Check the id.');
end
$$;

create function private.check_entry(entry jsonb, operation text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  wrong text;
begin
  if jsonb_typeof(entry) is distinct from 'object' then
    perform private.raise_error('invalid_input', format('unable to %s; an entry is not an object', operation), 'Pass objects.', '{"field": "entries"}');
  end if;
  select f.key into wrong
  from jsonb_each(entry) as f
  where not coalesce(case f.key
    when 'song_id' then private.is_uuid(f.value #>> '{}')
    when 'key' then f.value = 'null' or (jsonb_typeof(f.value) = 'string' and f.value #>> '{}' ~ '^[A-G][#b]?m?$')
    when 'capo' then f.value = 'null' or (f.value::text ~ '^[0-9]{1,2}$' and f.value::integer <= 24)
    when 'tempo' then f.value = 'null' or (f.value::text ~ '^[0-9]{2,3}$' and f.value::integer between 30 and 300)
    when 'note' then f.value = 'null' or jsonb_typeof(f.value) = 'string'
  end, false)
  limit 1;
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to %s; %s of an entry cannot be set to that', operation, wrong),
      'Correct the named field.', jsonb_build_object('field', wrong));
  end if;
  if entry ->> 'note' <> '' then
    return entry || jsonb_build_object('note', private.check_text('lines', entry ->> 'note', 500, operation, 'note'));
  end if;
  return case when entry ? 'note' then entry || '{"note": null}' else entry end;
end
$$;
comment on function private.check_entry is 'The fields of an entry as they are kept; raises invalid_input with the field at fault.';

create function private.set_setlist_fields(setlist public.setlists, fields jsonb, operation text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  wrong text;
begin
  select f.key into wrong
  from jsonb_each(fields) as f
  where not coalesce(case f.key
    when 'title' then jsonb_typeof(f.value) = 'string'
    when 'note' then jsonb_typeof(f.value) in ('string', 'null')
    when 'visibility' then f.value #>> '{}' in ('private', 'shared', 'public')
  end, false)
  limit 1;
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to %s; %s cannot be set to that', operation, wrong), 'Correct the named field.',
      jsonb_build_object('field', wrong));
  end if;
  if setlist.created_by <> auth.uid() and fields ->> 'visibility' <> setlist.visibility then
    perform private.raise_error('forbidden', format('unable to %s; who sees it is for the owner to say', operation), 'Ask the owner.',
      '{"field": "visibility"}');
  end if;
  update public.setlists s
  set title = case when fields ? 'title' then private.check_text('name', fields ->> 'title', 255, operation, 'title') else s.title end,
    note = case
      when fields ->> 'note' <> '' then private.check_text('lines', fields ->> 'note', 2000, operation, 'note')
      when not fields ? 'note' then s.note
    end,
    visibility = coalesce(fields ->> 'visibility', s.visibility)
  where s.id = setlist.id;
end
$$;

create view private.exported_setlist_entries as
select e.id, e.setlist_id, e.position, case when private.can_see_song(e.song_id) then e.song_id end as song_id, e.title, e.key, e.capo, e.tempo, e.note,
  s.created_by as owner_id
from public.setlist_entries e
join public.setlists s on s.id = e.setlist_id
union all
-- Key, capo, tempo and note in another user's setlist may be anybody's.
select e.id, e.setlist_id, null, case when private.can_see_song(e.song_id) then e.song_id end, e.title, null, null, null, null, e.added_by
from public.setlist_entries e
join public.setlists s on s.id = e.setlist_id
where e.added_by <> s.created_by;
comment on view private.exported_setlist_entries is
  'What an account takes along of entries: those of its own setlists, and the songs that it added to other users'' setlists.';

alter table public.setlist_history enable row level security;

create policy "People see public setlists, their own and shared ones"
on public.setlists
for select
to authenticated
using (visibility = 'public' or created_by = (select auth.uid()) or private.can_see_setlist(id));

create policy "People see the entries of setlists that they see"
on public.setlist_entries
for select
to authenticated
using (private.can_see_setlist(setlist_id));

create policy "Editors see the history of a setlist"
on public.setlist_history
for select
to authenticated
using (private.role_in('setlist', setlist_id) in ('edit', 'admin', 'owner'));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.exported_setlist_entries', 12, 'owner_id', 't.id', null, '{owner_id}'),
  -- What others wrote into the same setlist is theirs.
  ('public.setlist_history', 27, 'changed_by', 't.id', array['id', 'setlist_id', 'version_number', 'change_type', 'created_at'], '{}');

revoke all on public.setlist_history, private.exported_setlist_entries from public, anon, authenticated, service_role;
grant select on public.setlist_history to service_role;
revoke execute on function
  private.can_see_setlist(uuid),
  private.entry_json(public.setlist_entries, jsonb),
  private.setlist_json(public.setlists, boolean),
  private.raise_setlist_not_found(text),
  private.check_entry(jsonb, text),
  private.set_setlist_fields(public.setlists, jsonb, text)
from public, anon, authenticated, service_role;
grant execute on function private.can_see_setlist(uuid) to authenticated;

-- Changes of setlists: steps that name entries by id, applied in turn to the setlist as it is, so two who change it at once lose nothing.

create function private.hold_songs(song_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform from public.songs s where s.id = any (song_ids) order by s.id for key share;
end
$$;
comment on function private.hold_songs is
  'Waits for songs that are being removed for good, and keeps the others. Before any entry is changed: a removal holds its song and then changes entries.';

create function private.add_entries(setlist_id uuid, entries jsonb, before_id uuid, operation text)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller constant uuid := auth.uid();
  place integer;
  missing uuid;
begin
  if jsonb_typeof(entries) is distinct from 'array' then
    perform private.raise_error('invalid_input', format('unable to %s; the entries are not a list', operation), 'Pass a list of entries.',
      '{"field": "entries"}');
  end if;
  if jsonb_array_length(entries) + (select count(*) from public.setlist_entries e where e.setlist_id = setlist_id) > private.at_most('setlist_entries') then
    perform private.raise_error('too_many_entries', format('unable to %s; a setlist has at most %s entries', operation, private.at_most('setlist_entries')),
      'Remove some first.', jsonb_build_object('field', 'entries', 'limit', private.at_most('setlist_entries')));
  end if;
  entries := coalesce((select jsonb_agg(private.check_entry(e.value, operation) order by e.ordinality) from jsonb_array_elements(entries) with ordinality as e), '[]');
  select (e.value ->> 'song_id')::uuid into missing
  from jsonb_array_elements(entries) as e
  where e.value ->> 'song_id' is null or not private.can_see_song((e.value ->> 'song_id')::uuid)
  limit 1;
  if found then
    perform private.raise_error('song_not_found', format('unable to %s; there is no song with that id that you see', operation), 'Check the ids.',
      '{"field": "songId"}');
  end if;
  place := coalesce((select e.position - 1 from public.setlist_entries e where e.setlist_id = setlist_id and e.id = before_id),
    (select count(*) from public.setlist_entries e where e.setlist_id = setlist_id));
  update public.setlist_entries e set position = e.position + jsonb_array_length(entries) where e.setlist_id = setlist_id and e.position > place;
  insert into public.setlist_entries (setlist_id, position, song_id, title, added_by, key, capo, tempo, note)
  select setlist_id, place + n.ordinality, s.id, s.title, caller, n.value ->> 'key', (n.value ->> 'capo')::integer,
    (n.value ->> 'tempo')::integer, n.value ->> 'note'
  from jsonb_array_elements(entries) with ordinality as n
  join public.songs s on s.id = (n.value ->> 'song_id')::uuid;
end
$$;
comment on function private.add_entries is 'Adds songs that the caller sees before an entry, or at the end when that entry is gone or none is named.';

create function private.move_entry(setlist_id uuid, entry_id uuid, before_id uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- To the end when the entry that it was to stand before is gone.
  with ordered as (
    select e.id, row_number() over (order by
      case
        when e.id <> entry_id then e.position::numeric
        else coalesce((select b.position - 0.5 from public.setlist_entries b where b.setlist_id = move_entry.setlist_id and b.id = before_id), 'infinity')
      end) as place
    from public.setlist_entries e
    where e.setlist_id = move_entry.setlist_id
  )
  update public.setlist_entries e set position = o.place from ordered o where o.id = e.id and o.place <> e.position;
end
$$;
comment on function private.move_entry is 'Moves an entry before another one, or to the end; the others keep their order.';

create function private.check_step(step jsonb, operation text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  wrong text;
begin
  if coalesce(step ->> 'do', '') <> all ('{fields,add,entry,move,remove}'::text[]) then
    perform private.raise_error('invalid_input', format('unable to %s; there is no such step', operation), 'Pass fields, add, entry, move or remove.',
      '{"field": "steps"}');
  end if;
  select n.name into wrong
  from (
    select f.key as name
    from jsonb_each(step) as f
    union
    select unnest(case step ->> 'do' when 'fields' then '{fields}' when 'entry' then '{entry_id,fields}' when 'move' then '{entry_id}'
      when 'remove' then '{entry_ids}' end::text[])
  ) as n
  where n.name <> 'do'
    and not coalesce(case step ->> 'do' || ' ' || n.name
      when 'fields fields' then jsonb_typeof(step -> 'fields') = 'object'
      when 'entry fields' then jsonb_typeof(step -> 'fields') = 'object'
      when 'add entries' then true
      when 'add before_id' then step -> 'before_id' = 'null' or private.is_uuid(step ->> 'before_id')
      when 'move before_id' then step -> 'before_id' = 'null' or private.is_uuid(step ->> 'before_id')
      when 'move entry_id' then private.is_uuid(step ->> 'entry_id')
      when 'entry entry_id' then private.is_uuid(step ->> 'entry_id')
      when 'remove entry_ids' then jsonb_typeof(step -> 'entry_ids') = 'array'
        and not exists (select from jsonb_path_query(step -> 'entry_ids', 'strict $[*]') as i (value) where not private.is_uuid(i.value #>> '{}'))
    end, false)
  limit 1;
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to %s; %s of the step %s is not as documented', operation, wrong, step ->> 'do'),
      'Correct the named field.', jsonb_build_object('field', wrong));
  end if;
  if step ->> 'do' = 'entry' and step -> 'fields' ? 'song_id' then
    perform private.raise_error('invalid_input', format('unable to %s; an entry keeps its song', operation), 'Remove the entry and add another song.',
      '{"field": "song_id"}');
  end if;
end
$$;
comment on function private.check_step is 'Raises invalid_input unless a step is one, with what it takes and nothing else.';

create function private.take_step(setlist public.setlists, step jsonb, operation text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  kind constant text := step ->> 'do';
  entry_id constant uuid := step ->> 'entry_id';
  before_id constant uuid := step ->> 'before_id';
  fields jsonb;
begin
  if kind in ('entry', 'move') and not exists (select from public.setlist_entries e where e.setlist_id = setlist.id and e.id = entry_id) then
    perform private.raise_error('entry_not_found', format('unable to %s; the setlist has no such entry', operation), 'Another user may have removed it.',
      '{"field": "entryId"}');
  end if;
  case kind
    when 'fields' then
      perform private.set_setlist_fields(setlist, step -> 'fields', operation);
    when 'add' then
      perform private.add_entries(setlist.id, step -> 'entries', before_id, operation);
    when 'entry' then
      fields := private.check_entry(step -> 'fields', operation);
      update public.setlist_entries e
      set (key, capo, tempo, note) = (select n.key, n.capo, n.tempo, n.note from jsonb_populate_record(e, fields) as n)
      where e.id = entry_id;
    when 'move' then
      perform private.move_entry(setlist.id, entry_id, before_id);
    when 'remove' then
      -- One that another user removed is gone as asked.
      delete from public.setlist_entries e
      where e.setlist_id = setlist.id and e.id::text in (select lower(i.value) from jsonb_array_elements_text(step -> 'entry_ids') as i);
      with ordered as (
        select e.id, row_number() over (order by e.position) as place from public.setlist_entries e where e.setlist_id = setlist.id
      )
      update public.setlist_entries e set position = o.place from ordered o where o.id = e.id and o.place <> e.position;
  end case;
end
$$;
comment on function private.take_step is 'One step of a change of a setlist that is held.';

create function private.add_setlist_version(setlist_id uuid, change_type text)
returns public.setlists
language plpgsql
set search_path = ''
as $$
declare
  setlist public.setlists;
  present jsonb;
begin
  select jsonb_build_object('title', s.title, 'note', s.note, 'visibility', s.visibility, 'entries', coalesce((
    select jsonb_agg(to_jsonb(e) - 'setlist_id' order by e.position) from public.setlist_entries e where e.setlist_id = s.id
  ), '[]'))
  into present
  from public.setlists s
  where s.id = add_setlist_version.setlist_id;
  -- What changes nothing is no version: it would push older ones out.
  if change_type in ('update', 'restore') then
    select s.* into setlist
    from public.setlists s
    join public.setlist_history h on h.setlist_id = s.id and h.version_number = s.version and h.snapshot = present
    where s.id = add_setlist_version.setlist_id;
    if found then
      return setlist;
    end if;
  end if;
  update public.setlists s
  set version = s.version + case when change_type = 'create' then 0 else 1 end, updated_at = clock_timestamp()
  where s.id = add_setlist_version.setlist_id
  returning s.* into setlist;
  insert into public.setlist_history (setlist_id, version_number, snapshot, change_type, changed_by)
  values (setlist.id, setlist.version, present, change_type, auth.uid());
  delete from public.setlist_history h where h.setlist_id = setlist.id and h.version_number <= setlist.version - 100;
  perform private.deliver_target_change('setlist', setlist.id, setlist.version, change_type);
  return setlist;
end
$$;
comment on function private.add_setlist_version is 'Counts a version of a setlist, if it changed, keeps it, and tells those who watch.';

create function private.change_setlist(setlist_id uuid, steps jsonb, expected_version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  setlist public.setlists;
  step jsonb;
  was_private boolean;
  added uuid[];
begin
  if jsonb_typeof(steps) is distinct from 'array' or jsonb_array_length(steps) not between 1 and 200 then
    perform private.raise_error('invalid_input', 'unable to change the setlist; it takes 1 to 200 steps', 'Change it in several parts.', '{"field": "steps"}');
  end if;
  perform private.check_step(e.value, 'change the setlist') from jsonb_array_elements(steps) as e;
  added := array(
    select (i.value #>> '{}')::uuid from jsonb_path_query(steps, '$[*].entries[*].song_id') as i (value) where private.is_uuid(i.value #>> '{}')
  );
  if cardinality(added) > 1000 then
    perform private.raise_error('too_many_entries', 'unable to change the setlist; one change adds at most 1000 entries', 'Change it in several parts.',
      '{"field": "entries", "limit": 1000}');
  end if;
  perform private.take_token(caller, 'setlist_change');
  perform private.hold_account();
  perform private.lock_target('setlist', setlist_id, 'change', '{edit,admin,owner}');
  select s.* into setlist from public.setlists s where s.id = setlist_id;
  if setlist.version <> expected_version then
    perform private.raise_error('version_conflict', 'unable to change the setlist; it has changed since', 'Read it again, and repeat your change.');
  end if;
  perform private.hold_songs(added);
  for step in select e.value from jsonb_array_elements(steps) with ordinality as e order by e.ordinality loop
    perform private.take_step(setlist, step, 'change the setlist');
  end loop;
  was_private := setlist.visibility = 'private';
  setlist := private.add_setlist_version(setlist.id, 'update');
  if setlist.visibility = 'private' and not was_private then
    perform private.end_lost_watches('setlist', setlist.id);
  end if;
  return private.setlist_json(setlist, false);
end
$$;

create function public.change_setlist(setlist_id uuid, steps jsonb, expected_version integer default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.change_setlist(setlist_id, steps, expected_version)
$$;
comment on function public.change_setlist is
  'Changes a setlist by steps (fields, add, entry, move, remove), all or none, for those who may edit; answers it. With a version only if it still is at that version.';

create function private.add_version_of_handed_setlist()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.add_setlist_version(new.id, 'transfer');
  return null;
end
$$;
comment on function private.add_version_of_handed_setlist is 'Trigger: another owner is another version.';

create trigger setlists_add_version_of_transfer
after update of created_by on public.setlists
for each row
when (old.created_by <> new.created_by)
execute function private.add_version_of_handed_setlist();

revoke execute on function
  private.hold_songs(uuid[]),
  private.check_step(jsonb, text),
  private.add_entries(uuid, jsonb, uuid, text),
  private.move_entry(uuid, uuid, uuid),
  private.take_step(public.setlists, jsonb, text),
  private.add_setlist_version(uuid, text),
  private.add_version_of_handed_setlist(),
  private.change_setlist(uuid, jsonb, integer),
  public.change_setlist(uuid, jsonb, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.change_setlist(uuid, jsonb, integer),
  public.change_setlist(uuid, jsonb, integer)
to authenticated;

-- The calls that create, read, list, copy, delete and watch setlists, and restore their versions.

create function private.create_setlist(setlist jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  new_id uuid;
  made public.setlists;
begin
  if jsonb_typeof(setlist) is distinct from 'object' or jsonb_typeof(setlist -> 'title') is distinct from 'string'
    or (setlist ? 'id' and not private.is_uuid(setlist ->> 'id'))
  then
    perform private.raise_error('invalid_input', 'unable to create the setlist; it needs a title, and its id is a UUID', 'Correct the named field.',
      jsonb_build_object('field', case when setlist ? 'id' and not private.is_uuid(setlist ->> 'id') then 'id' else 'title' end));
  end if;
  new_id := coalesce((setlist ->> 'id')::uuid, gen_random_uuid());
  perform private.take_token(caller, 'setlist');
  perform private.get_own_profile();
  perform private.hold_account();
  insert into public.setlists (id, title, created_by)
  values (new_id, private.check_text('name', setlist ->> 'title', 255, 'create the setlist', 'title'), caller)
  on conflict (id) do nothing
  returning * into made;
  if not found then
    -- The same id again is the same setlist.
    select s.* into made from public.setlists s where s.id = new_id and s.created_by = caller;
    if not found then
      perform private.raise_error('invalid_input', 'unable to create the setlist; its id belongs to another one', 'Make a new UUID for each setlist.',
        '{"field": "id"}');
    end if;
    return private.setlist_json(made, false);
  end if;
  perform private.set_setlist_fields(made, setlist - '{id,entries}'::text[], 'create the setlist');
  if setlist ? 'entries' then
    perform private.hold_songs(array(
      select (i.value #>> '{}')::uuid from jsonb_path_query(setlist, '$.entries[*].song_id') as i (value) where private.is_uuid(i.value #>> '{}') limit 1000
    ));
    perform private.add_entries(made.id, setlist -> 'entries', null, 'create the setlist');
  end if;
  return private.setlist_json(private.add_setlist_version(made.id, 'create'), false);
end
$$;

create function public.create_setlist(setlist jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_setlist(setlist)
$$;
comment on function public.create_setlist is
  'Creates a setlist of the caller''s own from title, note, visibility and entries; the same id again answers the same setlist.';

create function private.get_setlist(setlist_id uuid, with_texts boolean)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  setlist public.setlists;
begin
  select s.* into setlist from public.setlists s where s.id = setlist_id;
  if not private.can_see_setlist(setlist_id) then
    perform private.raise_setlist_not_found('get');
  end if;
  return private.setlist_json(setlist, coalesce(with_texts, false));
end
$$;

create function public.get_setlist(setlist_id uuid, with_texts boolean default false)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_setlist(setlist_id, with_texts)
$$;
comment on function public.get_setlist is
  'A setlist that the caller may see, its entries in order with their songs (with_texts: whole songs). A song without access has only the title that its adder revealed.';

create function private.list_setlists(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list setlists', page_size, 200, 1);
  return query
    select to_jsonb(s) || jsonb_build_object('entry_count', (select count(*) from public.setlist_entries e where e.setlist_id = s.id))
    from public.setlists s
    where s.id in (
        select o.id from public.setlists o where o.created_by = caller
        union all
        select f.target_id from private.shares_in_force f where f.target_kind = 'setlist' and f.user_id = caller
      )
      and (s.created_at, s.id) < (before_created_at, before_id)
      and private.role_of('setlist', s.id, caller) is not null
    order by s.created_at desc, s.id desc
    limit page_size;
end
$$;

create function public.list_setlists(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_setlists(page_size, before_created_at, before_id)
$$;
comment on function public.list_setlists is 'The setlists in which the caller has a role, newest first, without their entries; a page of at most 201.';

create function private.copy_setlist(setlist_id uuid, new_id uuid, title text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  source public.setlists;
  made public.setlists;
begin
  perform private.take_token(caller, 'setlist');
  perform private.get_own_profile();
  perform private.hold_account();
  select s.* into source from public.setlists s where s.id = setlist_id for share;
  if not private.can_see_setlist(setlist_id) then
    perform private.raise_setlist_not_found('copy');
  end if;
  insert into public.setlists (id, title, note, created_by)
  values (coalesce(new_id, gen_random_uuid()),
    case when title is null then source.title else private.check_text('name', title, 255, 'copy the setlist', 'title') end, source.note, caller)
  on conflict (id) do nothing
  returning * into made;
  if not found then
    select s.* into made from public.setlists s where s.id = new_id and s.created_by = caller;
    if not found then
      perform private.raise_error('invalid_input', 'unable to copy the setlist; the new id belongs to another one', 'Make a new UUID for each setlist.',
        '{"field": "id"}');
    end if;
    return private.setlist_json(made, false);
  end if;
  perform private.hold_songs(array(select e.song_id from public.setlist_entries e where e.setlist_id = source.id));
  -- A song that was removed for good meanwhile keeps its title alone.
  insert into public.setlist_entries (setlist_id, position, song_id, title, added_by, key, capo, tempo, note)
  select made.id, e.position, s.id, e.title, caller, e.key, e.capo, e.tempo, e.note
  from public.setlist_entries e
  left join public.songs s on s.id = e.song_id
  where e.setlist_id = source.id;
  return private.setlist_json(private.add_setlist_version(made.id, 'create'), false);
end
$$;

create function public.copy_setlist(setlist_id uuid, new_id uuid default null, title text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.copy_setlist(setlist_id, new_id, title)
$$;
comment on function public.copy_setlist is 'Copies a setlist that the caller may see into a private one of the caller''s own; the same new id again answers the same copy.';

create function private.delete_setlist(setlist_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.hold_account();
  perform private.lock_target('setlist', setlist_id, 'delete', '{owner}');
  perform private.tell_watchers('setlist', setlist_id);
  delete from public.setlists s where s.id = setlist_id;
end
$$;

create function public.delete_setlist(setlist_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.delete_setlist(setlist_id)
$$;
comment on function public.delete_setlist is 'Removes a setlist of the caller''s own for good, with its shares and history; its songs stay.';

create function private.watch_setlist(setlist_id uuid, known_version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  topic_key uuid;
  answer jsonb;
begin
  perform private.hold_account();
  perform private.get_own_profile();
  if private.role_in('setlist', setlist_id) is null then
    perform private.raise_setlist_not_found('watch');
  end if;
  topic_key := private.renew_watch('setlist', setlist_id);
  select jsonb_build_object('role', private.role_in('setlist', s.id), 'version', s.version, 'live_key', topic_key,
    'setlist', case when s.version is distinct from known_version then private.setlist_json(s, false) end)
  into answer
  from public.setlists s
  where s.id = watch_setlist.setlist_id;
  -- Again, for this may have waited behind what took it away.
  if answer ->> 'role' is null then
    perform private.raise_setlist_not_found('watch');
  end if;
  return answer;
exception
  when foreign_key_violation then
    perform private.raise_setlist_not_found('watch');
end
$$;

create function public.watch_setlist(setlist_id uuid, known_version integer default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.watch_setlist(setlist_id, known_version)
$$;
comment on function public.watch_setlist is
  'For those with a role: for 90 seconds from now on the caller hears of changes. Answers role, version, the topic''s key, and the setlist unless its version is known.';

revoke execute on function
  private.create_setlist(jsonb),
  public.create_setlist(jsonb),
  private.get_setlist(uuid, boolean),
  public.get_setlist(uuid, boolean),
  private.list_setlists(integer, timestamptz, uuid),
  public.list_setlists(integer, timestamptz, uuid),
  private.copy_setlist(uuid, uuid, text),
  public.copy_setlist(uuid, uuid, text),
  private.delete_setlist(uuid),
  public.delete_setlist(uuid),
  private.watch_setlist(uuid, integer),
  public.watch_setlist(uuid, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_setlist(uuid, boolean),
  public.get_setlist(uuid, boolean)
to anon, authenticated;
grant execute on function
  private.create_setlist(jsonb),
  public.create_setlist(jsonb),
  private.list_setlists(integer, timestamptz, uuid),
  public.list_setlists(integer, timestamptz, uuid),
  private.copy_setlist(uuid, uuid, text),
  public.copy_setlist(uuid, uuid, text),
  private.delete_setlist(uuid),
  public.delete_setlist(uuid),
  private.watch_setlist(uuid, integer),
  public.watch_setlist(uuid, integer)
to authenticated;

-- The calls that list and restore versions of setlists, and what happens when an account goes.

create function private.require_setlist_editor(setlist_id uuid, operation text)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  mine text;
begin
  perform private.require_user();
  mine := private.role_in('setlist', setlist_id);
  perform private.require_role('setlist', true, mine, operation, '{edit,admin,owner}');
end
$$;

create function private.list_setlist_versions(setlist_id uuid, page_size integer, before_version integer)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.check_page_size('list the versions', page_size, 200, 1);
  perform private.require_setlist_editor(setlist_id, 'list the versions of');
  return query
    select jsonb_build_object('version', h.version_number, 'change_type', h.change_type, 'changed_by', private.person_json(h.changed_by),
      'created_at', h.created_at, 'title', h.snapshot -> 'title', 'titles', (
        select coalesce(jsonb_agg(e.value -> 'title' order by e.ordinality), '[]')
        from jsonb_array_elements(h.snapshot -> 'entries') with ordinality as e
      ))
    from public.setlist_history h
    where h.setlist_id = list_setlist_versions.setlist_id and h.version_number < before_version
    order by h.version_number desc
    limit page_size;
end
$$;

create function public.list_setlist_versions(setlist_id uuid, page_size integer default 50, before_version integer default 2147483647)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_setlist_versions(setlist_id, page_size, before_version)
$$;
comment on function public.list_setlist_versions is
  'For those who may edit: who changed a setlist and when, with the titles in their order, the latest first; a page of at most 101.';

create function private.restore_setlist_version(setlist_id uuid, version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  wanted jsonb;
begin
  perform private.take_token(caller, 'setlist_change');
  perform private.hold_account();
  perform private.lock_target('setlist', setlist_id, 'restore', '{edit,admin,owner}');
  select h.snapshot into wanted from public.setlist_history h where h.setlist_id = setlist_id and h.version_number = version;
  if wanted is null then
    perform private.raise_version_not_found();
  end if;
  -- Who sees it is not part of what was written.
  update public.setlists s set title = wanted ->> 'title', note = wanted ->> 'note' where s.id = setlist_id;
  -- A song that was removed for good since then keeps its title alone; one that is being removed is waited for.
  perform private.hold_songs(array(select (e.value ->> 'song_id')::uuid from jsonb_array_elements(wanted -> 'entries') as e));
  delete from public.setlist_entries e where e.setlist_id = setlist_id;
  insert into public.setlist_entries (id, setlist_id, position, song_id, title, added_by, key, capo, tempo, note)
  select e.id, setlist_id, e.position, s.id, e.title, e.added_by, e.key, e.capo, e.tempo, e.note
  from jsonb_populate_recordset(null::public.setlist_entries, wanted -> 'entries') as e
  left join public.songs s on s.id = e.song_id;
  return private.setlist_json(private.add_setlist_version(setlist_id, 'restore'), false);
end
$$;

create function public.restore_setlist_version(setlist_id uuid, version integer)
returns jsonb
language sql
set search_path = ''
as $$
  select private.restore_setlist_version(setlist_id, version)
$$;
comment on function public.restore_setlist_version is
  'Makes a setlist again what it was at a version, title, note and entries, as a new version if that changes it; owner and visibility stay as they are.';

create function private.delete_setlists_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.setlists s where s.created_by = new.id;
  return null;
end
$$;
comment on function private.delete_setlists_of_deleted_profile is 'Trigger: a person''s setlists go with the account; what they added to others'' stays with its title.';

-- After profiles_before_songs by name, which holds the setlists.
create trigger profiles_delete_setlists
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_setlists_of_deleted_profile();

revoke execute on function
  private.require_setlist_editor(uuid, text),
  private.list_setlist_versions(uuid, integer, integer),
  public.list_setlist_versions(uuid, integer, integer),
  private.restore_setlist_version(uuid, integer),
  public.restore_setlist_version(uuid, integer),
  private.delete_setlists_of_deleted_profile()
from public, anon, authenticated, service_role;
grant execute on function
  private.list_setlist_versions(uuid, integer, integer),
  public.list_setlist_versions(uuid, integer, integer),
  private.restore_setlist_version(uuid, integer),
  public.restore_setlist_version(uuid, integer)
to authenticated;

-- A user's own way of a song: key, capo, note and size of the text. The song stays as it is, and other users do not see it.

create table public.song_ways (
  user_id uuid not null references public.profiles (id) on delete cascade,
  song_id uuid not null references public.songs (id) on delete cascade,
  key text,
  capo integer,
  note text,
  font_size integer,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (user_id, song_id),
  constraint song_ways_key_check check (key ~ '^[A-G][#b]?m?$'),
  constraint song_ways_capo_check check (capo between 0 and 24),
  constraint song_ways_note_check check (char_length(note) between 1 and 2000),
  constraint song_ways_font_size_check check (font_size between 6 and 72)
);
comment on table public.song_ways is
  'How a user plays a song; other users do not see it. It stays without access to the song, and shows again when access comes back.';
comment on column public.song_ways.font_size is 'Of the text, in the app''s own unit, such as points.';

create index song_ways_user_id_changed_at_song_id_idx on public.song_ways (user_id, changed_at desc, song_id desc);
create index song_ways_song_id_idx on public.song_ways (song_id);

create function private.way_json(way public.song_ways)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('song_id', way.song_id, 'key', way.key, 'capo', way.capo, 'note', way.note, 'font_size', way.font_size,
    'changed_at', way.changed_at);
end
$$;

create function private.check_way(changes jsonb)
returns public.song_ways
language plpgsql
stable
set search_path = ''
as $$
declare
  way public.song_ways;
  wrong text;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to set your way of the song; the changes are not an object', 'Pass an object.',
      '{"field": "changes"}');
  end if;
  select f.key into wrong
  from jsonb_each(changes) as f
  where not coalesce(f.value = 'null' and f.key in ('key', 'capo', 'note', 'font_size') or case f.key
    when 'key' then jsonb_typeof(f.value) = 'string' and f.value #>> '{}' ~ '^[A-G][#b]?m?$'
    when 'capo' then f.value::text ~ '^[0-9]{1,2}$' and f.value::integer <= 24
    when 'font_size' then f.value::text ~ '^[0-9]{1,2}$' and f.value::integer between 6 and 72
    when 'note' then jsonb_typeof(f.value) = 'string'
  end, false)
  limit 1;
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to set your way of the song; %s cannot be set to that', wrong),
      'Correct the named field.', jsonb_build_object('field', wrong));
  end if;
  way := jsonb_populate_record(null::public.song_ways, changes);
  way.note := case when way.note <> '' then private.check_text('lines', way.note, 2000, 'set your way of the song', 'note') end;
  return way;
end
$$;
comment on function private.check_way is 'The fields of a way as they are kept; raises invalid_input with the field at fault.';

create function private.set_song_way(song_id uuid, changes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  given public.song_ways := private.check_way(changes);
  way public.song_ways;
begin
  perform private.take_token(caller, 'song_way');
  perform private.hold_account();
  perform private.hold_songs(array[song_id]);
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to set your way of the song; there is none with that id that you see', 'Check the id.');
  end if;
  -- One statement: what two devices set at once is both kept.
  insert into public.song_ways as w (user_id, song_id, key, capo, note, font_size)
  values (caller, song_id, given.key, given.capo, given.note, given.font_size)
  on conflict on constraint song_ways_pkey do update
  set key = case when changes ? 'key' then excluded.key else w.key end,
    capo = case when changes ? 'capo' then excluded.capo else w.capo end,
    note = case when changes ? 'note' then excluded.note else w.note end,
    font_size = case when changes ? 'font_size' then excluded.font_size else w.font_size end,
    changed_at = clock_timestamp()
  returning w.* into way;
  if num_nonnulls(way.key, way.capo, way.note, way.font_size) = 0 then
    delete from public.song_ways w where w.user_id = caller and w.song_id = way.song_id;
    return null;
  end if;
  return private.way_json(way);
end
$$;

create function public.set_song_way(song_id uuid, changes jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_song_way(song_id, changes)
$$;
comment on function public.set_song_way is
  'Sets the named ones of key, capo, note and font_size of the caller''s own way of a song that the caller sees; answers it, or null when nothing is left of it.';

create function private.get_song_ways(song_ids uuid[])
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  if song_ids is null or cardinality(song_ids) > 200 then
    perform private.raise_error('invalid_input', 'unable to get your ways of songs; it takes at most 200 ids', 'Ask in several parts.',
      '{"field": "songIds"}');
  end if;
  return query
    select private.way_json(w)
    from public.song_ways w
    where w.user_id = caller and w.song_id = any (song_ids) and private.can_see_song(w.song_id)
    order by w.song_id;
end
$$;

create function public.get_song_ways(song_ids uuid[])
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.get_song_ways(song_ids)
$$;
comment on function public.get_song_ways is 'The caller''s own ways of at most 200 songs, of those that the caller may still see.';

create function private.list_song_ways(page_size integer, before_changed_at timestamptz, before_song_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list your ways of songs', page_size, 200, 1);
  return query
    select private.way_json(w) || jsonb_build_object('song', to_jsonb(s))
    from public.song_ways w
    join private.visible_summaries s on s.id = w.song_id
    where w.user_id = caller and (w.changed_at, w.song_id) < (before_changed_at, before_song_id)
    order by w.changed_at desc, w.song_id desc
    limit page_size;
end
$$;

create function public.list_song_ways(
  page_size integer default 50,
  before_changed_at timestamptz default 'infinity',
  before_song_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_song_ways(page_size, before_changed_at, before_song_id)
$$;
comment on function public.list_song_ways is
  'The caller''s own ways of songs that the caller may still see, each with its song, the last changed first; a page of at most 201.';

create function private.delete_ways_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.song_ways w where w.user_id = new.id;
  return null;
end
$$;
comment on function private.delete_ways_of_deleted_profile is 'Trigger: a person''s own ways of songs go with the account.';

create trigger profiles_delete_song_ways
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_ways_of_deleted_profile();

alter table public.song_ways enable row level security;

create policy "People see their own ways of songs"
on public.song_ways
for select
to authenticated
using (user_id = (select auth.uid()));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.song_ways', 28, 'user_id', 't.song_id', null, '{}');

revoke all on public.song_ways from public, anon, authenticated, service_role;
grant select on public.song_ways to service_role;
revoke execute on function
  private.way_json(public.song_ways),
  private.check_way(jsonb),
  private.delete_ways_of_deleted_profile(),
  private.set_song_way(uuid, jsonb),
  public.set_song_way(uuid, jsonb),
  private.get_song_ways(uuid[]),
  public.get_song_ways(uuid[]),
  private.list_song_ways(integer, timestamptz, uuid),
  public.list_song_ways(integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.set_song_way(uuid, jsonb),
  public.set_song_way(uuid, jsonb),
  private.get_song_ways(uuid[]),
  public.get_song_ways(uuid[]),
  private.list_song_ways(integer, timestamptz, uuid),
  public.list_song_ways(integer, timestamptz, uuid)
to authenticated;

-- Copies of songs, and where they came from.

create table private.song_origins (
  song_id uuid primary key references public.songs (id) on delete cascade,
  origin_id uuid references public.songs (id) on delete set null,
  title text not null,
  version integer not null,
  owner_id uuid not null references public.profiles (id),
  copied_at timestamptz not null default clock_timestamp()
);
comment on table private.song_origins is 'Of a copy: the song that was copied, its title, version and owner at that time. Only the owner of the copy reads it.';
comment on column private.song_origins.origin_id is 'Null when that song was removed for good.';

create index song_origins_origin_id_idx on private.song_origins (origin_id);
create index song_origins_owner_id_idx on private.song_origins (owner_id);

create function private.copy_song(song_id uuid, new_id uuid, title text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  source public.songs;
  fields jsonb;
  had boolean;
  made public.songs;
begin
  new_id := coalesce(new_id, gen_random_uuid());
  select s.* into source from public.songs s where s.id = song_id;
  if not private.can_see_song(song_id) then
    perform private.raise_song_not_found('copy');
  end if;
  had := private.has_song(caller, new_id::text);
  -- What follows the text of the song follows that of the copy.
  select jsonb_object_agg(f.key, f.value) into fields
  from jsonb_each(private.song_fields(source)) as f
  where f.value <> 'null'
    and f.key <> all (source.derived_fields)
    and f.key = any ('{title,artist,album,content,key,tempo,time_signature,capo_fret,genre,style,language,year,duration_seconds,difficulty_level,source_url,metadata}'::text[]);
  fields := fields || jsonb_build_object('id', new_id, 'source_type', 'copy') || case when title is null then '{}' else jsonb_build_object('title', title) end;
  select c.* into made from private.create_song(fields) c;
  if had and not exists (select from private.song_origins o where o.song_id = made.id and o.origin_id = source.id) then
    perform private.raise_error('invalid_input', 'unable to copy the song; the new id belongs to another song', 'Make a new UUID for each copy.',
      '{"field": "id"}');
  end if;
  -- A song that is removed for good at this moment is waited for.
  perform private.hold_songs(array[source.id]);
  insert into private.song_origins (song_id, origin_id, title, version, owner_id)
  values (made.id, (select s.id from public.songs s where s.id = source.id), source.title, source.version, source.created_by)
  on conflict on constraint song_origins_pkey do nothing;
  return private.song_json(made);
end
$$;

create function public.copy_song(song_id uuid, new_id uuid default null, title text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.copy_song(song_id, new_id, title)
$$;
comment on function public.copy_song is
  'Copies a song that the caller may see into a private one of the caller''s own, and keeps where it came from; the same new id again answers the same copy.';

create function private.get_song_origin(song_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  mine text := private.role_in('song', song_id);
begin
  perform private.require_user();
  perform private.require_role('song', true, mine, 'read the origin of', '{owner}');
  return (
    select jsonb_build_object('song_id', case when private.can_see_song(o.origin_id) then o.origin_id end, 'title', o.title, 'version', o.version,
      -- A copy shows no profile that its owner does not see.
      'owner', private.person_json(o.owner_id) || case when private.can_see_profile(o.owner_id) then '{}'::jsonb
        else '{"handle": null, "display_name": ""}' end, 'copied_at', o.copied_at)
    from private.song_origins o
    where o.song_id = song_id
  );
end
$$;

create function public.get_song_origin(song_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_song_origin(song_id)
$$;
comment on function public.get_song_origin is
  'For the owner of a copy: the song that it is a copy of, with its title, version and owner at that time; null for a song that is no copy.';

create view private.exported_song_origins as
select o.song_id, o.title, o.version, o.copied_at, s.created_by as user_id
from private.song_origins o
join public.songs s on s.id = o.song_id;
comment on view private.exported_song_origins is 'What an account takes along of where its copies came from.';

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.exported_song_origins', 29, 'user_id', 't.song_id', null, '{user_id}');

revoke all on private.song_origins, private.exported_song_origins from public, anon, authenticated, service_role;
revoke execute on function
  private.copy_song(uuid, uuid, text),
  public.copy_song(uuid, uuid, text),
  private.get_song_origin(uuid),
  public.get_song_origin(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.copy_song(uuid, uuid, text),
  public.copy_song(uuid, uuid, text),
  private.get_song_origin(uuid),
  public.get_song_origin(uuid)
to authenticated;

-- How often a user has played a song, for the user alone. What others view and play is counted by analytics, without users.

create table private.song_plays (
  user_id uuid not null references public.profiles (id) on delete cascade,
  song_id uuid not null references public.songs (id) on delete cascade,
  play_count integer not null default 1,
  last_played_at timestamptz not null default clock_timestamp(),
  primary key (user_id, song_id),
  constraint song_plays_play_count_check check (play_count >= 1)
);
comment on table private.song_plays is 'How often and when last a user played a song, as the app says; other users do not see it.';

create index song_plays_song_id_idx on private.song_plays (song_id);

create function private.record_song_play(song_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  play private.song_plays;
begin
  perform private.take_token(caller, 'song_play');
  perform private.hold_account();
  perform private.hold_songs(array[song_id]);
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to record the play; there is no song with that id that you see', 'Check the id.');
  end if;
  -- A retry, and a page that is opened again at once, are the same play.
  insert into private.song_plays as p (user_id, song_id)
  values (caller, song_id)
  on conflict on constraint song_plays_pkey do update
  set play_count = p.play_count + 1, last_played_at = clock_timestamp()
  where p.last_played_at <= clock_timestamp() - interval '1 minute';
  select p.* into play from private.song_plays p where p.user_id = caller and p.song_id = song_id;
  return jsonb_build_object('play_count', play.play_count, 'last_played_at', play.last_played_at);
end
$$;

create function public.record_song_play(song_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.record_song_play(song_id)
$$;
comment on function public.record_song_play is
  'Counts that the caller played a song, for the caller''s own lists; again within a minute is the same play. Answers how often, and when last.';

create function private.delete_plays_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from private.song_plays p where p.user_id = new.id;
  return null;
end
$$;
comment on function private.delete_plays_of_deleted_profile is 'Trigger: what a person played goes with the account.';

create trigger profiles_delete_song_plays
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_plays_of_deleted_profile();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.song_plays', 35, 'user_id', 't.song_id', null, '{}');

revoke all on private.song_plays from public, anon, authenticated, service_role;
revoke execute on function
  private.record_song_play(uuid),
  public.record_song_play(uuid),
  private.delete_plays_of_deleted_profile()
from public, anon, authenticated, service_role;
grant execute on function
  private.record_song_play(uuid),
  public.record_song_play(uuid)
to authenticated;

-- Lists of songs by title and artist: a user's own library in the order of the user's language, and public songs from A to Z.

create function private.collation_of(language text)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  if language !~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$' then
    perform private.raise_error('invalid_input', 'unable to list the library; language is no tag of BCP 47', 'Pass one such as es or pt-BR.',
      '{"field": "language"}');
  end if;
  return coalesce((
    select c.collname
    from pg_catalog.pg_collation c
    where c.collnamespace = 'pg_catalog'::regnamespace
      and c.collname in (language || '-x-icu', split_part(language, '-', 1) || '-x-icu', 'und-x-icu')
    order by case when c.collname = 'und-x-icu' then 0 else char_length(c.collname) end desc
    limit 1
  ), 'C');
end
$$;
comment on function private.collation_of is 'The collation of a language; that of all languages where there is none of its own.';

create function private.list_library(
  sort text, language text, page_size integer, after_place double precision, after_name text, after_title text, after_id uuid
)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  -- Signs before the first letter or digit do not count.
  signs constant text := E' !"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\u00a1\u00bf\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e\u2026\u2013\u2014';
  title constant text := format('ltrim(s.title, %L)', signs);
  -- Letters begin at a in what titles are found by; what is before it are digits and signs.
  place text;
  name text;
begin
  perform private.check_page_size('list the library', page_size, 200, 1);
  case sort
    when 'title' then
      place := 'case when s.title_words >= ''a'' then 1 else 0 end';
      name := title;
    when 'artist' then
      place := 'case when s.artist_words >= ''a'' then 1 when s.artist is not null then 0 else 2 end';
      name := format('coalesce(ltrim(s.artist, %L), '''')', signs);
    when 'newest' then
      place := '-extract(epoch from s.created_at) * 1000000';
      name := '''''';
    when 'popular' then
      place := '-s.popularity';
      name := '''''';
    when 'played' then
      place := '-coalesce((select y.play_count from private.song_plays y where y.user_id = $1 and y.song_id = s.id), 0)';
      name := '''''';
    when 'recent' then
      place := '-coalesce((select extract(epoch from y.last_played_at) * 1000000 from private.song_plays y where y.user_id = $1 and y.song_id = s.id), 0)';
      name := '''''';
    else
      perform private.raise_error('invalid_input', 'unable to list the library; there is no such order',
        'Pass title, artist, newest, popular, played or recent.',
        '{"field": "sort"}');
  end case;
  return query execute format($q$
    select to_jsonb(v) || jsonb_build_object('place', p.place, 'sort_name', p.name, 'sort_title', p.title)
    from (
      select *
      from (
        select s.id, (%1$s)::double precision as place, %2$s as name, %3$s as title
        from (
          select o.id, o.title, o.artist, o.title_words, o.artist_words, o.popularity, o.created_at
          from public.songs o
          where o.created_by = $1 and o.deleted_at is null
          union all
          select o.id, o.title, o.artist, o.title_words, o.artist_words, o.popularity, o.created_at
          from private.visible_songs o
          where o.created_by <> $1
            and o.id in (select f.target_id from private.shares_in_force f where f.target_kind = 'song' and f.user_id = $1)
        ) as s
      ) as a
      where $5 is null or (a.place, a.name collate %4$I, a.title collate %4$I, a.id) > ($2, $3, $4, $5)
      order by a.place, a.name collate %4$I, a.title collate %4$I, a.id
      limit $6
    ) as p
    join private.visible_summaries v on v.id = p.id
    order by p.place, p.name collate %4$I, p.title collate %4$I, p.id $q$,
    place, name, case when sort in ('title', 'artist') then title else '''''' end, private.collation_of(coalesce(language, 'und')))
  using caller, after_place, after_name, after_title, after_id, page_size;
end
$$;

create function public.list_library(
  sort text default 'title',
  language text default null,
  page_size integer default 50,
  after_place double precision default null,
  after_name text default null,
  after_title text default null,
  after_id uuid default null
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_library(sort, language, page_size, after_place, after_name, after_title, after_id)
$$;
comment on function public.list_library is
  'The caller''s own songs and those shared with the caller, by title or artist in the order of a language, or newest, popular, most or last played first; digits and signs come first; a page of at most 201.';

create function private.browse_songs(
  by_artist boolean, prefix text, page_size integer, after_words text, after_popularity double precision, after_id uuid
)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  -- The songs from one key on, before another; the last key of all is higher than every text.
  least text collate "C" := case when prefix is null or prefix = '#' then '' else private.text_key(prefix) end;
  beyond text collate "C" := case when prefix = '#' then 'a' when least = '' then E'\U0010FFFF' else least || E'\U0010FFFF' end;
begin
  perform private.check_page_size('browse songs', page_size, 200, 1);
  if char_length(prefix) > 100 or (prefix <> '#' and least = '') then
    perform private.raise_error('invalid_input', 'unable to browse songs; the prefix has no letter, or more than 100', 'Pass a letter or #.',
      '{"field": "prefix"}');
  end if;
  return query execute format($q$
    select to_jsonb(v) || jsonb_build_object('sort_words', p.words, 'sort_popularity', p.popularity)
    from (
      (
        select s.id, s.%1$I as words, s.popularity
        from public.songs s
        where s.visibility = 'public' and s.deleted_at is null and s.%1$I = $3 and (s.popularity, s.id) < ($4, $5) and s.%1$I < $2
        order by s.popularity desc, s.id desc
        limit $6
      )
      union all
      (
        select s.id, s.%1$I, s.popularity
        from public.songs s
        where s.visibility = 'public' and s.deleted_at is null and s.%1$I >= $1 and ($3 is null or s.%1$I > $3) and s.%1$I < $2%2$s
        order by s.%1$I, s.popularity desc, s.id desc
        limit $6
      )
    ) as p
    join private.visible_summaries v on v.id = p.id
    order by p.words, p.popularity desc, p.id desc
    limit $6 $q$, case when by_artist then 'artist_words' else 'title_words' end, case when by_artist then ' and s.artist_words > ''''' else '' end)
  using least, beyond, after_words, after_popularity, after_id, page_size;
end
$$;

create function public.browse_songs(
  by_artist boolean default false,
  prefix text default null,
  page_size integer default 50,
  after_words text default null,
  after_popularity double precision default null,
  after_id uuid default null
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.browse_songs(coalesce(by_artist, false), prefix, page_size, after_words, after_popularity, after_id)
$$;
comment on function public.browse_songs is
  'Public songs from A to Z by title or artist, digits and signs first, perhaps those alone that begin with a prefix or (#) with a digit or sign; of one title the best liked first; a page of at most 201.';

revoke execute on function
  private.collation_of(text),
  private.list_library(text, text, integer, double precision, text, text, uuid),
  public.list_library(text, text, integer, double precision, text, text, uuid),
  private.browse_songs(boolean, text, integer, text, double precision, uuid),
  public.browse_songs(boolean, text, integer, text, double precision, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_library(text, text, integer, double precision, text, text, uuid),
  public.list_library(text, text, integer, double precision, text, text, uuid)
to authenticated;
grant execute on function
  private.browse_songs(boolean, text, integer, text, double precision, uuid),
  public.browse_songs(boolean, text, integer, text, double precision, uuid)
to anon, authenticated;

-- What a device keeps of songs, brought up to date by version.

create function private.sync_songs(known jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
  answer jsonb;
begin
  if jsonb_typeof(known) is distinct from 'object' or (select count(*) from jsonb_object_keys(known)) > 200
    or exists (select from jsonb_each_text(known) as k (id, version) where not private.is_uuid(k.id) or k.version is null or k.version !~ '^[0-9]{1,9}$')
  then
    perform private.raise_error('invalid_input', 'unable to bring the songs up to date; known is an object of at most 200 ids, each with a version',
      'Name ids and versions, 0 for a song that is not there yet.', '{"field": "known"}');
  end if;
  with asked as materialized (
    select k.id::uuid as id, k.version::integer as version from jsonb_each_text(known) as k (id, version)
  ),
  seen as materialized (
    select d.id, d.version, octet_length(d.content) as size, a.version as known_version
    from asked a
    join private.visible_songs d on d.id = a.id
  ),
  changed as (
    -- At most half a megabyte of texts, and one song in any case.
    select s.id, sum(s.size) over (order by s.id) - s.size as before from seen s where s.version <> s.known_version
  )
  select jsonb_build_object(
    'songs', coalesce((
      select jsonb_agg(to_jsonb(d) order by d.id)
      from changed c
      join private.visible_details d on d.id = c.id
      where c.before < 524288
    ), '[]'),
    'gone', coalesce((select jsonb_agg(a.id order by a.id) from asked a where not exists (select from seen s where s.id = a.id)), '[]'),
    'has_more', exists (select from changed c where c.before >= 524288))
  into answer;
  return answer;
end
$$;

create function public.sync_songs(known jsonb)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.sync_songs(known)
$$;
comment on function public.sync_songs is
  'For a device that keeps songs, with the version of each: those that have another one, whole, and the ids that the caller does not see. '
  'has_more: ask again with what is known by then.';

revoke execute on function private.sync_songs(jsonb), public.sync_songs(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.sync_songs(jsonb), public.sync_songs(jsonb) to authenticated;

commit;
