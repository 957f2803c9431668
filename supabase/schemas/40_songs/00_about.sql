-- Songs: ChordPro in, everything else derived for every writer; search, favourites, tags, trash, history, watching.
--
-- Roll back: drop the triggers on public.songs, public.song_tags and public.profiles below; drop the policies of songs on
-- realtime.messages; drop table public.song_history, public.song_favorites, public.popular_tags, public.song_tags,
-- public.tag_categories cascade; drop the tables in private, the types and the functions below.

-- Semitones, bits, counts of tags, versions and page sizes are small numbers; there are no songs yet while the indexes are made.
-- squawk-ignore-file prefer-bigint-over-int, require-concurrent-index-creation, constraint-missing-not-valid
