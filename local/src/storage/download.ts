import type { Call, StoredObject } from './context.ts'
import { rangeInvalid } from './failures.ts'
import { imageType } from './render.ts'

/** The bytes, whole or the one range that was asked for; HEAD gets the headers alone. */
export async function download({ request, url, files }: Call, object: StoredObject): Promise<Response> {
  const { size, cacheControl, eTag } = object.metadata
  const rendered = url.pathname.startsWith('/storage/v1/render/image/')
  const mimetype = (rendered && imageType(await files.head(object.version))) || object.metadata.mimetype
  const headers = new Headers({
    // A page from here would run as a page of the API.
    'content-type': mimetype.includes('text/html') ? 'text/plain' : mimetype,
    'cache-control': cacheControl,
    etag: eTag,
    'last-modified': new Date(object.updated_at).toUTCString(),
    'accept-ranges': 'bytes',
    'x-robots-tag': 'none',
  })
  const name = url.searchParams.get('download')
  if (name !== null) {
    const file = encodeURIComponent(name)
    const named = `attachment; filename=${file}; filename*=UTF-8''${file}`
    headers.set('content-disposition', name === '' ? 'attachment;' : named)
  }
  if (isUnchanged(request.headers, eTag, new Date(object.updated_at)))
    return new Response(null, { status: 304, headers })
  const range = size > 0 ? rangeOf(request.headers.get('range'), size) : undefined
  if (range) headers.set('content-range', `bytes ${range.start}-${range.end}/${size}`)
  headers.set('content-length', String(range ? range.end - range.start + 1 : size))
  const body = request.method === 'HEAD' ? null : files.read(object.version, range)
  return new Response(body, { status: range ? 206 : 200, headers })
}

function rangeOf(header: string | null, size: number): { start: number; end: number } | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (start > end) throw rangeInvalid()
  return { start, end }
}

/** An ETag counts before a time, which knows seconds only. */
function isUnchanged(headers: Headers, eTag: string, changed: Date): boolean {
  const tag = headers.get('if-none-match')
  if (tag !== null) return tag === eTag
  const since = Date.parse(headers.get('if-modified-since') ?? '')
  return Math.floor(changed.getTime() / 1000) * 1000 <= since
}
