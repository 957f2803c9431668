import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'

export const supabase = createClient(import.meta.env.VITE_SUPABASE_URL, import.meta.env.VITE_SUPABASE_KEY)
export const tertulia = createTertulia(supabase)
