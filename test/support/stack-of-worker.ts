import { inject } from 'vitest'

// Two files that run at once never meet in one database: each worker has a stack, which `inject('stack')` answers.
Object.assign(inject('stack'), inject('stacks')[Number(process.env.VITEST_POOL_ID) - 1])
