const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text that no markup can hide in. Controls and half surrogate pairs are no characters of XML. */
function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu, '\ufffd')
      .replace(/[&<>"']/g, (character) => entities[character]!)
  )
}

type Attributes = Record<string, string | number>

export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
  return `<${name}${written.join('')}>${content}</${name}>`
}

export const label = (x: number, y: number, size: number, text: string, attributes: Attributes = {}) =>
  element('text', { x, y, 'font-size': size, 'text-anchor': 'middle', ...attributes }, escapeXml(text))

/** A drawing in the colour of the text around it, with a name for those who do not see it. */
export function drawing(width: number, height: number, name: string, content: string): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      class: 'chord-diagram',
      'aria-label': name,
      fill: 'currentColor',
      stroke: 'none',
      'font-family': 'sans-serif',
    },
    content,
  )
}
