import type { Sql } from 'postgres'
import { errataOf } from '../support/against-seed.ts'

export const ana = crypto.randomUUID()

const seed = `
  create schema seed;
  create table seed.songs (id uuid primary key default gen_random_uuid(), created_at timestamptz default now(), deleted_at timestamptz);
  create table seed.shares (id uuid primary key default gen_random_uuid(), expires_at timestamptz);
  create table seed.figures (song_id uuid references seed.songs on delete cascade, views integer, score numeric(10, 2));
  create function seed.score(views integer, created_at timestamptz) returns numeric(10, 2) language plpgsql as $$
  declare
    engagement numeric(10, 2) := views * 1000000.0;
  begin
    return least(engagement * exp(-extract(day from now() - created_at) / 30.0) / 100.0, 100.0);
  end $$;
  create function seed.clean_up() returns void language plpgsql as $$
  begin
    delete from seed.songs where deleted_at < now() - interval '30 days';
    delete from seed.shares where expires_at < now();
    update seed.figures f set score = seed.score(views, (select s.created_at from seed.songs s where s.id = f.song_id));
  end $$;`

/** For the stack of the file; Ana is there as long as a question is asked. */
export const errata = (sql: Sql) =>
  errataOf(sql, async (tx) => {
    await tx.unsafe(seed)
    await tx`insert into auth.users (id, email) values (${ana}, ${`${ana}@example.com`})`
  })
