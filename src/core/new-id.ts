/** A random UUID (version 4). `crypto.randomUUID` is missing in React Native and on pages without https. */
export function newId(): string {
  const random = crypto.getRandomValues(new Uint8Array(36))
  // y is one of 8, 9, a and b.
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (letter, at: number) =>
    (letter === 'x' ? random[at]! & 15 : (random[at]! & 3) | 8).toString(16),
  )
}
