import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFrameReader, type SocketMessage, writeText } from '../../src/testing/frames.ts'

/** A frame as RFC 6455 section 5.2 draws it. */
function frame(
  opcode: number,
  payload: Buffer,
  { final = true, key }: { final?: boolean; key?: Buffer } = {},
) {
  const { length } = payload
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
  size[0] = size[0]! | (key ? 0x80 : 0)
  const body = key ? Buffer.from(payload.map((byte, i) => byte ^ key[i % 4]!)) : payload
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode, ...size]), key ?? Buffer.alloc(0), body])
}

function readAll(bytes: Buffer, cuts: number[]): SocketMessage[] {
  const messages: SocketMessage[] = []
  const read = createFrameReader((message) => messages.push(message))
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  for (const [i, from] of at.entries()) read(bytes.subarray(from, at[i + 1] ?? bytes.length))
  return messages
}

const payload = fc
  .tuple(fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000), fc.nat(255))
  .map(([length, byte]) => Buffer.alloc(length, byte))
const key = fc.option(
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  { nil: undefined },
)

test('messages come out as they went in, masked or not, wherever the bytes are parted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(1, 2, 8, 9, 10), payload, key), { maxLength: 5 }),
      fc.array(fc.nat()),
      (frames, cuts) => {
        const raws = frames.map(([opcode, content, mask]) => frame(opcode, content, { key: mask }))
        const read = readAll(Buffer.concat(raws), cuts)
        expect(read.map(({ opcode }) => opcode)).toEqual(frames.map(([opcode]) => opcode))
        for (const [i, message] of read.entries()) {
          expect(message.raw.equals(raws[i]!)).toBe(true)
          expect(message.payload.equals(frames[i]![1])).toBe(true)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('a message in parts is one, and a ping between its parts comes first', () => {
  const ping = frame(9, Buffer.from('?'))
  const parts = [
    frame(1, Buffer.from('one '), { final: false }),
    frame(0, Buffer.from('two '), { final: false }),
    frame(0, Buffer.from('three')),
  ]
  const read = readAll(Buffer.concat([parts[0]!, ping, parts[1]!, parts[2]!]), [])
  expect(read.map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual([
    [9, '?'],
    [1, 'one two three'],
  ])
  expect(read[1]?.raw.equals(Buffer.concat(parts))).toBe(true)
})

test('what it writes it reads, and only a client masks', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.constantFrom('client', 'server'), (content, from) => {
      const raw = writeText(content, from)
      expect((raw[1]! & 0x80) !== 0).toBe(from === 'client')
      expect(readAll(raw, []).map((message) => [message.opcode, message.payload.toString()])).toEqual([
        [1, content],
      ])
    }),
  )
  expect(readAll(writeText('x'.repeat(70_000), 'client'), [])[0]?.payload).toHaveLength(70_000)
})
