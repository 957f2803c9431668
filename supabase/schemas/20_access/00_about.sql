-- Access: songs, setlists, circles, shares and links, and who sees and changes a song because of them.
--
-- All that changes who may do what holds the song's row. Lock order: rate limit, people (profiles), circle and its
-- members, setlist, song, shares, links, transfers, watchers.
-- Roll back: drop table public.shares, public.circle_members, public.circles, public.song_chords, public.songs, private.share_links, private.transfers,
-- private.watchers, private.live_keys cascade; drop type public.song_summary; drop the functions below.

-- Years, frets, beats and uses of a link are small numbers; the tables are new and empty.
-- squawk-ignore-file prefer-bigint-over-int, require-concurrent-index-creation, constraint-missing-not-valid
