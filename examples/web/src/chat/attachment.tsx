import type { Message } from 'tertulia'
import { useAttachmentUrl } from 'tertulia/react'

/** A file of a message: a picture shows, sound and video play, anything else is a link. */
export function Attachment({ file }: { file: Message['attachments'][number] }) {
  const { data: url } = useAttachmentUrl(file.path)
  if (!url) return <span className="file">{file.name}</span>
  if (file.mimeType.startsWith('image/')) return <img className="picture" src={url} alt={file.name} />
  // biome-ignore lint/a11y/useMediaCaption: a voice note has no captions
  if (file.mimeType.startsWith('audio/')) return <audio controls src={url} aria-label={file.name} />
  return (
    <a className="file" href={url} target="_blank" rel="noopener noreferrer">
      {file.name}
    </a>
  )
}
