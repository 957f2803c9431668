/** A value as base64 of its JSON. */
export function toBase64(value: unknown): string {
  // Not every engine of React Native has TextEncoder and TextDecoder.
  const utf8 = encodeURIComponent(JSON.stringify(value))
  return btoa(utf8.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))))
}

/** The value that {@link toBase64} wrote. Throws for anything else. */
export function fromBase64(text: string): unknown {
  const hex = Array.from(atob(text), (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'))
  return JSON.parse(decodeURIComponent(hex.map((byte) => `%${byte}`).join('')))
}
