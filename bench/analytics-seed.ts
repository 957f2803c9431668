/** What the seed does at each event, under the lock of the song's row; several in the order of their ids, or they would deadlock. */
export const analyticsSeed = `
  create schema seed;
  create table seed.figures (song_id uuid primary key, view_count integer not null default 0, last_viewed_at timestamptz, updated_at timestamptz);
  create index on seed.figures (view_count desc);
  create index on seed.figures (last_viewed_at desc);
  create function seed.count_view(song uuid) returns void language plpgsql as $$
    begin
      update seed.figures set view_count = view_count + 1, last_viewed_at = now(), updated_at = now() where song_id = song;
    end
  $$;
  create function seed.count_views(songs uuid[]) returns void language plpgsql as $$
    declare song uuid;
    begin
      foreach song in array songs loop
        update seed.figures set view_count = view_count + 1, last_viewed_at = now(), updated_at = now() where song_id = song;
      end loop;
    end
  $$;
  grant usage on schema seed to anon;
  grant all on seed.figures to anon`
