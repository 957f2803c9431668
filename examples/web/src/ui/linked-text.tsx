const address = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'”»]/g

/** A text in which web addresses are links. Nothing else in it is markup. */
export function LinkedText({ text }: { text: string }) {
  const parts = []
  let at = 0
  for (const { 0: url, index } of text.matchAll(address)) {
    parts.push(
      text.slice(at, index),
      <a key={index} href={url} target="_blank" rel="noopener noreferrer nofollow">
        {url}
      </a>,
    )
    at = index + url.length
  }
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  )
}
