/** What pgoutput (protocol version 1) says of a publication. */
export type Change =
  | { tag: 'begin'; commitLsn: bigint; committedAt: Date; xid: number }
  | RowChange
  | { tag: 'commit'; endLsn: bigint }

export interface RowChange {
  tag: 'row'
  type: 'INSERT' | 'UPDATE' | 'DELETE'
  relation: Relation
  /** The row as it is now; of a DELETE there is none. A large value that an UPDATE left alone is missing. */
  row: Row
  /** What the replica identity keeps of the row as it was. */
  old: Row
}

/** Column values as PostgreSQL writes them as text. */
export type Row = Record<string, string | null | undefined>

interface Relation {
  oid: number
  columns: string[]
  /** The columns of the replica identity. */
  identity: string[]
}

/**
 * A decoder for one replication connection; it remembers the tables that PostgreSQL describes once. Values stay text:
 * a payload goes on to the clients without being parsed, so no digit of a number is lost.
 */
export function createDecoder(): (data: Buffer) => Change | undefined {
  const relations = new Map<number, Relation>()
  return (data) => {
    switch (String.fromCharCode(data.readUInt8(0))) {
      case 'B':
        return {
          tag: 'begin',
          commitLsn: data.readBigUInt64BE(1),
          committedAt: new Date(Number(data.readBigInt64BE(9) / 1000n + 946_684_800_000n)),
          xid: data.readUInt32BE(17),
        }
      case 'C':
        return { tag: 'commit', endLsn: data.readBigUInt64BE(10) }
      case 'R':
        relations.set(data.readUInt32BE(1), readRelation(data))
        return undefined
      case 'I':
      case 'U':
      case 'D':
        return readRow(data, relations)
      default:
        return undefined
    }
  }
}

function readRelation(data: Buffer): Relation {
  let at = 5
  const text = () => {
    const end = data.indexOf(0, at)
    const value = data.toString('utf8', at, end)
    at = end + 1
    return value
  }
  text()
  text()
  const count = data.readUInt16BE(at + 1)
  at += 3
  const relation: Relation = { oid: data.readUInt32BE(1), columns: [], identity: [] }
  for (let index = 0; index < count; index += 1) {
    const isKey = data.readUInt8(at) === 1
    at += 1
    const column = text()
    at += 8
    relation.columns.push(column)
    if (isKey) relation.identity.push(column)
  }
  return relation
}

const TYPES = { I: 'INSERT', U: 'UPDATE', D: 'DELETE' } as const

function readRow(data: Buffer, relations: Map<number, Relation>): Change {
  const relation = relations.get(data.readUInt32BE(1))
  if (!relation) throw new Error('pgoutput sent a row of a table that it did not describe')
  let at = 5
  const tuple = (): Row => {
    const row: Row = {}
    at += 2
    for (const column of relation.columns) {
      const kind = String.fromCharCode(data.readUInt8(at))
      at += 1
      if (kind === 'n') row[column] = null
      if (kind !== 't') continue
      const length = data.readUInt32BE(at)
      row[column] = data.toString('utf8', at + 4, at + 4 + length)
      at += 4 + length
    }
    return row
  }
  const only = (row: Row, columns: string[]): Row =>
    Object.fromEntries(columns.filter((column) => column in row).map((column) => [column, row[column]]))
  let row: Row = {}
  let old: Row | undefined
  while (at < data.length) {
    const part = String.fromCharCode(data.readUInt8(at))
    at += 1
    if (part === 'N') row = tuple()
    else if (part === 'K') old = only(tuple(), relation.identity)
    else old = tuple()
  }
  const type = TYPES[String.fromCharCode(data.readUInt8(0)) as keyof typeof TYPES]
  // An identity that did not change is not sent again.
  if (type === 'UPDATE' && !old) old = only(row, relation.identity)
  return { tag: 'row', type, relation, row, old: old ?? {} }
}

/** The frame that tells PostgreSQL how far the changes are dealt with, so that it need not keep them. */
export function standbyStatus(lsn: bigint): Buffer {
  const status = Buffer.alloc(34)
  status.write('r')
  // Written, flushed, applied: what is fanned out is all of it. Exactly the position, not one byte more: the commit
  // of the next transaction may begin right there, and would be skipped after a reconnect.
  for (const at of [1, 9, 17]) status.writeBigUInt64BE(lsn, at)
  // Microseconds since 2000-01-01.
  status.writeBigInt64BE((BigInt(Date.now()) - 946_684_800_000n) * 1000n, 25)
  return status
}

export function formatLsn(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffff_ffffn).toString(16)}`.toUpperCase()
}

export function parseLsn(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}
