import { createClient } from '@supabase/supabase-js'
import { createTertulia } from '../../src/index.ts'

// What the pages of `leaving.ts` load.

Object.assign(globalThis, {
  startPage(url: string, key: string) {
    const supabase = createClient(url, key)
    return { supabase, ...createTertulia(supabase) }
  },
})
