import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { metroFiles, metroPackages, runMetro } from './metro.ts'
import type { Consumer } from './project.ts'

// The entries that stand on a package of others: with its newest version, typed and run.

const tsconfig = (options: object = {}) =>
  JSON.stringify({
    compilerOptions: {
      strict: true,
      exactOptionalPropertyTypes: true,
      // The types of supabase-js need those of Node.
      skipLibCheck: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      jsx: 'react-jsx',
      noEmit: true,
      ...options,
    },
    include: ['*.ts', '*.tsx'],
  })

/** A client whose requests one function answers. */
const answered = `import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
export const signals = []
const answer = (input, init) => {
  signals.push(init.signal)
  return new Promise((resolve, reject) => {
    init.signal?.addEventListener('abort', () => reject(init.signal.reason))
    if (String(input).includes('search_songs')) resolve(Response.json({ songs: [], next: null }))
    if (String(input).includes('profile')) resolve(Response.json({ message: 'no' }, { status: 400 }))
  })
}
const supabase = createClient('https://project.example.com', 'sb_publishable_x', { global: { fetch: answer }, auth: { persistSession: false } })
export const tertulia = createTertulia(supabase)
`

const query: Consumer = {
  name: 'query, tanstack 5',
  packages: ['@tanstack/react-query@5', 'react', 'typescript@5.9', '@types/react'],
  files: {
    'tsconfig.json': tsconfig(),
    'answered.js': answered,
    'app.tsx': `import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import type { Song, SongHit, Tertulia } from 'tertulia'
import { createQueries } from 'tertulia/query'
declare const tertulia: Tertulia
const queries = createQueries(tertulia)
export function Found({ id }: { id: string }) {
  const song: Song | undefined = useQuery(queries.songs.get(id)).data
  const sure: Song = useSuspenseQuery(queryOptions(queries.songs.get(id))).data
  const { data } = useInfiniteQuery(infiniteQueryOptions(queries.songs.search('luna', { filters: { language: ['es'] } })))
  const hits: SongHit[] | undefined = data?.pages.flatMap(({ items }) => items)
  return <p>{song?.title} {sure.title} {hits?.length}</p>
}
`,
    'main.js': `import { QueryClient } from '@tanstack/react-query'
import { createQueries } from 'tertulia/query'
import { signals, tertulia } from './answered.js'
const queries = createQueries(tertulia)
const client = new QueryClient()
const { pages } = await client.fetchInfiniteQuery(queries.songs.search('luna'))
if (pages[0].items.length !== 0) throw new Error('a song')
const refused = await client.fetchQuery(queries.songs.get('x')).catch((error) => error)
if (refused.field !== 'songId') throw refused
const song = queries.songs.get('5f0e7b9a-1f1f-4c3c-9a1e-2f5a6b7c8d9e')
const asked = client.fetchQuery(song).catch(() => 'cancelled')
while (signals.length < 2) await new Promise((done) => setTimeout(done, 5))
await client.cancelQueries({ queryKey: ['tertulia', 'songs'] })
if ((await asked) !== 'cancelled' || !signals.at(-1).aborted) throw new Error('the request goes on')
console.log('works')
`,
  },
  async check({ run }) {
    await run('tsc', ['-p', '.'])
    const said = await run('node', ['main.js'])
    if (!said.includes('works')) throw new Error(said)
    return undefined
  },
}

/** The app has zod of its own, and gives what a schema returns to the client. */
const schemas = (zod: '3' | '4'): Consumer => ({
  name: `schemas, zod ${zod}`,
  packages: [
    `zod@${zod}`,
    'typescript@5.9',
    ...(zod === '4' ? ['react-hook-form', '@hookform/resolvers', 'react', '@types/react'] : []),
  ],
  files: {
    'tsconfig.json': tsconfig(),
    'action.ts': `import type { Song, Tertulia } from 'tertulia'
import { fieldsOf, newMessage, newShare, newSong, profileChanges, songFilters } from 'tertulia/schemas'
declare const tertulia: Tertulia
export async function add(input: unknown): Promise<Song | string[]> {
  const { data, error } = newSong.safeParse(input)
  return error ? fieldsOf(error) : tertulia.songs.create(data)
}
export const other = (id: string, input: unknown) => [
  tertulia.chat.send(id, newMessage.parse(input)),
  tertulia.profiles.update(profileChanges.parse(input)),
  tertulia.songs.search('', { filters: songFilters.parse(input) }),
  tertulia.sharing.share(id, newShare.parse(input)),
]
`,
    ...(zod === '4'
      ? {
          'form.tsx': `import { zodResolver } from '@hookform/resolvers/zod'
import { useForm } from 'react-hook-form'
import type { SongChanges } from 'tertulia'
import { songChanges } from 'tertulia/schemas'
export function Form({ save }: { save: (changes: SongChanges) => void }) {
  const { register, handleSubmit } = useForm({ resolver: zodResolver(songChanges.pick({ title: true, tempo: true })) })
  return <form onSubmit={handleSubmit((changes) => save(changes))}><input {...register('title')} /></form>
}
`,
        }
      : {}),
    'main.js': `import * as z from 'zod'
import { fieldsOf, newSong } from 'tertulia/schemas'
const { error } = newSong.safeParse({ content: 'la', tempo: 5, colour: 1 })
if (fieldsOf(error).join() !== 'tempo,colour') throw error
if (${zod === '4'}) {
  const tool = z.toJSONSchema(newSong, { io: 'input' })
  if (tool.required.join() !== 'content' || tool.properties.capo.anyOf[0].maximum !== 24) throw new Error(JSON.stringify(tool))
  const titled = newSong.extend({ draft: z.boolean() }).safeParse({ content: 'la', draft: true })
  if (!titled.success) throw titled.error
}
console.log('works')
`,
  },
  async check({ folder, run }) {
    await run('tsc', ['-p', '.'])
    const said = await run('node', ['main.js'])
    if (!said.includes('works')) throw new Error(said)
    const { version } = JSON.parse(await readFile(join(folder, 'node_modules/zod/package.json'), 'utf8'))
    return `zod ${version} of the app`
  },
})

/** The entry with the modules that it is made for, typed by them, bundled by Metro and compiled for Hermes. */
const reactNative: Consumer = {
  name: 'react-native, metro',
  packages: [
    ...metroPackages,
    '@babel/plugin-transform-export-namespace-from',
    '@react-native-community/netinfo',
    '@react-native-async-storage/async-storage',
    'expo-crypto',
    'expo-network',
    'typescript@5.9',
    '@types/react',
  ],
  manifest: { type: undefined },
  files: {
    ...metroFiles,
    // zod has an export that the preset does not know; Expo's does.
    'babel.config.js': `module.exports = {
  presets: ['module:@react-native/babel-preset'],
  plugins: ['@babel/plugin-transform-export-namespace-from'],
}
`,
    'tsconfig.json': tsconfig({ types: [], lib: ['es2022'] }),
    'index.tsx': `import AsyncStorage from '@react-native-async-storage/async-storage'
import NetInfo from '@react-native-community/netinfo'
import { createClient } from '@supabase/supabase-js'
import { AppState } from 'react-native'
import { createTertulia } from 'tertulia'
import { TertuliaProvider, useInbox } from 'tertulia/react'
import { checkPolyfills, nativeLifecycle, readNativeFile, refreshWhileActive } from 'tertulia/react-native'
import { newMessage } from 'tertulia/schemas'

checkPolyfills()
const supabase = createClient('https://project.example.com', 'sb_publishable_x', { auth: { storage: AsyncStorage } })
refreshWhileActive(supabase.auth, AppState)
const tertulia = createTertulia(supabase, { lifecycle: nativeLifecycle({ AppState, NetInfo }), storage: AsyncStorage })
export const send = async (id: string, uri: string) => {
  const attachment = await tertulia.chat.uploadAttachment(id, await readNativeFile(uri), { name: 'a.jpg', type: 'image/jpeg' })
  return tertulia.chat.send(id, newMessage.parse({ content: '', attachments: [attachment] }))
}
const Unread = () => <>{useInbox().snapshot?.unread}</>
export const App = () => <TertuliaProvider tertulia={tertulia}><Unread /></TertuliaProvider>
`,
    // Expo's modules come as sources that only its own preset compiles.
    'expo.ts': `import * as ExpoCrypto from 'expo-crypto'
import * as ExpoNetwork from 'expo-network'
import { AppState } from 'react-native'
import { checkPolyfills, nativeLifecycle } from 'tertulia/react-native'
checkPolyfills({ crypto: ExpoCrypto })
export const lifecycle = nativeLifecycle({ AppState, NetInfo: ExpoNetwork })
`,
  },
  async check(project) {
    await project.run('tsc', ['-p', '.'])
    return runMetro(project, 'index.tsx', 'checkPolyfills')
  },
}

export const entries: Consumer[] = [query, schemas('4'), schemas('3'), reactNative]
