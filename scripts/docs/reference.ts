import type { Member } from './declarations.ts'

// The reference: one page an entry, from the same texts that an editor shows.

/** The entry on whose page a name stands: its domain's, or the root for what many entries export. */
function homeOf({ entries }: Member): string {
  const own = [...new Set(entries)].filter((entry) => entry !== 'tertulia')
  return own.length === 1 ? own[0]! : 'tertulia'
}

const textOf = (member: Member, tag: string) =>
  member.tags.filter(({ name }) => name === tag).map(({ text }) => text.trim())

/** `userId - The user's id.` as an item of a list. */
const toParameter = (text: string) => {
  const [, name, about] = /^(\S+)\s+(?:-\s+)?([\s\S]*)$/.exec(text) ?? [undefined, text, '']
  return `- \`${name}\`: ${about!.replaceAll('\n', ' ')}`
}

/** Links of doc comments are names here: the page has them as headings. */
const plain = (text: string) => text.replace(/\{@link(?:code|plain)?\s+([^\s|}]+)[^}]*\}/g, '`$1`')

function writeCallable(member: Member): string {
  const { name, parameters, returns, text } = member
  const given = parameters.map((parameter) => parameter.name).join(', ')
  const described = textOf(member, 'param').map(plain).map(toParameter)
  const type = returns && `\`${returns.replaceAll(/\s+/g, ' ')}\``
  const answer = [type, ...textOf(member, 'returns').map(plain)].filter(Boolean).join(': ')
  const parts = [
    `## ${name}(${given})`,
    plain(text),
    ...(described.length > 0 ? [described.join('\n')] : []),
    ...(answer ? [`**Returns** ${answer}`] : []),
    ...textOf(member, 'throws').map((line) => `**Throws** ${plain(line)}`),
    ...textOf(member, 'example'),
  ]
  return parts.join('\n\n')
}

function writeType(type: Member, properties: Member[]): string {
  const rows = properties.map(({ name, text }) => {
    const about = plain(text).replaceAll('\n', ' ')
    return `- \`${name.split('.').slice(1).join('.')}\`${about && `: ${about}`}`
  })
  return [`## ${type.name}`, plain(type.text), rows.join('\n')].filter(Boolean).join('\n\n')
}

/** The pages by their file names, such as `chat.md`. */
export function writeReference(members: readonly Member[]): Map<string, string> {
  const byEntry = new Map<string, Member[]>()
  for (const member of members) {
    if (member.file === 'database.types.d.ts') continue
    const home = homeOf(member)
    byEntry.set(home, [...(byEntry.get(home) ?? []), member])
  }
  const pages = new Map<string, string>()
  for (const [entry, all] of byEntry) {
    const callables = all.filter(({ kind }) => kind === 'method' || kind === 'function')
    const types = all.filter(({ kind, name }) => kind === 'type' && !name.includes('.'))
    const sections = [
      ...callables.map(writeCallable),
      ...types.map((type) =>
        writeType(
          type,
          all.filter(({ kind, name }) => kind === 'property' && name.startsWith(`${type.name}.`)),
        ),
      ),
    ]
    const file = `${entry.replace(/^tertulia\/?/, '').replaceAll('/', '-') || 'tertulia'}.md`
    pages.set(file, `# ${entry}\n\n${sections.join('\n\n')}\n`)
  }
  return pages
}
