import { chat } from './chat.ts'
import { circles } from './circles.ts'
import { comments } from './comments.ts'
import { groups } from './groups.ts'
import { libraryMutants } from './library.ts'
import { limits } from './limits.ts'
import type { Mutants } from './mutant.ts'
import { others } from './others.ts'
import { personal } from './own-side.ts'
import { people } from './people.ts'
import { peopleWork } from './people-work.ts'
import { searchMutants } from './search.ts'
import { setlistMutants } from './setlists.ts'
import { sharing } from './sharing.ts'
import { songs } from './songs.ts'

/** Every mutant; a name is what the changed schema does. */
export const mutants: Mutants = {
  ...people,
  ...peopleWork,
  ...chat,
  ...groups,
  ...personal,
  ...songs,
  ...searchMutants,
  ...setlistMutants,
  ...libraryMutants,
  ...sharing,
  ...circles,
  ...comments,
  ...limits,
  ...others,
}
