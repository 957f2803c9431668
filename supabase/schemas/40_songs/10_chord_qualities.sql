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
