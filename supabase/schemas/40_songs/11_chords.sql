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
