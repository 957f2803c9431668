// What a generated catalogue goes through in the database, by halves so that two connections share the work.

export const staging = `
  create unlogged table public.bench_text (n integer, language text, content text);
  create unlogged table public.bench_work (
    n integer, text integer, title text, artist text, album text, key text, tempo integer, genre text, style text, year integer,
    duration_seconds integer, difficulty_level integer, source_type text);
  create unlogged table public.bench_song (
    id uuid, work integer, visibility text, created_by uuid, popularity double precision, created_at timestamptz,
    deleted_at timestamptz);
  create unlogged table public.bench_read (
    n integer, language text, content text, reading private.chordpro_reading, vector tsvector, pairs integer[], chord_set bigint);
  create unlogged table public.bench_header (
    like public.bench_work, title_words text, artist_words text, header tsvector, pairs integer[], terms text[]);`

export const readTexts = (half: number) => `
  insert into public.bench_read
  select t.n, t.language, t.content, r, private.song_part_vector(r.lyrics, private.song_language_config(t.language), 'D'),
    private.song_name_pairs(r.lyrics), private.chord_fingerprint(r.chords, private.unread_chords(r.unread))
  from public.bench_text t
  cross join lateral private.read_chordpro(t.content) as r
  where t.n % 2 = ${half}`

export const readHeaders = (half: number) => `
  insert into public.bench_header
  select w.*, private.text_key(w.title), private.text_key(w.artist),
    private.song_header(f.song),
    private.song_name_pairs(w.title) || private.song_name_pairs(w.artist),
    private.song_filter_terms(f.song)
  from public.bench_work w
  join public.bench_read b on b.n = w.text
  cross join lateral (
    select jsonb_populate_record(null::public.songs, to_jsonb(w) || jsonb_build_object(
      'language', b.language, 'chords', (b.reading).chords, 'chordpro_metadata', '{}'::jsonb)) as song
    offset 0
  ) as f
  where w.n % 2 = ${half}`

const tagNames =
  'wedding,campfire,summer,christmas,party,slow dance,easy,acoustic,singalong,road trip,rainy day,love,heartbreak,lullaby,live,duet,' +
  'fiesta,verano,boda,navidad,misa,infantil,romantica,protesta,clasico,praia,festa,casamento,saudade,natal,roda,violao,jam,open mic,' +
  'beginner,capo,fingerstyle,solo,instrumental,encore'

/** The tags of a song, none to three, the first of the list the most often. */
const tagsOf = (id: string) => `
  select distinct 'tag:' || (string_to_array('${tagNames}', ','))[1 + floor(40 * power((hashtext(${id}::text || k) & 1023) / 1024.0, 2))::integer]
  from generate_series(1, hashtext(${id}::text) & 3) as k`

export const fillTags = `
  insert into public.song_tags (song_id, tag_name, label)
  select s.id, substr(t.term, 5), substr(t.term, 5)
  from public.songs s
  cross join lateral unnest(s.search_terms) as t (term)
  where starts_with(t.term, 'tag:')`

export const fill = (half: number) => `
  insert into public.songs (
    id, title, artist, album, content, lyrics, chords, key, tempo, genre, style, language, year, duration_seconds, difficulty_level,
    source_type, visibility, created_by, chordpro_metadata, popularity, created_at, updated_at, deleted_at, title_words, artist_words,
    header_vector, search_vector, word_pairs, search_terms, chord_set)
  select
    s.id, h.title, h.artist, h.album, b.content, (b.reading).lyrics, (b.reading).chords, h.key, h.tempo, h.genre, h.style, b.language,
    h.year, h.duration_seconds, h.difficulty_level, h.source_type, s.visibility, s.created_by, '{}', s.popularity, s.created_at,
    s.created_at, s.deleted_at, h.title_words, coalesce(h.artist_words, ''), h.header, h.header || b.vector, h.pairs || b.pairs,
    h.terms || ('owner:' || s.created_by) || ('liked:' || private.popularity_level(s.popularity)) || array(${tagsOf('s.id')}), b.chord_set
  from public.bench_song s
  join public.bench_header h on h.n = s.work
  join public.bench_read b on b.n = h.text
  where s.work % 2 = ${half}`
