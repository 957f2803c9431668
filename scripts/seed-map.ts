/** What the map is held against. */
export interface SeedMapSources {
  /** docs/seed-map.md */
  map: string
  /** docs/seed-items.txt: one item a line, `#` before a comment. */
  items: string
  /** Every object that the migrations leave, as the map writes it: `table public.songs`. */
  objects: { has(object: string): boolean }
  /** The text of a file of the repository, undefined when there is none. */
  readFile: (path: string) => string | undefined
}

export interface SeedMapResult {
  rows: number
  items: number
  failures: string[]
}

interface Row {
  line: number
  seed: string
  ours: string
  test: string
  deviation: string
}

type Report = (what: string) => void

const columns = ['seed', 'ours', 'test', 'deviation and why']
const areas = ['songs', 'chat', 'profiles', 'sharing', 'analytics']
const objectKinds = [
  'table',
  'column',
  'constraint',
  'index',
  'view',
  'function',
  'trigger',
  'policy',
  'type',
  'extension',
  'schema',
]
/** The platform's own objects that stand where the seed has a table of its own. */
const platformObjects = ['auth.users', 'realtime.messages']
/** A file whose named parts are tests; the catalogue rules are run on a migrated database by `npm run check`. */
const testFile = /\.test\.(ts|sql)$|^scripts\/catalogue-rules\.ts$/
const nothing = '—'

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))

function rowsOf(map: string, report: Report): Row[] {
  const rows: Row[] = []
  const lines = map.split('\n')
  for (const [at, line] of lines.entries()) {
    if (!line.startsWith('|')) continue
    const cells = cellsOf(line)
    if (!lines[at - 1]?.startsWith('|')) {
      if (cells.join('|') !== columns.join('|'))
        report(`line ${at + 1}: a table has the columns ${columns.join(', ')}`)
      continue
    }
    if (/^[|\s:-]+$/.test(line)) continue
    if (cells.length !== columns.length)
      report(`line ${at + 1}: ${cells.length} cells instead of ${columns.length}`)
    const [seed = '', ours = '', test = '', deviation = ''] = cells
    rows.push({ line: at + 1, seed, ours, test, deviation })
  }
  return rows
}

/** The backticked notations of a cell; whatever stands beside them is prose, which has a column of its own. */
function notations(cell: string, report: Report): string[] {
  const rest = cell.replaceAll(/`[^`]*`|<br>|[,;]/g, '').trim()
  if (rest !== '' && rest !== nothing) report(`unknown notation: ${rest}`)
  return [...cell.matchAll(/`([^`]*)`/g)].map((match) => match[1] ?? '')
}

function checkOurs(notation: string, { objects, readFile }: SeedMapSources, report: Report): void {
  const [kind = '', ...words] = notation.split(' ')
  const name = words.join(' ')
  if (objectKinds.includes(kind)) {
    if (!objects.has(notation)) report(`no migration makes ${notation}`)
  } else if (kind === 'file') {
    if (readFile(name) === undefined) report(`there is no file ${name}`)
  } else if (kind === 'later:') {
    if (!areas.includes(name)) report(`unknown area: ${name}; it is one of ${areas.join(', ')}`)
  } else if (kind === 'platform') {
    if (!platformObjects.includes(name)) report(`unknown object of the platform: ${name}`)
  } else if (notation !== 'dropped') {
    report(`unknown notation: ${notation}`)
  }
}

function checkTest(notation: string, { readFile }: SeedMapSources, report: Report): void {
  const [path = '', ...titles] = notation.split(' › ')
  const text = readFile(path)
  if (!testFile.test(path)) report(`not a test file: ${path}`)
  else if (text === undefined) report(`there is no test file ${path}`)
  else for (const title of titles) if (!text.includes(title)) report(`${path} has no test "${title}"`)
}

/** Whether something of ours is there already that a test can be held against. */
const isTestable = (notation: string): boolean => objectKinds.includes(notation.split(' ')[0] ?? '')

function checkRow(row: Row, sources: SeedMapSources, report: Report): void {
  for (const column of ['seed', 'ours', 'test', 'deviation'] as const) {
    if (row[column] === '')
      report(`the cell ${column} is empty; write ${nothing} where there is nothing to say`)
  }
  const ours = notations(row.ours, report)
  const tests = notations(row.test, report)
  if (ours.length === 0 && row.ours !== '') report('the cell ours names nothing')
  for (const notation of ours) checkOurs(notation, sources, report)
  for (const notation of tests) checkTest(notation, sources, report)
  if (tests.length === 0 && ours.some(isTestable)) report('what is there already needs a test')
  if (ours.includes('dropped') && row.deviation === nothing) report('what is dropped needs a reason')
}

function checkItems(mapped: Map<string, number[]>, items: string[], report: Report): void {
  const known = new Set(items)
  for (const item of known) if (!mapped.has(item)) report(`the seed's ${item} is missing`)
  for (const [item, lines] of mapped) {
    if (!known.has(item)) report(`line ${lines[0]}: docs/seed-items.txt has no ${item}`)
    if (lines.length > 1) report(`${item} is mapped more than once: lines ${lines.join(', ')}`)
  }
  if (known.size < items.length) {
    const twice = items.filter((item, at) => items.indexOf(item) < at)
    report(`docs/seed-items.txt names more than once: ${twice.join(', ')}`)
  }
}

/** Holds the map against the seeds' items, the migrations, the files and the tests; one line for each failure. */
export function checkSeedMap(sources: SeedMapSources): SeedMapResult {
  const failures: string[] = []
  const report: Report = (what) => failures.push(what)
  const rows = rowsOf(sources.map, report)
  const items = sources.items.split('\n').flatMap((line) => {
    const item = line.trim()
    return item === '' || item.startsWith('#') ? [] : [item]
  })
  if (rows.length === 0) report('the map has no rows')
  if (items.length === 0) report('docs/seed-items.txt has no items')

  const mapped = new Map<string, number[]>()
  for (const row of rows) {
    const reportRow: Report = (what) => failures.push(`line ${row.line}: ${what}`)
    const named = notations(row.seed, reportRow)
    if (named.length === 0 && row.seed !== '') reportRow('the cell seed names nothing')
    for (const item of named) mapped.set(item, [...(mapped.get(item) ?? []), row.line])
    checkRow(row, sources, reportRow)
  }
  checkItems(mapped, items, report)
  return { rows: rows.length, items: items.length, failures }
}
