-- Analytics: a listed vocabulary of events, figures that equal a recount, counters, scores and trends.
--
-- Roll back: drop trigger conversations_count_for_profile on public.conversations, songs_mark_edit, songs_forget_figures on public.songs,
-- song_favorites_mark_insert, song_favorites_mark_delete on public.song_favorites, shares_mark on public.shares,
-- profiles_forget_analytics on public.profiles; drop view public.song_list_view, public.song_search_view, private.own_events; drop table
-- public.song_analytics; drop the tables in private and the functions below.

-- Hours, durations and sizes of batches are small numbers; there are no figures yet while the indexes are made.
-- squawk-ignore-file prefer-bigint-over-int, prefer-bigint-over-smallint, require-concurrent-index-creation
