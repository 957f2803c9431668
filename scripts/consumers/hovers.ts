import type { Consumer } from './project.ts'

/** Ten members as an app names them, each with what its text says first, and codes that it must name. */
const members = [
  { call: 'createTertulia(supabase)', codes: ['invalid_input', 'insecure_url', 'missing_feature'] },
  { call: 'isTertuliaError(error)', codes: [] },
  { call: 'tertulia.chat.send(id, { content: "Hola" })', codes: ['conversation_not_found', 'rate_limited'] },
  { call: 'tertulia.chat.openConversation(id)', codes: [] },
  { call: 'tertulia.chat.watchInbox()', codes: [] },
  { call: 'tertulia.songs.search("luna")', codes: ['invalid_input'] },
  { call: 'tertulia.songs.update(id, { title: "Luna" })', codes: ['song_not_found'] },
  { call: 'tertulia.profiles.update({ handle: "ana" })', codes: ['handle_taken'] },
  { call: 'tertulia.sharing.share(id, { userId: id, role: "edit" })', codes: [] },
  { call: 'parseChordPro("[Am]Luna")', codes: [] },
]

const app = `import { createClient } from '@supabase/supabase-js'
import { createTertulia, isTertuliaError } from 'tertulia'
import { parseChordPro } from 'tertulia/chordpro'
declare const error: unknown, id: string
const supabase = createClient('https://project.example.com', 'sb_publishable_x')
const tertulia = createTertulia(supabase)
export const calls = [
${members.map(({ call }) => `  ${call},`).join('\n')}
]
`

/** Asks the language service what an editor shows over each name. */
const hover = `import ts from 'typescript'
import { readFileSync } from 'node:fs'
const text = readFileSync('app.ts', 'utf8')
const options = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, strict: true, target: ts.ScriptTarget.ES2022 }
const service = ts.createLanguageService({
  getScriptFileNames: () => ['app.ts'],
  getScriptVersion: () => '1',
  getScriptSnapshot: (name) => ts.sys.fileExists(name) ? ts.ScriptSnapshot.fromString(ts.sys.readFile(name)) : undefined,
  getCurrentDirectory: () => process.cwd(),
  getCompilationSettings: () => options,
  getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
})
const faults = service.getSemanticDiagnostics('app.ts').map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
const members = ${JSON.stringify(members)}
const shown = members.map(({ call }) => {
  const name = /[\\w.]+(?=\\()/.exec(call)[0]
  const at = text.indexOf(call, text.indexOf('export const calls')) + name.length - 1
  const info = service.getQuickInfoAtPosition('app.ts', at)
  const tags = (info?.tags ?? []).map((tag) => ({ name: tag.name, text: ts.displayPartsToString(tag.text) }))
  return { call, text: ts.displayPartsToString(info?.documentation), tags }
})
console.log(JSON.stringify({ faults, shown }))
`

interface Hover {
  call: string
  text: string
  tags: { name: string; text: string }[]
}

/** What is wrong with what an editor shows: it stands alone, has an example, and names the codes to expect. */
function faultsOf({ call, text, tags }: Hover): string[] {
  const { codes = [] } = members.find((member) => member.call === call) ?? {}
  const [first = ''] = text.split(/(?<=[.:])\s/)
  const whole = [text, ...tags.map((tag) => tag.text)].join('\n')
  const faults = [
    first.split(' ').length < 4 && 'says nothing in its first sentence',
    /^See |\{@link [^}]*\}\.?$/.test(text) && 'sends the reader elsewhere',
    !tags.some(({ name, text: example }) => name === 'example' && example.includes('`')) && 'has no example',
    ...codes.map((code) => !whole.includes(code) && `does not name ${code}`),
  ]
  return faults.filter((fault) => fault !== false).map((fault) => `${call}: ${fault}`)
}

/** Each in a project of an app, over the declarations that npm installed. */
export const hovers: Consumer = {
  name: 'hover texts',
  quick: true,
  packages: ['typescript@5.9'],
  files: { 'app.ts': app, 'hover.mjs': hover },
  async check({ run }) {
    const { faults, shown } = JSON.parse(await run('node', ['hover.mjs'])) as {
      faults: string[]
      shown: Hover[]
    }
    const all = [...faults, ...shown.flatMap(faultsOf)]
    if (all.length > 0) throw new Error(all.join('\n'))
    return shown
      .map(({ text }) => text.split(/(?<=\.)\s/)[0]?.replace(/\s+/g, ' '))
      .slice(0, 2)
      .join(' | ')
  },
}
