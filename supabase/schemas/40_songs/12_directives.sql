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
