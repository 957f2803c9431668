import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { expect, inject, test } from 'vitest'
import { makeFolder, tertulia, writeFiles } from '../support/cli.ts'
import { type Person, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'

const { apiUrl, publishableKey } = inject('stack')
const envOf = (person: Person, url = apiUrl) => ({
  SUPABASE_URL: url,
  SUPABASE_PUBLISHABLE_KEY: publishableKey,
  TERTULIA_EMAIL: person.email,
  TERTULIA_PASSWORD: 'correct-horse-battery',
})
const importAs = (person: Person, ...args: string[]) =>
  tertulia(['import-songs', ...args], { env: envOf(person), wait: async () => {} })

/** All songs of somebody, the first to be added first. */
async function songsOf(person: Person) {
  const all = []
  for (let cursor: string | undefined; ; ) {
    const page = await person.tertulia.songs.list({ createdBy: person.id, limit: 100, cursor })
    all.push(...page.items)
    if (!page.nextCursor) return all.reverse()
    cursor = page.nextCursor
  }
}
const titlesOf = async (person: Person) => (await songsOf(person)).map(({ title }) => title)

test('every name of songs is read, in the order of the names, folders and numbers too', async () => {
  const ana = await signUp()
  const extensions = ['cho', 'crd', 'pro', 'chopro', 'chordpro', 'cpm', 'txt', 'tab', 'onsong', 'CHO']
  const folder = makeFolder(
    Object.fromEntries(extensions.map((name, n) => [`${n + 1}.${name}`, `{title: t${n + 1}}\n[C]la ${n}`])),
  )
  writeFiles(folder, {
    'b/2.cho': '{title: b2}\nla',
    'b/10.cho': '{title: b10}\nla',
    '.hidden/1.cho': '{title: hidden}',
    '.2.cho': '{title: hidden}',
    'cover.jpg': 'x',
    'list.pdf': 'x',
    'more.pdf': 'x',
    LICENSE: 'x',
  })
  const { code, out, err } = await importAs(ana, folder)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('Songs      12 added\nLeft out   1 .jpg, 1 no extension, 2 .pdf: not a name of songs')
  expect(await titlesOf(ana)).toEqual([...extensions.map((_, n) => `t${n + 1}`), 'b2', 'b10'])
})

test('a songbook keeps its order, and again adds nothing', async () => {
  const ana = await signUp()
  const titles = Array.from({ length: 250 }, (_, n) => `Song ${n}`)
  const folder = makeFolder({
    'book.cho': titles.map((title) => `{title: ${title}}\n[C]la`).join('\n{new_song}\n'),
  })
  expect(await importAs(ana, folder)).toMatchObject({ code: 0, out: expect.stringContaining('250 added') })
  const songs = await songsOf(ana)
  expect(songs.map(({ title }) => title)).toEqual(titles)
  expect(new Set(songs.map(({ createdAt }) => createdAt)).size).toBe(250)
  const again = await importAs(ana, join(folder, 'book.cho'))
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('0 added, 250 already there') })
  expect(await songsOf(ana)).toHaveLength(250)
}, 60_000)

test('an import that breaks says so, and run again it adds what was missing, once', async () => {
  const ana = await signUp()
  const proxy = await openProxy()
  const folder = makeFolder({
    'book.cho': Array.from({ length: 180 }, (_, n) => `{title: s${n}}\nla`).join('\n{ns}\n'),
  })
  const waits: number[] = []
  const broken = await tertulia(['import-songs', folder], {
    env: envOf(ana, proxy.apiUrl),
    out: (line) => {
      if (line.includes('s49 ')) proxy.block()
    },
    wait: async (ms) => void waits.push(ms),
  })
  expect(broken.code).toBe(1)
  expect(broken.err).toMatch(/the import has stopped; .*\n {2}.*run it again: nothing is added twice/)
  expect(waits).toEqual([1000, 2000, 4000, 8000])
  expect(await songsOf(ana)).toHaveLength(50)
  proxy.restore()
  // A failure that passes is not seen at all.
  let cut = false
  const whole = await tertulia(['import-songs', folder], {
    env: envOf(ana, proxy.apiUrl),
    out: (line) => {
      if (line.includes('s99 ') && !cut) proxy.block()
    },
    wait: async () => {
      cut = true
      proxy.restore()
    },
  })
  expect(whole).toMatchObject({ code: 0, err: '' })
  expect(cut).toBe(true)
  expect(await titlesOf(ana)).toEqual(Array.from({ length: 180 }, (_, n) => `s${n}`))
}, 60_000)

const sur = 'Título: ¡Sur! ñandú — “São”'
const lines = `{title: ${sur}}\n[Am]corazón`
const wide = Buffer.from(lines, 'utf16le')
const latin = (text: string) =>
  Buffer.from(
    [...text].map((letter) => ({ '—': 0x97, '“': 0x93, '”': 0x94 })[letter] ?? letter.charCodeAt(0)),
  )

test.each([
  ['UTF-8', Buffer.from(lines), []],
  ['UTF-8 with a mark', Buffer.from(`\ufeff${lines}`), []],
  ['UTF-16 LE', Buffer.concat([Buffer.from([0xff, 0xfe]), wide]), []],
  ['UTF-16 BE', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(wide).swap16()]), []],
  ['UTF-16 LE without a mark', wide, []],
  ['Windows-1252, with a word', latin(lines), ['--encoding', 'windows-1252']],
  ['UTF-8, with a word for others', Buffer.from(lines), ['--encoding', 'windows-1252']],
])('%s is read', async (_, bytes, options) => {
  const ana = await signUp()
  const folder = makeFolder()
  writeFileSync(join(folder, 'sur.cho'), bytes)
  expect(await importAs(ana, ...options, folder)).toMatchObject({ code: 0, err: '' })
  const [song] = await songsOf(ana)
  expect(song?.title).toBe(sur)
  expect((await ana.tertulia.songs.get(song?.id ?? '')).lyrics).toBe('corazón')
})

test('what cannot be read or is refused is told with its reason, the rest goes on, and the exit code says so', async () => {
  const ana = await signUp()
  const folder = makeFolder({
    'a.cho': '{title: Uno}\n[C]la',
    'empty.cho': '',
    'blank.txt': ' \n\n',
    'readme.txt': 'Songs of 1998.\nHave fun!',
    'zip.onsong': 'PK\u0003\u0004x',
    'set.onsong': 'bplist00\u0001',
    'page.txt': '<?xml version="1.0"?><a/>',
    'z.cho': '{title: Dos}\n[C]la',
    'book.cho': `{title: Tres}\nla\n{ns}\n{title: Largo}\n${'la '.repeat(50_000)}\n{ns}\n{title: Cuatro}\nla`,
  })
  writeFileSync(join(folder, 'latin.cho'), Buffer.from('{title: Coraz\u00f3n}', 'latin1'))
  writeFileSync(join(folder, 'noise.pro'), Buffer.from(Array.from({ length: 500 }, (_, n) => (n * 7) % 256)))
  writeFileSync(join(folder, 'huge.txt'), '')
  truncateSync(join(folder, 'huge.txt'), 50 * 1024 * 1024)
  mkdirSync(join(folder, 'folder.cho'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'broken.cho'))
  symlinkSync(folder, join(folder, 'circle'))
  const { code, out, err } = await importAs(ana, folder, join(folder, 'missing'))
  expect(code).toBe(1)
  expect(out).toContain('Songs      4 added, 12 failed')
  for (const reason of [
    'missing: there is no such file or folder',
    'broken.cho: there is no such file or folder',
    'empty.cho: empty',
    'blank.txt: empty',
    'readme.txt: plain text: there is no directive and no chord in it',
    'zip.onsong: not a song: a ZIP archive',
    'set.onsong: not a song: an OnSong set or backup',
    'page.txt: not a song: XML',
    'latin.cho: not UTF-8; for files of older programs run it again with --encoding windows-1252',
    'noise.pro: not text',
    'huge.txt: too long: 50 MiB, and a file may have 16 MiB',
    'book.cho: song 2 is too long: 147 KiB, and a song may have 128 KiB',
  ]) {
    expect(err).toContain(reason)
  }
  expect(await titlesOf(ana)).toEqual(['Uno', 'Tres', 'Cuatro', 'Dos'])
})

test('half a batch that the database refuses is told song by song', async () => {
  const ana = await signUp()
  const folder = makeFolder({
    'a.cho': '{title: Uno}\nla',
    'b.cho': '{title: Dos}\nla',
    'c.cho': '{title: Tres}\nla',
  })
  await importAs(ana, folder)
  const [, dos] = await songsOf(ana)
  await ana.tertulia.songs.delete(dos?.id ?? '')
  const { code, out, err } = await importAs(ana, folder)
  expect({ code, out }).toEqual({
    code: 1,
    out: expect.stringContaining('0 added, 2 already there, 1 failed'),
  })
  expect(err).toContain('b.cho: ')
  expect(err).toContain('trash')
})

test('what was removed for good is imported anew, once', async () => {
  const ana = await signUp()
  const folder = makeFolder({ 'a.cho': '{title: Uno}\nla' })
  for (let round = 0; round < 2; round += 1) {
    expect(await importAs(ana, folder)).toMatchObject({ code: 0, out: expect.stringContaining('1 added') })
    expect(await importAs(ana, folder)).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 already there'),
    })
    const [song] = await songsOf(ana)
    await ana.tertulia.songs.delete(song?.id ?? '')
    await ana.tertulia.songs.purge(song?.id ?? '')
  }
})

test('songs with chords over the words, without a title, of web pages and of OnSong become songs', async () => {
  const ana = await signUp()
  const folder = makeFolder({
    'San_Juan y Boedo.txt': 'Am         E7\nSan Juan y Boedo',
    'web.txt': 'Title: Web\n[ch]Am[/ch]\nla',
    'x.onsong': 'Grace\nNewton\nKey: D\n\nVerse 1:\n[D]la',
    'y.tab': 'e|--0--2--|\nB|--1--3--|',
  })
  expect(await importAs(ana, '--public', folder)).toMatchObject({ code: 0, err: '' })
  const songs = await songsOf(ana)
  expect(songs).toMatchObject([
    { title: 'San_Juan y Boedo'.replace('_', ' '), visibility: 'public' },
    { title: 'Web' },
    { title: 'Grace', artist: 'Newton', key: 'D' },
    { title: 'y' },
  ])
  expect((await ana.tertulia.songs.get(songs[0]?.id ?? '')).content).toBe('[Am]San Juan y [E7]Boedo\n')
})

test('songs of OpenSong and scores of MusicXML become songs, whatever they are called', async () => {
  const score = (title: string) =>
    `<!DOCTYPE score-partwise [<!ENTITY x SYSTEM "file:///etc/passwd">]><score-partwise><work><work-title>${title}</work-title></work><part id="P1"><measure><harmony><root><root-step>C</root-step></root><kind>major</kind></harmony><note><duration>1</duration><lyric><text>sol</text></lyric></note></measure></part></score-partwise>`
  const open = (title: string, encoding = 'UTF-8') =>
    `<?xml version="1.0" encoding="${encoding}"?>\n<!-- one -->\n<song><title>${title}</title><lyrics>[V]\n.C\n sol\n</lyrics></song>`
  const zip = zipSync({
    'META-INF/container.xml': strToU8(
      '<container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>',
    ),
    'a.xml': strToU8(score('Packed')),
  })
  const folder = makeFolder({
    '1.xml': open('Open'),
    '2.musicxml': `\ufeff${score('Score')}`,
    '5.xml': '<?xml version="1.0"?><rss><song/></rss>',
    '7.xml': '<song><lyrics>[V]\n una',
    'No extension': open('Bare'),
  })
  writeFileSync(join(folder, '3.mxl'), zip)
  writeFileSync(join(folder, '4.opensong'), Buffer.from(open('Niño', 'ISO-8859-1'), 'latin1'))
  writeFileSync(join(folder, '6.mxl'), zip.slice(0, 80))
  const { code, out, err } = await tertulia(['import-songs', '--dry-run', folder, `${folder}/No extension`])
  expect([code, out.match(/found {10}.*/g)]).toEqual([
    1,
    ['Open (1.xml)', 'Score (2.musicxml)', 'Packed (3.mxl)', 'Niño (4.opensong)', 'Bare (No extension)'].map(
      (song) => `found          ${song}`,
    ),
  ])
  expect(out + err).toContain('5.xml')
  expect(out + err).toContain('XML that is neither OpenSong nor MusicXML')
  expect(out + err).toContain('the archive is damaged')
  expect(out + err).toContain('it is no well-formed XML')
})

test('a dry run saves nothing and needs no account', async () => {
  const folder = makeFolder({ 'a.cho': '{title: Uno}\nla', 'b.cho': 'solo palabras', 'c.cho': '' })
  const { code, out } = await tertulia(['import-songs', '--dry-run', folder])
  expect(code).toBe(1)
  expect(out).toContain('found          Uno (a.cho)')
  expect(out).toContain('found          b (b.cho)')
  expect(out).toContain('Songs      2 found, none saved, 1 failed')
})

test.each([
  ['no path', [], {}, 2, 'say which files or folders to import'],
  ['an encoding that does not exist', ['--encoding', 'klingon', '.'], {}, 1, 'there is no encoding klingon'],
  ['a folder without songs', ['test/cli'], {}, 1, 'there is no file of songs in test/cli'],
  ['no URL', ['songs'], { SUPABASE_URL: undefined }, 1, 'there is no URL'],
  ['no account', ['songs'], { TERTULIA_EMAIL: undefined }, 1, 'there is no account'],
  ['no password', ['songs'], { TERTULIA_PASSWORD: undefined }, 1, 'there is no password'],
  ['a wrong password', ['songs'], { TERTULIA_PASSWORD: 'wrong' }, 1, 'cannot sign in'],
  ['a secret key', ['songs'], { SUPABASE_PUBLISHABLE_KEY: 'sb_secret_x' }, 1, 'this is a secret key'],
  ['a server that is not there', ['songs'], { SUPABASE_URL: 'http://127.0.0.1:9' }, 1, 'cannot sign in'],
])('%s is said before anything is saved', async (_, args, changes, code, word) => {
  const ana = await signUp()
  const folder = makeFolder({ 'a.cho': 'la' })
  const paths = args.map((arg) => (arg === 'songs' ? folder : arg))
  const said = await tertulia(['import-songs', ...paths], { env: { ...envOf(ana), ...changes } })
  expect(said).toMatchObject({ code, err: expect.stringContaining(word) })
  expect(await songsOf(ana)).toEqual([])
})
