import type { Consumer } from './project.ts'

const app = `import { createClient } from '@supabase/supabase-js'
import { createTertulia, isTertuliaError, type Message, type Page, type Song } from 'tertulia'
import { createAnalytics } from 'tertulia/analytics'
import { createChat, createContext } from 'tertulia/chat'
import { parseChordPro } from 'tertulia/chordpro'
import { mergeText } from 'tertulia/diff'
import { createProfiles } from 'tertulia/profiles'
import { useInbox } from 'tertulia/react'
import { createSharing } from 'tertulia/sharing'
import { createSongs } from 'tertulia/songs'
import { openFaults } from 'tertulia/testing'

interface AppDatabase {
  api: {
    Tables: { todos: { Row: { id: number }; Insert: { id?: number }; Update: { id?: number }; Relationships: [] } }
    Views: Record<string, never>
    Functions: Record<string, never>
  }
}

const supabase = createClient('https://project.example.com', 'sb_publishable_x')
const typed = createClient<AppDatabase, 'api'>('https://project.example.com', 'sb_publishable_x', {
  db: { schema: 'api' },
})
const tertulia = createTertulia(supabase)
export const ofApp = createTertulia(typed, { onOperation: ({ operation }) => console.log(operation) })
export const chat = createChat(createContext(typed))
// @ts-expect-error a URL is not a client
createTertulia('https://project.example.com')

export async function use(signal: AbortSignal | undefined): Promise<Page<Message>> {
  let page = await tertulia.songs.list({ limit: 10 })
  page = await tertulia.songs.list({ cursor: page.nextCursor, signal })
  for await (const song of tertulia.songs.search('luna')) console.log(song.title)
  await tertulia.chat.uploadAttachment('id', new Uint8Array(3))
  await tertulia.profiles.setAvatar(new ArrayBuffer(3))
  const song: Song | null = await tertulia.songs.get('id').catch((error: unknown) => {
    if (isTertuliaError(error) && error.code === 'song_not_found') return null
    throw error
  })
  console.log(song?.chords.map((chord) => chord.name))
  return tertulia.chat.listMessages('id')
}
export { createAnalytics, createProfiles, createSharing, createSongs, mergeText, openFaults, parseChordPro, useInbox }
`
const server = `import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { parseChordPro } from 'tertulia/chordpro'
const tertulia = createTertulia(createClient('https://project.example.com', 'sb_publishable_x'))
export const song = async (id: string) => parseChordPro((await tertulia.songs.get(id)).title)
`
const browser = 'es2022,dom,dom.iterable,dom.asynciterable,esnext.disposable'
// TypeScript before 5.8 knows of no require() of a module.
const dynamic = `import type { SupabaseClient } from '@supabase/supabase-js'
export async function use(supabase: SupabaseClient) {
  const { createTertulia } = await import('tertulia')
  const { createChat, createContext } = await import('tertulia/chat')
  const page = await createTertulia(supabase).songs.list({ cursor: null })
  console.log(page.nextCursor, createChat(createContext(supabase)))
}
`

const isolated = ['--verbatimModuleSyntax', '--isolatedModules', '--noUncheckedIndexedAccess']
/** Each with the files that are one program of it. */
const settings = [
  { module: 'esnext', resolution: 'bundler', files: ['app.ts'] },
  { module: 'esnext', resolution: 'bundler', files: ['app.ts'], more: isolated, note: 'isolated' },
  { module: 'node16', resolution: 'node16', files: ['app.mts', 'dynamic.cts'] },
  { module: 'nodenext', resolution: 'nodenext', files: ['app.mts', 'dynamic.cts', 'app.cts'] },
  // A server without the types of a browser.
  { module: 'nodenext', resolution: 'nodenext', files: ['server.mts'], lib: 'es2022', note: 'without dom' },
  // TypeScript 6 and newer no longer have it.
  { module: 'esnext', resolution: 'node', files: ['app.ts'], before: 6, note: 'without exports' },
]

const canRequire = (version: string) => version !== '5.4'

/** Everything is checked, the declarations too. */
function withTypeScript(version: string, quick: boolean): Consumer {
  const tried = settings
    .filter(({ before }) => !before || Number.parseInt(version, 10) < before)
    .map(({ files, ...rest }) => ({
      ...rest,
      files: files.filter((file) => file !== 'app.cts' || canRequire(version)),
    }))
  return {
    name: `TypeScript ${version}`,
    quick,
    packages: [`typescript@${version}`, 'react', '@types/react', '@types/node'],
    files: { 'app.ts': app, 'app.mts': app, 'app.cts': app, 'dynamic.cts': dynamic, 'server.mts': server },
    async check({ run }) {
      for (const { module, resolution, files, more = [], lib = browser } of tried) {
        const options = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022']
        const strict = ['--strict', '--noEmit', '--skipLibCheck', 'false', '--exactOptionalPropertyTypes']
        const types = ['--types', 'node', '--lib', lib]
        const said = await run('tsc', [...options, ...strict, ...types, ...more, ...files]).catch(
          (error: Error) => error.message,
        )
        // The declarations of others are checked too; their errors are theirs.
        const ours = said
          .split('\n')
          .filter((line) => /^(app|dynamic|server|node_modules\/tertulia\/)/.test(line))
        if (ours.length > 0) throw new Error(`${module}, ${files.join(' ')}\n${said}`)
      }
      return tried
        .map(({ resolution, files, note }) => `${note ?? resolution}: ${files.join(' ')}`)
        .join(', ')
    },
  }
}

export const typeScripts = [
  withTypeScript('5.4', false),
  withTypeScript('5.9', false),
  withTypeScript('7', true),
]
