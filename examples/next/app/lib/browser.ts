import { createBrowserClient } from '@supabase/ssr'
import { createTertulia } from 'tertulia'
import { key, url } from './project'

export const tertulia = createTertulia(createBrowserClient(url, key))
