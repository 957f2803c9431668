import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/project/config.ts'
import { readToml } from '../../src/project/toml.ts'
import { folder } from '../support/folders.ts'
import { command } from '../support/processes.ts'

async function projectWith(text: string): Promise<string> {
  const workdir = await folder()
  await mkdir(join(workdir, 'supabase'))
  await writeFile(join(workdir, 'supabase', 'config.toml'), text)
  return workdir
}

describe('config.toml is TOML', () => {
  it.each([
    ['a dotted key', 'api.max_rows = 5', { 'api.max_rows': 5 }],
    [
      'an inline table',
      'api = { port = 1, tls = { enabled = true } }',
      { 'api.port': 1, 'api.tls.enabled': true },
    ],
    ['a number in another base', '[api]\nport = 0xD431', { 'api.port': 54321 }],
    ['a hash and a bracket in a string', '[a]\nb = "x # y ] z" # c', { 'a.b': 'x # y ] z' }],
    ['a bracket in a list', '[a]\nb = ["x]", "#y", # "no"\n  \'z\',\n]', { 'a.b': ['x]', '#y', 'z'] }],
    ['a string over several lines', '[a]\nb = """\none\n[two]\nc = 3"""', { 'a.b': 'one\n[two]\nc = 3' }],
    ['escapes', '[a]\nb = "\\u00e9\\t\\"\\\\"', { 'a.b': 'é\t"\\' }],
    ['a literal string', "[a]\nb = 'C:\\new'", { 'a.b': 'C:\\new' }],
    ['spaces in a header', '[ a . b ]\nc = 1', { 'a.b.c': 1 }],
    [
      'a quoted name',
      '[storage.buckets."two words"]\npublic = true',
      { 'storage.buckets."two words".public': true },
    ],
    ['Windows line ends and a byte order mark', '\uFEFF[a]\r\nb = "c"\r\n', { 'a.b': 'c' }],
    ['dates and lists of tables, which say nothing here', '[a]\nb = 2026-01-01\n[[c]]\nd = 1', {}],
  ])('%s', (_name, text, expected) => {
    expect(readToml(text)).toEqual(expected)
  })

  it('keeps a key of a list of tables apart from the table before it', () => {
    expect(readToml('[a]\nb = {x = 1}\n[[c]]\nd = "e # f" # g\nh = 1_000\n')).toEqual({ 'a.b.x': 1 })
  })

  it('reads the environment in lists too', () => {
    process.env.TERTULIA_LOCAL_TEST = 'app'
    expect(readToml('[api]\nschemas = ["public", "env(TERTULIA_LOCAL_TEST)"]')).toEqual({
      'api.schemas': ['public', 'app'],
    })
    delete process.env.TERTULIA_LOCAL_TEST
  })

  it('finds a bucket in an inline table', async () => {
    const workdir = await projectWith(
      '[storage]\nbuckets = { "a.b" = { public = true, file_size_limit = "1KiB" } }',
    )
    expect((await readConfig(workdir)).storage.buckets).toEqual([
      { id: 'a.b', public: true, fileSizeLimit: 1024, allowedMimeTypes: null },
    ])
  })

  it.each([
    ['[api]\nport = \n', 'line 2'],
    ['[api]\nport = 1\nport = 2\n', 'line 3'],
    ['[api\nport = 1\n', 'line 1'],
    ['[api]\nsite = "open\n', 'line 2'],
  ])('and what is not TOML is refused by its line: %j', async (text, line) => {
    await expect(readConfig(await projectWith(text))).rejects.toMatchObject({
      code: 'workdir_invalid',
      message: expect.stringMatching(
        new RegExp(`^unable to read supabase/config\\.toml; ${line}, column \\d+: `),
      ),
      hint: 'correct that line',
    })
  })

  it('so the command says it and starts nothing', async () => {
    const workdir = await projectWith('[api]\nport 54321\n')
    const { code, stderr } = await command(workdir, 'start').ended
    expect(stderr).toContain('unable to read supabase/config.toml; line 2')
    expect(code).toBe(1)
  })
})
