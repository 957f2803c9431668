import type { Context } from './context.ts'

/** Where pictures are. */
export const avatarBucket = 'tertulia-avatars'

/** The picture's address, which anybody may open. */
export function avatarUrl({ supabase }: Context, path: string): string {
  return supabase.storage.from(avatarBucket).getPublicUrl(path).data.publicUrl
}
