import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Options } from 'tsup'
import { allows } from './licences.ts'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

interface Bundled {
  name: string
  version: string
  licence: string
  /** The texts of its licence and notice files. */
  texts: string[]
}

/**
 * Code that published builds of packages contain without naming it: their builds bundled it. The text is the licence of what was
 * bundled.
 */
export interface Hidden {
  inside: string
  name: string
  licence: string
  text: string
}

/** The folder of the package that a file belongs to: of nested ones the innermost. */
export function packageOf(path: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
}

async function read(folder: string): Promise<Bundled> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)(\.|$)/i.test(file))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  if (texts.length === 0) throw new Error(`unable to bundle ${name}; it has no licence text`)
  if (!license || !allows(license)) throw new Error(`unable to bundle ${name}; its licence is ${license}`)
  return { name, version, licence: license, texts }
}

const introduction = `The files in dist/ contain code of the packages below. It was bundled from the versions named here, without the parts that nothing
calls, and is otherwise unchanged. Each package stays under its own licence.
`

export const heading = ({ name, version, licence }: { name: string; version: string; licence: string }) =>
  `${name} ${version} (${licence})`

function write(bundled: Bundled[], hidden: Hidden[]): string {
  const rule = '='.repeat(80)
  const parts = bundled.map((one) => {
    const inside = hidden.filter((other) => other.inside === one.name)
    const more = inside.map(
      (other) => `\n\nContains ${other.name} (${other.licence}):\n\n${other.text.trim()}`,
    )
    return `${rule}\n${heading(one)}\n${rule}\n\n${one.texts.join('\n\n')}${more.join('')}\n`
  })
  return [introduction, ...parts].join('\n')
}

/** Writes the licences of all that was bundled, as esbuild itself counts it, into `file`. Fails where a text is missing. */
export const thirdParty = (file: string, hidden: Hidden[] = []): Plugin => ({
  name: 'third-party',
  setup(build) {
    build.initialOptions.metafile = true
    build.onEnd(async ({ metafile }) => {
      const inputs = Object.values(metafile?.outputs ?? {}).flatMap(({ inputs }) => Object.entries(inputs))
      const folders = inputs.map(([path, { bytesInOutput }]) =>
        bytesInOutput > 0 ? packageOf(path) : undefined,
      )
      const unique = [...new Set(folders)].filter((folder) => folder !== undefined)
      const bundled = await Promise.all(unique.map(read))
      const byName = [...new Map(bundled.map((one) => [heading(one), one])).values()].sort((one, other) =>
        one.name.localeCompare(other.name),
      )
      // In a new checkout the folder may not be there yet.
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, write(byName, hidden))
    })
  },
})
