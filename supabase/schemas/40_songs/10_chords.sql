-- Chord names: their roots, qualities and basses in all spellings.

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
    when q = 'o' or (left(q, 1) = 'o' and strpos('0123456789', substr(q, 2, 1)) > 0) then 'dim' || substr(q, 2)
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
    q := regexp_replace(q, '\+(?=[0-9])', '#', 'g');
    q := regexp_replace(q, '-(?=[0-9])', 'b', 'g');
  end if;
  if strpos(q, 'sus') > 0 then
    q := regexp_replace(q, 'sus(?![24])', 'sus4');
  end if;
  if strpos(q, '/') > 0 then
    q := case
      when q = any ('{/2,/4,/9,/11,/13}'::text[]) then 'add' || substr(q, 2)
      when q = any ('{m/2,m/4,m/9,m/11,m/13}'::text[]) then 'madd' || substr(q, 3)
      else regexp_replace(q, '/(?=[b#]?[0-9])', '', 'g')
    end;
  end if;
  if q in ('74', '7/4') then
    q := '7sus4';
  end if;
  q := replace(replace(q, 'add2', 'add9'), 'omit', 'no');
  q := replace(replace(replace(q, 'maj77', 'maj7'), 'sus47', '7sus4'), '6add9', '69');
  if left(q, 4) in ('aug7', '7aug') then
    q := '7#5' || substr(q, 5);
  end if;
  q := case q when '#5' then 'aug' when '2' then 'sus2' when '4' then 'sus4' else q end;
  q := case
    when right(q, 2) = '79' then left(q, -2) || '9'
    when right(q, 3) in ('711', '713') then left(q, -3) || right(q, 2)
    else q
  end;
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
    when left(written, 3) = any ('{Sol,SoL,SOl,SOL}'::text[]) then 'G'
    when left(written, 2) = any ('{Do,DO,Ut,UT}'::text[]) then 'C'
    when left(written, 2) = any ('{Re,RE,Ré,RÉ}'::text[]) then 'D'
    when left(written, 2) in ('Mi', 'MI') then 'E'
    when left(written, 2) in ('Fa', 'FA') then 'F'
    when left(written, 2) in ('La', 'LA') then 'A'
    when left(written, 2) = any ('{Si,SI,Ti,TI}'::text[]) then 'S'
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

create function private.read_chord(written text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  chord text := translate(written, E' \t\x0b\x0c\u00a0', '');
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
comment on function private.read_chord is
  'A chord''s root, quality and bass as written (B may still be the German B); null when its root is not known.';

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
comment on function private.canonical_chord is 'The name that a chord has in songs, or null when it is none.';

revoke execute on function
  private.chord_quality(text),
  private.split_note(text),
  private.read_chord(text),
  private.place_note(text, boolean, integer),
  private.canonical_chord(text)
from public, anon, authenticated, service_role;
