import type { CliContext } from '../context.ts'
import { moveProfiles } from '../migrate-old/migrate-old-profiles.ts'
import { moveSongs } from '../migrate-old/migrate-old-songs.ts'
import { isPrepared } from '../migrate-old/old-database.ts'
import { Refusal } from '../refusal.ts'
import { openService } from '../service.ts'

/**
 * `tertulia migrate-old`: takes what the older schemas hold into ours, batch by batch. What a run has done the next one finds done,
 * so it can be killed and started again. `supabase/old-profiles.sql` prepares the database for people, profiles, conversations and
 * views, `supabase/old-schema.sql` for songs; either or both.
 */
export async function migrateOld(
  context: CliContext,
  options: { url?: string; key?: string },
): Promise<number> {
  const service = openService(context, options, 'migrate')
  const moves = [
    { name: 'migrate_old_profiles', move: moveProfiles },
    { name: 'migrate_old', move: moveSongs },
  ]
  let prepared = 0
  let isWhole = true
  for (const { name, move } of moves) {
    if (!(await isPrepared(service, name))) continue
    prepared += 1
    isWhole = (await move(context, service)) && isWhole
  }
  if (prepared === 0) {
    throw new Refusal(
      'unable to migrate; the database is not prepared',
      'Run once what fits: psql "$DATABASE_URL" -f node_modules/tertulia/supabase/old-schema.sql (songs), or old-profiles.sql (profiles, messages).',
    )
  }
  return isWhole ? 0 : 1
}
