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
