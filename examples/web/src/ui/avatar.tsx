/** A user's picture, or the initials on a colour that depends on the name. */
export function Avatar({ name, url }: { name: string; url?: string | null | undefined }) {
  if (url) return <img className="avatar" src={url} alt="" width="40" height="40" loading="lazy" />
  const initials = name
    .split(/\s+/)
    .map((word) => [...word][0] ?? '')
    .slice(0, 2)
    .join('')
  const hue = [...name].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 360, 7)
  return (
    <span className="avatar" style={{ '--hue': hue } as React.CSSProperties} aria-hidden="true">
      {initials}
    </span>
  )
}
