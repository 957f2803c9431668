type Parse = (text: string) => unknown

/** A type of arrays for the driver, whose own parser reads null in an array as the text NULL. */
export function arrayType(oid: number, parse: Parse) {
  return { to: oid, from: [oid], serialize: arrayText, parse: (text: string) => parseArray(text, parse) }
}

/** '{1,NULL,"a,b",{2}}', and with bounds in front of it, '[0:1]={…}'. */
function parseArray(text: string, parse: Parse): unknown[] {
  const tokens = text.slice(text.indexOf('{')).matchAll(/[{}]|"(?:[^"\\]|\\.)*"|[^{},"]+/gs)
  const root: unknown[] = []
  const open = [root]
  for (const [token] of tokens) {
    const list = open.at(-1) ?? root
    if (token === '{') {
      const inner: unknown[] = []
      list.push(inner)
      open.push(inner)
    } else if (token === '}') open.pop()
    else if (token === 'NULL') list.push(null)
    else list.push(parse(token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/gs, '$1') : token))
  }
  return root[0] as unknown[]
}

/** Text is an array literal already. */
function arrayText(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  return `{${value.map((entry) => (Array.isArray(entry) ? arrayText(entry) : entryText(entry))).join(',')}}`
}

function entryText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
