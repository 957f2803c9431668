const thirds: readonly (readonly [RegExp, number[]])[] = [
  [/^dim/, [3, 6]],
  [/^aug/, [4, 8]],
  [/^m(?!aj)/, [3, 7]],
  [/^5/, [7]],
]
const sevenths: Record<string, number[]> = { '7': [], '9': [14], '11': [14, 17], '13': [14, 21] }
const added: Record<string, number> = { '4': 5, '6': 9, '9': 14, '11': 17, '13': 21 }

const signed = (text: string) => (text.startsWith('b') ? -1 : text.startsWith('#') ? 1 : 0)

/**
 * The notes of a chord as semitones over its root, by its canonical quality: `m7` is 0, 3, 7, 10. A ninth lies over the
 * octave (14).
 */
export function tonesOf(quality: string): number[] {
  const triad = thirds.find(([pattern]) => pattern.test(quality))
  const tones = new Set([0, ...(triad?.[1] ?? [4, 7])])
  let rest = quality.replace(/^(?:dim|aug|m(?!aj)|5)/, '')
  const replace = (from: readonly number[], to: number[]) => {
    for (const tone of from) tones.delete(tone)
    for (const tone of to) tones.add(tone)
  }
  const seventh = /^(maj)?(69|7|9|11|13|6)/.exec(rest)
  if (seventh) {
    const [whole, maj, number] = seventh
    rest = rest.slice(whole.length)
    if (number === '6') tones.add(9)
    else if (number === '69') replace([], [9, 14])
    else {
      const plain = quality.startsWith('dim') ? 9 : 10
      replace([], [maj ? 11 : plain, ...sevenths[number!]!])
    }
  }
  for (const [part, sus, add, altered, missing] of rest.matchAll(
    /sus([24])|add([b#]?(?:4|6|9|11|13))|([b#](?:5|6|9|11|13))|no([35])|alt|maj7/g,
  )) {
    if (part === 'maj7') tones.add(11)
    else if (part === 'alt') replace([7], [8, 10, 13])
    else if (sus) replace([3, 4], [sus === '2' ? 2 : 5])
    else if (add) tones.add(added[add.replace(/[b#]/, '')]! + signed(add))
    else if (missing) replace(missing === '3' ? [3, 4] : [6, 7, 8], [])
    else if (altered!.endsWith('5')) replace([6, 7, 8], [7 + signed(altered!)])
    else {
      const natural = added[altered!.slice(1)]!
      replace([natural], [natural + signed(altered!)])
    }
  }
  return [...tones].sort((a, b) => a - b)
}
