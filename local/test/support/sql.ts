import postgres from 'postgres'

/** One query on a connection of its own. */
export async function query<Row extends object = Record<string, unknown>>(
  url: string,
  text: string,
): Promise<Row[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    return await sql.unsafe<Row[]>(text)
  } finally {
    await sql.end()
  }
}
