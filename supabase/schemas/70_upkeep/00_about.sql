-- Upkeep: the steps that run by schedule, and what an operator looks at.
--
-- Roll back: delete from private.maintenance_steps where true; drop the views and functions below; drop the policies for
-- tertulia_reporting on public.popular_tags, public.tag_categories and public.song_analytics.

-- Sizes of batches are small numbers.
-- squawk-ignore-file prefer-bigint-over-int
