-- ChordPro directives, what they say of a song, and the language of its words. src/chordpro reads the same language;
-- test/chordpro/cases.json binds the two.

create type private.chordpro_reading as (
  lyrics text,
  chords jsonb,
  metadata jsonb,
  german boolean,
  unread text[]
);
comment on type private.chordpro_reading is
  'What ChordPro text says: words, chords, metadata, whether B means B flat, and what stands in brackets and is no chord that can be read.';

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
      else substring(metadata -> 'subtitle' ->> 0 from E'^[Bb][Yy][ \\t]+(.+)$')
    end, 255),
    'album', left(metadata -> 'album' ->> 0, 255),
    'genre', left(metadata -> 'genre' ->> 0, 100),
    'style', left(metadata -> 'style' ->> 0, 100)
  );
begin
  if metadata ? 'key' then
    -- {key: [G]}, {key: A (3 sharps)}, {key: A (minor)}
    value := regexp_replace(translate(metadata -> 'key' ->> 0, '[]', ''), E'\\((major|maj|mayor|maior|dur|minor|min|menor|moll)\\)', E' \\1', 'i');
    value := btrim(regexp_replace(value, E'\\([^()]*\\)[ \\t]*$', ''), E' \t\x0b\x0c\u00a0');
    found := regexp_match(
      translate(value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'),
      E'^(.*)[ \\t-](major|maj|mayor|maior|dur|minor|min|menor|moll)$');
    chord := private.read_chord(case when found is null then value else rtrim(left(value, char_length(found[1])), E' \t-') end);
    if chord[2] in ('', 'm') and chord[3] is null then
      described := described || jsonb_build_object('key',
        case when chord[1] = 'B' and german then 'Bb' else translate(chord[1], 'HS', 'BB') end
        || case when chord[2] = 'm' or found[2] in ('minor', 'min', 'menor', 'moll') then 'm' else '' end);
    end if;
  end if;
  if metadata ? 'tempo' then
    value := substring(translate(metadata -> 'tempo' ->> 0, 'BPM', 'bpm') from E'^(?:[^=]*=)?[ \\t]*([0-9]{1,3})(?:[.,][0-9]+)?[ \\t]*(?:bpm)?$');
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
  private.describe_chordpro(jsonb, boolean),
  private.recognise_language(text)
from public, anon, authenticated, service_role;
