import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/**
 * Writes the table of sizes in docs/performance.md: what an app loads of each entry and of packages for the same purpose, bundled by one
 * bundler. The packages are installed into a temporary folder. Needs the network, and `npm run build:js` before.
 *
 *   npm run compare-sizes [-- --print]
 */
const peers = {
  '@supabase/supabase-js': '2.119.1',
  '@ably/chat': '1.4.0',
  ably: '2.28.0',
  'stream-chat': '9.53.0',
  '@sendbird/chat': '4.22.12',
  firebase: '13.2.0',
  chordsheetjs: '15.5.2',
}

interface Row {
  what: string
  code: string
  /** Not counted: the app has it already. */
  without?: string[]
}

const own = (entry: string) => resolve('dist', entry).replaceAll('\\', '/')
const client = `import { createClient } from '@supabase/supabase-js'\n`
const chat = `import { createChat, createContext } from '${own('chat/index.js')}'\n`
const alone = ['@supabase/supabase-js']
const all = (entry: string) => `export * from '${own(entry)}'`
const ours: Row[] = [
  {
    what: '`tertulia`, all domains',
    code: `import { createTertulia } from '${own('index.js')}'\nconsole.log(createTertulia)`,
    without: alone,
  },
  ...['profiles', 'chat', 'songs', 'sharing', 'analytics'].map((name) => {
    const create = `create${name[0]?.toUpperCase()}${name.slice(1)}`
    const code = `import { ${create}, createContext } from '${own(`${name}/index.js`)}'\nconsole.log(${create}, createContext)`
    return { what: `\`tertulia/${name}\` alone`, code, without: alone }
  }),
  { what: '`tertulia/setlists`', code: all('songs/setlists/index.js'), without: alone },
  { what: '`tertulia/react`', code: all('react/index.js'), without: ['react'] },
  { what: '`tertulia/vue`', code: all('vue/index.js'), without: ['vue'] },
  { what: '`tertulia/chordpro`', code: all('chordpro/index.js') },
]
const besides: Row[] = [
  {
    what: 'chat: `tertulia/chat` and supabase-js',
    code: `${client}${chat}console.log(createClient, createChat, createContext)`,
  },
  {
    what: 'chat: `@ably/chat` and `ably`',
    code: `import { ChatClient } from '@ably/chat'\nimport * as Ably from 'ably'\nconsole.log(new ChatClient(new Ably.Realtime('x')))`,
  },
  { what: 'chat: `stream-chat`', code: `import { StreamChat } from 'stream-chat'\nconsole.log(StreamChat)` },
  {
    what: 'chat: `@sendbird/chat`, open and group channels',
    code: `import SendbirdChat from '@sendbird/chat'\nimport { GroupChannelModule } from '@sendbird/chat/groupChannel'\nimport { OpenChannelModule } from '@sendbird/chat/openChannel'\nconsole.log(SendbirdChat, GroupChannelModule, OpenChannelModule)`,
  },
  {
    what: 'backend: `firebase`, Auth and Firestore',
    code: `import { initializeApp } from 'firebase/app'\nimport { getAuth, signInWithEmailAndPassword } from 'firebase/auth'\nimport { addDoc, collection, getFirestore, onSnapshot, query } from 'firebase/firestore'\nconsole.log(initializeApp, getAuth, signInWithEmailAndPassword, addDoc, collection, getFirestore, onSnapshot, query)`,
  },
  { what: 'backend: supabase-js', code: `${client}console.log(createClient)` },
  {
    what: 'ChordPro: `tertulia/chordpro`, parse, transpose, HTML',
    code: `import { parseChordPro, renderHtml, transpose } from '${own('chordpro/index.js')}'\nconsole.log(parseChordPro, renderHtml, transpose)`,
  },
  {
    what: 'ChordPro: `chordsheetjs`, parse, transpose, HTML',
    code: `import { ChordProParser, HtmlDivFormatter } from 'chordsheetjs'\nconsole.log(ChordProParser, HtmlDivFormatter)`,
  },
]

async function sizeOf(folder: string, { code, without = [] }: Row): Promise<{ whole: number; gzip: number }> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    nodePaths: [join(folder, 'node_modules')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: without,
    logLevel: 'error',
  })
  const bytes = Buffer.concat(outputFiles.map(({ contents }) => contents))
  return { whole: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length }
}

const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`

async function table(folder: string, head: string, rows: Row[]): Promise<string[]> {
  const lines = [`| ${head} | minified | gzip |`, '| --- | ---: | ---: |']
  for (const row of rows) {
    const { whole, gzip } = await sizeOf(folder, row)
    lines.push(`| ${row.what} | ${kib(whole)} | ${kib(gzip)} |`)
  }
  return lines
}

const folder = await mkdtemp(join(tmpdir(), 'tertulia-sizes-'))
try {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: peers }))
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], {
    cwd: folder,
    stdio: 'inherit',
  })
  const lines = [
    ...(await table(folder, 'entry, without supabase-js and the framework', ours)),
    '',
    ...(await table(folder, 'what an app loads', besides)),
    '',
    `Versions: ${Object.entries(peers)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
  ]
  const page = 'docs/performance.md'
  const text = await readFile(page, 'utf8')
  const marked = /(<!--sizes-->\n)[\s\S]*?(<!--\/sizes-->)/
  if (!marked.test(text)) throw new Error(`${page} has no place for the sizes`)
  if (process.argv.includes('--print')) console.log(lines.join('\n'))
  else
    await writeFile(
      page,
      text.replace(marked, (_whole, begin, end) => `${begin}${lines.join('\n')}\n${end}`),
    )
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}
