const RESIZING: Record<string, string> = { contain: 'fit', fill: 'force' }

/** What was asked of an image, as the platform names it in a signed address. The image itself is served as it is. */
export function transformations(query: URLSearchParams): string {
  const [height, width, quality, format] = ['height', 'width', 'quality', 'format'].map((name) =>
    query.get(name),
  )
  return [
    ...(height ? [`height:${height}`] : []),
    ...(width ? [`width:${width}`] : []),
    ...(height || width ? [`resizing_type:${RESIZING[query.get('resize') ?? ''] ?? 'fill'}`] : []),
    ...(quality ? [`quality:${quality}`] : []),
    ...(format && format !== 'origin' ? [`format:${format}`] : []),
  ].join(',')
}

/** The type that the first bytes of a picture tell, whatever it was called at its upload. */
export function imageType(head: Buffer): string | undefined {
  const text = head.toString('latin1')
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('\x89PNG')) return 'image/png'
  if (text.startsWith('GIF8')) return 'image/gif'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp'
  return /^\0{3}.ftypavif/s.test(text) ? 'image/avif' : undefined
}
