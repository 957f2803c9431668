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
    private.song_word_pairs(private.song_part_vector(r.lyrics, null, 'D')), private.chord_fingerprint(r.chords)
  from public.bench_text t
  cross join lateral private.read_chordpro(t.content) as r
  where t.n % 2 = ${half}`

export const readHeaders = (half: number) => `
  insert into public.bench_header
  select w.*, left(btrim(private.song_words(w.title)), 255), left(btrim(private.song_words(w.artist)), 255),
    private.song_header(f.song),
    private.song_word_pairs(private.song_part_vector(w.title, null, 'A') || private.song_part_vector(w.artist, null, 'B')),
    private.song_filter_terms(f.song)
  from public.bench_work w
  join public.bench_read b on b.n = w.text
  cross join lateral (
    select jsonb_populate_record(null::public.songs, to_jsonb(w) || jsonb_build_object(
      'language', b.language, 'chords', (b.reading).chords, 'chordpro_metadata', '{}'::jsonb)) as song
    offset 0
  ) as f
  where w.n % 2 = ${half}`

export const fill = (half: number) => `
  insert into public.songs (
    id, title, artist, album, content, lyrics, chords, key, tempo, genre, style, language, year, duration_seconds, difficulty_level,
    source_type, visibility, created_by, chordpro_metadata, popularity, created_at, updated_at, deleted_at, title_words, artist_words,
    header_vector, search_vector, word_pairs, search_terms, chord_set)
  select
    s.id, h.title, h.artist, h.album, b.content, (b.reading).lyrics, (b.reading).chords, h.key, h.tempo, h.genre, h.style, b.language,
    h.year, h.duration_seconds, h.difficulty_level, h.source_type, s.visibility, s.created_by, '{}', s.popularity, s.created_at,
    s.created_at, s.deleted_at, h.title_words, coalesce(h.artist_words, ''), h.header, h.header || b.vector, h.pairs || b.pairs,
    h.terms || ('owner:' || s.created_by), b.chord_set
  from public.bench_song s
  join public.bench_header h on h.n = s.work
  join public.bench_read b on b.n = h.text
  where s.work % 2 = ${half}`
