/** The schema of the Realtime server, once it is part of this folder. */
export async function realtimeSql(): Promise<string> {
  const path = './realtime/schema.ts'
  const schema = await import(path).catch(() => ({ realtimeSchema: '' }))
  return schema.realtimeSchema
}
