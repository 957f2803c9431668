-- People: profiles, their catalogues and directory, limits, blocks, leaving.
--
-- Roll back: drop triggers tertulia_create_profile and tertulia_empty_profile on auth.users; drop the policies of pictures and
-- portfolio files, and triggers tertulia_keep_portfolio_files and tertulia_limit_portfolio_files, on storage.objects; empty and delete
-- the two buckets through Storage; drop view public.profile_details; drop table public.user_blocks, public.user_follows,
-- public.portfolio_items, the profile_ tables, public.payment_methods, public.tags, public.software, public.profiles cascade; drop the
-- tables in private and the functions below.

-- Years, places in a short list and page sizes are small numbers.
-- squawk-ignore-file prefer-bigint-over-int
