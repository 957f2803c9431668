import postgres from 'postgres'

// What people do with a generated catalogue: chords by song, tags by Zipf's law, favourites of the well-known.

/** Fills what `generateSongs` leaves empty. The same catalogue gives the same rows. @param url - As `postgres`. */
export async function fillCollection(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  // Histories and counters would take as long as saving each song by hand.
  const tables = ['song_chords', 'song_tags', 'song_favorites']
  const triggers = (what: string) =>
    sql.unsafe(tables.map((table) => `alter table public.${table} ${what} trigger user`).join('; '))
  await triggers('disable')
  await sql.unsafe(`
    insert into public.song_chords (song_id, chord_name, chord_root, chord_quality, chord_bass, occurrences, chord_position)
    select s.id, c.name, c.root, c.quality, c.bass, c.uses, (c.positions ->> 0)::integer
    from public.songs s
    cross join lateral jsonb_to_recordset(s.chords) as c (name text, root text, quality text, bass text, uses integer, positions jsonb);

    insert into public.tags (name, is_sung)
    select 'Etiqueta ' || n, true from generate_series(1, 2000) as n on conflict (key) do nothing;

    -- One song in two has tags, the first of them on one in twenty songs.
    insert into public.song_tags (song_id, tag_name, label, created_by)
    select distinct on (s.id, t.n) s.id, 'etiqueta ' || t.n, 'Etiqueta ' || t.n, s.created_by
    from public.songs s
    cross join generate_series(1, 3) as k
    cross join lateral (
      select floor(exp(7.6 * (1 + hashtextextended(s.id::text, k) / 9.3e18) / 2))::integer as n
    ) as t
    where hashtextextended(s.id::text, 0) > 0 and t.n between 1 and 2000;

    -- Twenty favourites a person, of the songs that are liked.
    insert into public.song_favorites (user_id, song_id, created_at)
    select p.id, f.id, now() - random() * interval '90 days'
    from public.profiles p
    cross join lateral (
      select w.id
      from (
        select s.id from public.songs s
        where s.visibility = 'public' and s.deleted_at is null
        order by s.popularity desc, s.id desc
        limit 3000
      ) as w
      order by hashtextextended(w.id::text || p.id, 0)
      limit 20
    ) as f
    where hashtextextended(p.id::text, 1) > 0 or p.id = (select min(q.id::text)::uuid from public.profiles q);
    `)
  await triggers('enable')
  for (const table of ['songs', 'tags', ...tables]) {
    await sql.unsafe(`vacuum analyze public.${table}`)
  }
  await sql.end()
}
