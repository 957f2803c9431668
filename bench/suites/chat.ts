import { measureCosts } from '../chat-costs.ts'
import { measurePages } from '../chat-pages.ts'
import { measureRequests } from '../chat-requests.ts'
import { measureSends } from '../chat-send.ts'
import { measureThroughput } from '../chat-throughput.ts'
import type { Measure, Scale } from '../measure.ts'

/** What chat costs the database: a send, on the wire and many at once, and pages where there are ten million messages. */
export async function run(scale: Scale): Promise<Measure[]> {
  return [
    ...(await measureSends(scale)),
    ...(await measureCosts()),
    ...(await measureRequests(scale)),
    ...(await measureThroughput(scale)),
    ...(await measurePages(scale)),
  ]
}
