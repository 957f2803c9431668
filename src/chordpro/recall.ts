/** Chords by their place, of the first section of each kind: what `[^]` recalls. */
export function createMemory() {
  const sections = new Map<string, string[]>()
  let own: string[] | undefined
  let isFirst = false
  let place = 0
  return {
    /** Begins a section; `chords` is its attribute `cc`: a name, `C G Am`, or `name:C G Am`. */
    enter(kind: string, chords = ''): void {
      const [, named, listed] = /^(?:(\w*):)?(.*)$/s.exec(chords) ?? []
      const isName = named === undefined && /^\w+$/.test(chords)
      const name = (isName ? chords : named) || kind
      const given = isName ? [] : (listed ?? '').split(/\s+/).filter(Boolean)
      place = 0
      own = kind === 'plain' ? undefined : (sections.get(name) ?? [])
      if (given.length > 0) own = given
      if (own) sections.set(name, own)
      isFirst = own?.length === 0
    },
    met(written: string): void {
      if (isFirst && own) own[place] = written
      place += 1
    },
    recall(): string | undefined {
      place += 1
      return own?.[place - 1]
    },
  }
}
