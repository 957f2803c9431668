import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Person } from './person.ts'

const origin = 'http://pictures.example'

/** Has the browser turn pictures of every orientation and type, and compares their pixels with what it shows of the photo itself. */
export async function turnPictures({ page }: Person): Promise<void> {
  const window = await page.context().newPage()
  try {
    await window.route(`${origin}/**`, async (route) => {
      const { pathname } = new URL(route.request().url())
      if (pathname === '/')
        return route.fulfill({ contentType: 'text/html', body: '<title>Pictures</title>' })
      return route.fulfill({ contentType: 'text/javascript', body: await readFile(`dist${pathname}`) })
    })
    await window.goto(origin)
    const found = await window.evaluate(async (address) => {
      const { stripMetadata } = (await import(address)) as typeof import('../../src/images/index.ts')

      /** A picture whose four corners differ, so that every turn shows. */
      async function paint(type: string): Promise<Uint8Array> {
        const canvas = new OffscreenCanvas(48, 32)
        const context = canvas.getContext('2d')!
        for (const [at, colour] of ['#f00', '#0f0', '#00f', '#ff0'].entries()) {
          context.fillStyle = colour
          context.fillRect((at % 2) * 24, at > 1 ? 16 : 0, 24, 16)
        }
        return new Uint8Array(await (await canvas.convertToBlob({ type, quality: 1 })).arrayBuffer())
      }

      function withExif(jpeg: Uint8Array, orientation: number): Uint8Array<ArrayBuffer> {
        const text = `\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0${String.fromCharCode(orientation)}\0\0\0\0\0\0`
        const exif = Uint8Array.from(text, (one) => one.charCodeAt(0))
        return new Uint8Array([...jpeg.slice(0, 2), ...exif, ...jpeg.slice(2)])
      }

      async function read(file: Blob) {
        const bitmap = await createImageBitmap(file)
        const { width, height } = bitmap
        const context = new OffscreenCanvas(width, height).getContext('2d')!
        context.drawImage(bitmap, 0, 0)
        const corners = [
          [4, 4],
          [width - 5, 4],
          [4, height - 5],
          [width - 5, height - 5],
        ].map(([x = 0, y = 0]) =>
          [...context.getImageData(x, y, 1, 1).data.slice(0, 3)]
            .map((value) => (value > 127 ? 1 : 0))
            .join(''),
        )
        return `${width}x${height} ${corners.join(' ')}`
      }

      const jpeg = await paint('image/jpeg')
      const rows: { name: string; wanted: string; got: string; upright: boolean; clean: boolean }[] = []
      for (let orientation = 1; orientation <= 8; orientation++) {
        const photo = withExif(jpeg, orientation)
        const { bytes, type, isUpright } = await stripMetadata(photo)
        rows.push({
          name: `JPEG ${orientation}`,
          wanted: await read(new Blob([photo], { type: 'image/jpeg' })),
          got: await read(new Blob([bytes], { type })),
          upright: isUpright,
          clean: !new TextDecoder('latin1').decode(bytes).includes('Exif'),
        })
      }
      for (const type of ['image/png', 'image/webp']) {
        const plain = await paint(type)
        const {
          bytes,
          type: told,
          isUpright,
        } = await stripMetadata(new Blob([plain as Uint8Array<ArrayBuffer>]))
        rows.push({
          name: type,
          wanted: await read(new Blob([plain as Uint8Array<ArrayBuffer>], { type })),
          got: await read(new Blob([bytes], { type: told })),
          upright: isUpright,
          clean: true,
        })
      }
      return rows
    }, `${origin}/images/index.js`)
    assert.equal(found.length, 10)
    for (const { name, wanted, got, upright, clean } of found)
      assert.deepEqual({ name, got, upright, clean }, { name, got: wanted, upright: true, clean: true })
    assert.equal(
      new Set(found.slice(0, 8).map(({ got }) => got)).size,
      8,
      'the eight orientations show eight ways',
    )
  } finally {
    await window.close()
  }
}
