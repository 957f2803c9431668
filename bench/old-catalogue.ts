import type postgres from 'postgres'

/** The older tables in a schema `old`: as before version 003, without its four columns and without figures. */
export const oldTables = `
  create schema old;
  create table old.users (id uuid primary key, email varchar(255), display_name varchar(255), password_hash text);
  create table old.songs (
    id uuid primary key default gen_random_uuid(), title varchar(255) not null, artist varchar(255), album varchar(255),
    content text not null, lyrics text, key varchar(10), tempo integer, time_signature varchar(10), capo_fret integer default 0,
    genre varchar(100), style varchar(100), year integer, duration_seconds integer, difficulty_level integer, source_url text,
    visibility varchar(20) default 'private', created_by uuid not null references old.users on delete cascade,
    created_at timestamptz default now(), updated_at timestamptz default now(), deleted_at timestamptz);
  create table old.song_tags (
    id uuid primary key default gen_random_uuid(), song_id uuid not null references old.songs on delete cascade,
    tag_name varchar(100) not null, tag_type varchar(50) default 'user', created_by uuid references old.users on delete set null,
    created_at timestamptz default now(), unique (song_id, tag_name, tag_type));
  create table old.song_favorites (
    id uuid primary key default gen_random_uuid(), song_id uuid not null references old.songs on delete cascade,
    user_id uuid not null references old.users on delete cascade, created_at timestamptz default now(), unique (song_id, user_id));
  create table old.song_shares (
    id uuid primary key default gen_random_uuid(), song_id uuid not null references old.songs on delete cascade,
    shared_with uuid not null references old.users on delete cascade);
  create table old.tag_categories (
    id uuid primary key default gen_random_uuid(), name varchar(100) not null unique, description text, color_hex varchar(7),
    icon varchar(50));`

/** Fills them over a single connection: a hundred songs and two favourites a person, three tags a song; ids are random. */
export async function fillOldTables(sql: postgres.Sql, songs: number): Promise<void> {
  const people = Math.max(1, Math.round(songs / 100))
  await sql`select setseed(0.42)`
  await sql`
    insert into old.users (id, email, display_name)
    select gen_random_uuid(), 'Person' || n || '@Old.example.com', 'Person ' || n from generate_series(1, ${people}::int) n`
  await sql`
    create temp table owners as select id, row_number() over () as place from old.users`
  await sql`
    insert into old.songs (
      title, artist, album, content, lyrics, key, tempo, time_signature, genre, style, year, duration_seconds, difficulty_level,
      visibility, created_by, created_at, updated_at, deleted_at)
    select 'Canción ' || n, 'Banda ' || n % 997, 'Álbum ' || n % 331,
      '{key: ' || k || '}' || chr(10) || repeat('[' || k || ']La noche ' || n || ' [F]va, [G]corazón ' || (n * 7919) % 10007 || chr(10), 12),
      'viejo', k, 60 + n % 120, '4/4', (array['rock', 'folk', 'bolero'])[1 + n % 3], null, 1900 + n % 120, 120 + n % 200, 1 + n % 5,
      (array['public', 'public', 'private', 'shared'])[1 + n % 4], o.id, now() - n * interval '1 minute', now(),
      case when n % 50 = 0 then now() - interval '3 days' end
    from generate_series(1, ${songs}::int) n
    join owners o on o.place = 1 + n % ${people}
    cross join lateral (select (array['C', 'Am', 'F#m', 'Bb', 'D'])[1 + n % 5] as k) as keys`
  await sql`
    insert into old.song_tags (song_id, tag_name, created_by)
    select s.id, t.name, s.created_by from old.songs s cross join (values ('Fogata'), ('Años 80'), ('fácil')) as t (name)`
  await sql`
    insert into old.song_favorites (song_id, user_id)
    select s.id, o.id
    from (select id, row_number() over (order by id) as n from old.songs) s
    join owners o on o.place = 1 + s.n % ${people}
    where s.n <= 2 * ${people}`
}
