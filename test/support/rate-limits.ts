import postgres from 'postgres'

/** Tests and measurements send faster than people; those of the limits give their people limits of their own. */
export async function raiseRateLimits(dbUrl: string): Promise<void> {
  const sql = postgres(dbUrl, { max: 1 })
  try {
    await sql`update private.rate_limit_rules set burst = 1000000 where burst < 1000000`
  } finally {
    await sql.end()
  }
}
