import { chat } from './chat.ts'
import { circles } from './circles.ts'
import { limits } from './limits.ts'
import type { Mutants } from './mutant.ts'
import { others } from './others.ts'
import { personal } from './own-side.ts'
import { people } from './people.ts'
import { peopleWork } from './people-work.ts'
import { sharing } from './sharing.ts'
import { songs } from './songs.ts'

/** Every mutant; a name is what the changed schema does. */
export const mutants: Mutants = {
  ...people,
  ...peopleWork,
  ...chat,
  ...personal,
  ...songs,
  ...sharing,
  ...circles,
  ...limits,
  ...others,
}
