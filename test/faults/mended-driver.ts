/**
 * The driver `postgres` 3.4.9 writes to a connection that has closed, ends the process by it, and keeps that connection for later
 * queries (porsager/postgres#1208, #1154). A stack whose PostgreSQL is killed on purpose needs that mended, as the driver is loaded.
 */
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, load) {
    const loaded = load(url, context)
    if (!/\/postgres\/src\/(connection|index)\.js$/.test(url)) return loaded
    const source = String(loaded.source)
      // A reserved connection that has closed is no open one when it is released.
      .replace(
        'c.reserved = null\n      onopen(c)',
        'c.reserved = null\n      c.queue === closed || onopen(c)',
      )
      .replace(
        'function nextWrite(fn) {',
        `function nextWrite(fn) {
    if (socket === null) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }`,
      )
      .replace(
        /async function closed\(hadError\) \{/,
        '$&\n    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null',
      )
    return { ...loaded, source }
  },
})
