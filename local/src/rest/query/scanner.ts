import { apiError } from '../errors.ts'

/** Reads a parameter from left to right, and says where it cannot go on. */
export class Scanner {
  at = 0
  readonly text: string
  private readonly subject: string

  constructor(text: string, subject: string) {
    this.text = text
    this.subject = subject
  }

  get isDone(): boolean {
    return this.at >= this.text.length
  }

  sees(piece: string): boolean {
    return this.text.startsWith(piece, this.at)
  }

  take(piece: string): boolean {
    if (!this.sees(piece)) return false
    this.at += piece.length
    return true
  }

  /** What fits here of a sticky pattern. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (!found) return undefined
    this.at += found[0].length
    return found
  }

  skip(): void {
    this.match(/[ \t]*/y)
  }

  expect(piece: string): void {
    if (!this.take(piece)) this.fail(`"${piece}"`)
  }

  end(): void {
    if (!this.isDone) this.fail('end of input')
  }

  fail(expected: string): never {
    const found = this.isDone ? 'end of input' : `"${this.text[this.at]}"`
    throw apiError(
      400,
      'PGRST100',
      `"failed to parse ${this.subject} (${this.text})" (line 1, column ${this.at + 1})`,
      `unexpected ${found} expecting ${expected}`,
    )
  }
}

const NAME = /[\p{L}\p{N}_ $]+(?:-(?!>)[\p{L}\p{N}_ $]+)*/uy
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy
const KEY = /[^(\-:.,>)]+(?:-(?!>)[^(\-:.,>)]+)*/y

export function quoted(scanner: Scanner): string | undefined {
  return scanner.match(QUOTED)?.[1]?.replace(/\\(.)/gs, '$1')
}

export function name(scanner: Scanner): string {
  const found = optionalName(scanner)
  return found ?? scanner.fail('field name (* or [a..z0..9_$])')
}

export function optionalName(scanner: Scanner): string | undefined {
  return quoted(scanner) ?? scanner.match(NAME)?.[0].trim()
}

export function jsonKey(scanner: Scanner): string {
  return (
    quoted(scanner) ??
    scanner.match(KEY)?.[0].trim() ??
    scanner.fail('any non reserved character different from: .,>()')
  )
}
