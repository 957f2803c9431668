import { type Operation, operation } from '../core/call.ts'
import { id } from '../core/parse.ts'
import { flag } from '../core/shape.ts'

export const recordConversion: Operation<[conversationId: string], boolean> = operation(
  'analytics.recordConversion',
  'record_conversion',
  { conversationId: id },
  flag,
)
