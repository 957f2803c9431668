import type { Message } from 'tertulia'
import { useAttachmentUrl } from 'tertulia/react'

/** A file of a message: a picture shows, sound plays, anything else is a link. */
export function Attachment({ file }: { file: Message['attachments'][number] }) {
  const { data: url } = useAttachmentUrl(file.path)
  if (file.mimeType.startsWith('image/')) {
    const { width, height, name } = file
    // With its size known, the list does not move when the picture comes.
    const ratio = width && height ? { aspectRatio: `${width} / ${height}`, width } : undefined
    return url ? (
      <img className="picture" src={url} alt={name} width={width} height={height} style={ratio} />
    ) : (
      <span className="picture" style={ratio} role="img" aria-label={name} />
    )
  }
  if (!url) return <span className="file">{file.name}</span>
  // biome-ignore lint/a11y/useMediaCaption: a voice note has no captions
  if (file.mimeType.startsWith('audio/')) return <audio controls src={url} aria-label={file.name} />
  return (
    <a className="file" href={url} target="_blank" rel="noopener noreferrer">
      {file.name}
    </a>
  )
}
