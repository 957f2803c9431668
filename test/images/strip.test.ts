import { crc32, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { stripMetadata } from 'tertulia/images'
import { describe, expect, onTestFinished, test, vi } from 'vitest'

const secret = 'GPS 33.4489S 70.6693W Santiago'
const bytes = (...parts: (string | Uint8Array | number[])[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  )
const u32 = (value: number) => {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE(value)
  return buffer
}
const u32le = (value: number) => Buffer.from(u32(value)).reverse()
const u16 = (value: number) => Buffer.from([value >> 8, value & 255])

/** EXIF with an orientation and the place where the photo was taken, in either order of bytes. */
function exif(orientation: number, little = false): Buffer {
  const number = (size: 2 | 4, value: number) => {
    const buffer = size === 2 ? u16(value) : u32(value)
    return little ? Buffer.from(buffer).reverse() : buffer
  }
  return bytes(
    little ? 'II' : 'MM',
    number(2, 42),
    number(4, 8),
    number(2, 2),
    number(2, 0x010e),
    number(2, 2),
    number(4, secret.length),
    number(4, 38),
    number(2, 0x0112),
    number(2, 3),
    number(4, 1),
    number(2, orientation),
    number(2, 0),
    number(4, 0),
    secret,
  )
}

/** A gray JPEG of one pixel. */
const tiny = Buffer.from(
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
  'base64',
)
const segment = (marker: number, data: Uint8Array) => bytes([0xff, marker], u16(data.length + 2), data)
/** The same as a camera writes it: with places, previews, comments, a profile, and a video behind its end. */
const photo = (orientation: number, little = false) =>
  bytes(
    tiny.subarray(0, 2),
    segment(0xe1, bytes('Exif\0\0', exif(orientation, little))),
    segment(0xe1, bytes('http://ns.adobe.com/xap/1.0/\0', `<x:xmpmeta>${secret}</x:xmpmeta>`)),
    segment(0xe0, bytes('JFXX\0', secret)),
    segment(0xe2, bytes('ICC_PROFILE\0', [1, 1], 'colours')),
    segment(0xe2, bytes('MPF\0', secret)),
    segment(0xed, bytes('Photoshop 3.0\0', secret)),
    segment(0xee, bytes('Adobe', [0, 100, 0, 0, 0, 0, 0])),
    segment(0xfe, bytes(secret)),
    tiny.subarray(2),
    [0xff, 0xd9],
    secret,
    tiny,
  )

const chunk = (name: string, data: Uint8Array) =>
  bytes(u32(data.length), name, data, u32(crc32(bytes(name, data))))
const signature = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]
const png = (...extra: [string, Uint8Array][]) =>
  bytes(
    signature,
    chunk('IHDR', bytes(u32(1), u32(1), [8, 2, 0, 0, 0])),
    ...extra.map(([name, data]) => chunk(name, data)),
    chunk('IDAT', deflateSync(Buffer.from([0, 255, 0, 0]))),
    chunk('tEXt', bytes('Location\0', secret)),
    chunk('IEND', Buffer.alloc(0)),
    secret,
  )

const riff = (name: string, data: Uint8Array) =>
  bytes(name, u32le(data.length), data, data.length % 2 ? [0] : [])
const lossy = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64').subarray(12)
const webp = (flags: number, ...extra: Uint8Array[]) => {
  const body = bytes('WEBP', riff('VP8X', Buffer.from([flags, 0, 0, 0, 0, 0, 0, 0, 0, 0])), lossy, ...extra)
  return bytes('RIFF', u32le(body.length), body, secret)
}

const strip = async (file: Uint8Array | Blob) => {
  const stripped = await stripMetadata(
    file instanceof Blob ? file : (Uint8Array.from(file) as Uint8Array<ArrayBuffer>),
  )
  return { ...stripped, text: Buffer.from(stripped.bytes).toString('latin1') }
}

describe('a picture without metadata', () => {
  test('keeps of a JPEG the pixels and colours, and nothing behind its end', async () => {
    for (const little of [false, true]) {
      const { text, type, isUpright, bytes: clean } = await strip(photo(1, little))
      expect([type, isUpright]).toEqual(['image/jpeg', true])
      for (const gone of [secret, 'Exif', 'xmpmeta', 'JFXX', 'MPF', 'Photoshop'])
        expect(text).not.toContain(gone)
      for (const stays of ['JFIF', 'ICC_PROFILE\0\x01\x01colours', 'Adobe']) expect(text).toContain(stays)
      expect(text.endsWith('\xff\xd9')).toBe(true)
      // Cleaning what is clean changes nothing.
      expect(await strip(new Uint8Array(clean))).toMatchObject({ text })
    }
  })

  test('keeps of a PNG what it looks like, and no text, time or place', async () => {
    const { text, type } = await strip(
      png(
        ['gAMA', u32(45455)],
        ['tIME', bytes(u16(2026), [11, 30, 12, 0, 0])],
        ['iTXt', bytes('XML:com.adobe.xmp\0\0\0\0\0', secret)],
        ['eXIf', exif(1)],
        ['prVt', bytes(secret)],
      ),
    )
    expect(type).toBe('image/png')
    expect(text).not.toContain(secret)
    expect([...text.matchAll(/IHDR|gAMA|tIME|iTXt|eXIf|prVt|tEXt|IDAT|IEND/g)].map(([name]) => name)).toEqual(
      ['IHDR', 'gAMA', 'IDAT', 'IEND'],
    )
  })

  test('keeps of a WebP its picture and profile, and says so in its header', async () => {
    const {
      text,
      type,
      bytes: clean,
    } = await strip(
      webp(0x2c, riff('ICCP', bytes('profile')), riff('EXIF', exif(1)), riff('XMP ', bytes(secret))),
    )
    expect(type).toBe('image/webp')
    expect(text).not.toContain(secret)
    expect(text).toContain('ICCP')
    expect(text).not.toMatch(/EXIF|XMP /)
    const view = new DataView(clean)
    expect(view.getUint8(20)).toBe(0x20)
    expect(view.getUint32(4, true)).toBe(clean.byteLength - 8)
    // A simple file has no header and no metadata.
    const simple = bytes('RIFF', u32le(lossy.length + 4), 'WEBP', lossy)
    expect((await strip(bytes(simple, secret))).text).toBe(simple.toString('latin1'))
  })

  test('keeps a turned picture’s orientation as its only tag where nothing can draw it', async () => {
    for (let orientation = 2; orientation <= 8; orientation++) {
      const files = [
        photo(orientation),
        photo(orientation, true),
        png(['eXIf', exif(orientation)]),
        webp(0x08, riff('EXIF', exif(orientation))),
        webp(0x08, riff('EXIF', bytes('Exif\0\0', exif(orientation, true)))),
      ]
      for (const file of files) {
        const { text, isUpright, bytes: clean } = await strip(file)
        expect(isUpright).toBe(false)
        expect(text).not.toContain(secret)
        expect(text).toContain(
          bytes('MM', [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation]).toString(
            'latin1',
          ),
        )
        expect(await strip(new Uint8Array(clean))).toMatchObject({ text, isUpright: false })
      }
    }
    // Orientations that there are not.
    for (const wrong of [0, 9, 65535]) expect((await strip(photo(wrong))).isUpright).toBe(true)
  })

  test('passes over bytes between the segments of a JPEG, as decoders do', async () => {
    const whole = photo(1)
    const end = 4 + whole.readUInt16BE(4)
    const stray = bytes(whole.subarray(0, end), [0, 0, 0xff, 0, 7], secret, whole.subarray(end))
    expect((await strip(stray)).text).toBe((await strip(whole)).text)
  })

  test('takes no orientation from a simple WebP, for no viewer does', async () => {
    const turned = riff('EXIF', exif(6))
    const file = bytes('RIFF', u32le(lossy.length + turned.length + 4), 'WEBP', lossy, turned)
    const { text, isUpright } = await strip(file)
    expect(isUpright).toBe(true)
    expect(text).not.toMatch(/EXIF|GPS/)
  })

  test('refuses a file that can no longer be read', async () => {
    const moved = Object.assign(new Blob(['x']), { arrayBuffer: () => Promise.reject(new Error('moved')) })
    await expect(stripMetadata(moved)).rejects.toMatchObject({ code: 'invalid_input', field: 'file' })
  })

  test('takes a Blob, and tells the type by the bytes', async () => {
    expect(await strip(new Blob([Uint8Array.from(photo(1))], { type: 'image/png' }))).toMatchObject({
      type: 'image/jpeg',
    })
  })

  test.each([
    ['HEIC', bytes(u32(24), 'ftypheic', u32(0), 'mif1heic')],
    ['HEIC', bytes(u32(24), 'ftypmif1', u32(0), 'mif1heic')],
    ['AVIF', bytes(u32(24), 'ftypavif', u32(0), 'mif1avif')],
    ['GIF', bytes('GIF89a', [1, 0, 1, 0])],
    ['TIFF', exif(1)],
    ['unknown', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['unknown', Buffer.alloc(0)],
  ])('refuses %s by name', async (name, file) => {
    await expect(strip(file)).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'file',
      message: expect.stringContaining(name),
      hint: expect.stringContaining('JPEG'),
    })
  })

  test('refuses a damaged file, wherever it was cut or changed, and never hangs', async () => {
    for (const file of [
      tiny.subarray(0, 20),
      png().subarray(0, 60),
      webp(0).subarray(0, 40),
      bytes([0xff, 0xd8, 0xff, 0xd9]),
    ])
      await expect(strip(file)).rejects.toMatchObject({
        code: 'invalid_input',
        field: 'file',
        message: expect.stringContaining('damaged'),
      })
    const whole = fc.constantFrom(photo(6), png(['eXIf', exif(6)]), webp(0x08, riff('EXIF', exif(6))))
    await fc.assert(
      fc.asyncProperty(whole, fc.nat(), fc.nat(255), fc.nat(), async (file, at, value, cut) => {
        const changed = Buffer.from(file.subarray(0, cut % 3 === 0 ? cut % (file.length + 1) : file.length))
        if (changed.length > 0) changed[at % changed.length] = value
        await strip(changed).then(
          ({ type }) => expect(type).toMatch(/^image\//),
          (error) => expect(error).toMatchObject({ code: 'invalid_input', field: 'file' }),
        )
      }),
    )
  })
})

describe('where there is a canvas', () => {
  /** A canvas that counts what it draws; `read` says what it gives of a pixel. */
  function stubCanvas({ width = 40, height = 30, read = (pixel: number[]) => pixel, fails = false } = {}) {
    const drawn: number[][] = []
    class Canvas {
      pixel = [0, 0, 0, 0]
      readonly size: number[]
      constructor(...size: number[]) {
        this.size = size
      }
      getContext = () => ({
        fillRect: () => {
          this.pixel = [12, 23, 34, 255]
        },
        clearRect: () => {
          this.pixel = [0, 0, 0, 0]
        },
        getImageData: () => ({ data: Uint8ClampedArray.from([1, 2, 3, 4].flatMap(() => read(this.pixel))) }),
        setTransform: () => {},
        drawImage: (_bitmap: unknown, ...place: number[]) =>
          drawn.push([...this.size, ...this.pixel, ...place]),
      })
      convertToBlob = async ({ type }: { type: string }) => {
        if (fails) throw new Error('out of memory')
        return new Blob(['drawn'], { type })
      }
    }
    vi.stubGlobal('OffscreenCanvas', Canvas)
    vi.stubGlobal('createImageBitmap', async () => ({ width, height, close() {} }))
    onTestFinished(() => void vi.unstubAllGlobals())
    return drawn
  }
  const heic = bytes(u32(24), 'ftypheic', u32(0), 'mif1heic')

  test('a turned picture is drawn upright, on nothing else', async () => {
    const drawn = stubCanvas()
    expect(await strip(photo(6))).toMatchObject({ text: 'drawn', type: 'image/jpeg', isUpright: true })
    expect(drawn).toEqual([[30, 40, 0, 0, 0, 0, 0, 0, 40, 30]])
  })

  test.each<[string, Parameters<typeof stubCanvas>[0]]>([
    ['gives noise, as Firefox does that resists fingerprinting', { read: () => [200, 3, 99, 255] }],
    ['gives white', { read: () => [255, 255, 255, 255] }],
    ['has too little memory', { fails: true }],
  ])('that %s, the picture keeps its orientation and HEIC is refused', async (_what, options) => {
    stubCanvas(options)
    const { text, isUpright } = await strip(photo(6))
    expect([text.startsWith('\xff\xd8'), isUpright, text.includes(secret)]).toEqual([true, false, false])
    await expect(strip(heic)).rejects.toMatchObject({ code: 'invalid_input', field: 'file' })
  })

  test('a few wrong bits of a pixel do no harm', async () => {
    stubCanvas({ read: ([red = 0, ...rest]) => [red + 1, ...rest] })
    expect(await strip(photo(6))).toMatchObject({ text: 'drawn' })
  })

  test('HEIC of 48 megapixels becomes a JPEG that a phone’s canvas holds; a JPEG of them stays as it is', async () => {
    const drawn = stubCanvas({ width: 8064, height: 6048 })
    expect(await strip(heic)).toMatchObject({ text: 'drawn', type: 'image/jpeg', isUpright: true })
    const [[across = 0, down = 0] = []] = drawn
    expect(across * down).toBeLessThanOrEqual(16_777_216)
    expect(across / down).toBeCloseTo(8064 / 6048, 2)
    expect((await strip(photo(6))).isUpright).toBe(false)
  })
})
