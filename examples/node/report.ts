import type { Imported } from './import-song.ts'

/** Collects what an import finds, and shows each song as it comes. */
export function createReport(fileCount: number) {
  const titles = new Map<string, string>()
  const chords = new Set<string>()
  const keys = new Map<string, number>()
  const languages = new Map<string, number>()
  const failures: string[] = []
  const seenFiles = new Set<string>()
  let added = 0
  let word: string | undefined
  let search: string | undefined

  function progress(file: string, outcome: string, what: string): void {
    seenFiles.add(file)
    const place = String(seenFiles.size).padStart(String(fileCount).length)
    console.log(`${place}/${fileCount}  ${outcome.padEnd(13)}  ${what}`)
  }

  return {
    found(file: string, { song, known }: Imported): void {
      // Two files with one text are one song.
      const again = known || titles.has(song.id)
      progress(file, again ? 'already there' : 'added', `${song.title} (${file})`)
      if (titles.has(song.id)) return
      titles.set(song.id, song.title)
      for (const { name } of song.chords) chords.add(name)
      count(keys, song.key ?? 'unknown')
      count(languages, song.language ?? 'unknown')
      word ??= longestWord(song.lyrics)
      if (!known) added += 1
    },
    failed(file: string, error: unknown): void {
      const reason = error instanceof Error ? error.message : String(error)
      failures.push(`${file}: ${reason}`)
      progress(file, 'SKIPPED', `${file}: ${reason}`)
    },
    /** A word of a lyric, to search for. */
    exampleWord: () => word,
    searched(query: string, found: { title: string }[]): void {
      search = `"${query}" finds ${found.map(({ title }) => title).join(', ') || 'nothing'}`
    },
    songCount: () => titles.size,
    print(): void {
      const lines: [string, string][] = [
        ['Songs', `${titles.size} (${added} added, ${titles.size - added} already there)`],
        ['Titles', [...titles.values()].sort((one, other) => one.localeCompare(other)).join('; ')],
        ['Chords', `${chords.size} distinct: ${[...chords].sort().join(' ')}`],
        ['Keys', counts(keys)],
        ['Languages', counts(languages)],
        ['Failures', failures.length === 0 ? 'none' : `${failures.length}`],
        ...failures.map((failure): [string, string] => ['', failure]),
      ]
      if (search) lines.push(['Search', search])
      console.log(`\n${lines.map(([name, value]) => `${name.padEnd(10)} ${value}`).join('\n')}`)
    },
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function counts(all: Map<string, number>): string {
  const ordered = [...all].sort(([, one], [, other]) => other - one)
  return ordered.map(([name, number]) => `${name} ${number}`).join(', ') || 'none'
}

function longestWord(lyrics: string): string | undefined {
  const words = lyrics.match(/\p{L}{5,}/gu) ?? []
  return words.sort((one, other) => other.length - one.length)[0]
}
