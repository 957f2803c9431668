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
