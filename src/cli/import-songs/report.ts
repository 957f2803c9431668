import type { CliContext } from '../context.ts'

/** What became of files and songs: a line each as it happens, the sums and what failed at the end. */
export function createReport({ out, err }: CliContext) {
  const failures: string[] = []
  const counts = { added: 0, there: 0, read: 0 }
  const line = (outcome: string, what: string) => out(`${outcome.padEnd(13)}  ${what}`)
  return {
    read(file: string, title: string): void {
      counts.read += 1
      line('found', `${title} (${file})`)
    },
    saved(file: string, title: string, isNew: boolean): void {
      counts[isNew ? 'added' : 'there'] += 1
      line(isNew ? 'added' : 'already there', `${title} (${file})`)
    },
    failed(file: string, reason: string): void {
      failures.push(`${file}: ${reason}`)
      line('FAILED', `${file}: ${reason}`)
    },
    /** Answers the exit code. */
    end(others: Map<string, number>): number {
      const sums = [
        counts.read > 0 && `${counts.read} found, none saved`,
        counts.read === 0 && `${counts.added} added`,
        counts.there > 0 && `${counts.there} already there`,
        failures.length > 0 && `${failures.length} failed`,
      ]
      out(`\nSongs      ${sums.filter(Boolean).join(', ')}`)
      if (others.size > 0) {
        const names = [...others].map(([extension, count]) => `${count} ${extension}`)
        out(`Left out   ${names.join(', ')}: not a name of songs`)
      }
      if (failures.length === 0) return 0
      err(`tertulia: ${failures.length} failed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`)
      return 1
    },
  }
}
