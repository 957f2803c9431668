-- Foundation: the functions that every domain uses.
--
-- Roll back: select cron.unschedule(jobname) from cron.job where jobname like 'tertulia-%', where pg_cron is there; drop schema private
-- cascade and function public.cleanup_old_data, public.tertulia_schema_version (after the other roll-backs); drop owned by
-- tertulia_reporting, tertulia_maintenance; drop role tertulia_reporting, tertulia_maintenance. The extensions may stay.

-- Places in a short list and sizes of batches are small numbers.
-- squawk-ignore-file prefer-bigint-over-int
