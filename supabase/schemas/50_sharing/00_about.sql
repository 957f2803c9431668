-- Sharing: what users do with shares, links, transfers and circles.
--
-- Lock order: rate limit, people (profiles), circle and its members, setlist, song, shares, links, transfers, watchers.
-- Roll back: drop trigger tertulia_shares_claim on auth.users and the triggers on public.profiles below; drop table public.notices,
-- private.circle_invitations, private.circle_exclusions;
-- drop the views and functions below.

-- Uses of a link are small numbers.
-- squawk-ignore-file prefer-bigint-over-int
