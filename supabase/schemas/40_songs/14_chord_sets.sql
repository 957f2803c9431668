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
