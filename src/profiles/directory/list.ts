import { listOperation } from '../../core/call.ts'
import type { Context } from '../../core/context.ts'
import type { Paged, PageOptions } from '../../core/page.ts'
import { id } from '../../core/parse.ts'
import type { CallOptions } from '../../core/run.ts'
import { type Profile, profileOf } from '../schema.ts'

const operation = 'profiles.list'

export function listProfiles(context: Context, options?: PageOptions & CallOptions): Paged<Profile> {
  const list = listOperation(operation, 'list_profiles', {}, profileOf(context), [['id', 'afterId', id]])
  return list(context, options)
}
