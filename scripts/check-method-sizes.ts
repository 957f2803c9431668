import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

// What each method costs: the whole core, minified and gzipped, less the core without that method. A method that is one call of the
// database may cost 120 bytes and a live handle 1 KiB. `larger` names every other method with its own limit.

const plainLimit = 120
const liveLimit = 1024
const live = ['chat.watchInbox', 'songs.watch', 'sharing.watchNotices']
const larger: Record<string, number> = {
  'chat.watchInbox': 1400,
  'songs.search': 460,
  'profiles.search': 450,
  'profiles.setAvatar': 400,
  'chat.uploadAttachment': 380,
  'songs.import': 300,
  'profiles.update': 250,
  'songs.update': 200,
  'songs.facets': 170,
  'chat.inbox': 175,
  'chat.attachmentUrl': 150,
  'analytics.topSongs': 145,
  'analytics.song': 130,
  'chat.send': 135,
  'chat.setFlags': 130,
}

const source = fileURLToPath(new URL('../src/', import.meta.url))

interface Method {
  file: string
  name: string
}

/** The methods that the files of a domain bind to the context. */
function listMethods(): Method[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  )
  return files.flatMap((name) => {
    const file = join(source, name)
    const [, block = ''] = /bind\(context, \{([^}]*)\}/.exec(readFileSync(file, 'utf8')) ?? []
    return [...block.matchAll(/^\s*(\w+)(?:: \w+)?,$/gm)].map(([, method = '']) => ({ file, name: method }))
  })
}

const without = (code: string, name: string) =>
  code.replace(/bind\(context, \{[^}]*\}/, (bound) =>
    bound.replace(new RegExp(`^\\s*${name}(: \\w+)?,$`, 'm'), ''),
  )

async function sizeOf(omitted?: Method): Promise<number> {
  const bundle = await rolldown({
    input: 'core.ts',
    external: /^@supabase\/supabase-js/,
    plugins: [
      {
        name: 'core',
        resolveId: (id) => (id === 'core.ts' ? id : null),
        load(id) {
          if (id === 'core.ts') return `export { createTertulia, isTertuliaError } from '${source}index.ts'`
          return id === omitted?.file ? without(readFileSync(id, 'utf8'), omitted.name) : null
        },
      },
    ],
  })
  const { output } = await bundle.generate({ minify: true, comments: { annotation: false } })
  return gzipSync(output[0].code, { level: 9 }).length
}

const whole = await sizeOf()
const rows: { method: string; bytes: number; limit: number }[] = []
for (const omitted of listMethods()) {
  const [domain = ''] = omitted.file.slice(source.length).split(/[\\/]/)
  const method = `${domain}.${omitted.name}`
  const limit = larger[method] ?? (live.includes(method) ? liveLimit : plainLimit)
  rows.push({ method, bytes: whole - (await sizeOf(omitted)), limit })
}
rows.sort((one, other) => other.bytes - one.bytes)
for (const { method, bytes, limit } of rows) {
  const over = bytes > limit ? `  over its limit of ${limit}` : ''
  console.log(`${String(bytes).padStart(5)} B  ${method}${over}`)
}
const unknown = [...Object.keys(larger), ...live].filter(
  (name) => !rows.some(({ method }) => method === name),
)
for (const name of unknown) console.log(`${name} is in scripts/check-method-sizes.ts and no method`)
process.exitCode = unknown.length > 0 || rows.some(({ bytes, limit }) => bytes > limit) ? 1 : 0
