import { writeFileSync } from 'node:fs'
import { botsFile } from './bot-patterns.ts'

writeFileSync('supabase/schemas/60_analytics/09_bots.sql', botsFile())
