import { listMembers, openDeclarations, unpack } from './docs/declarations.ts'
import { faultsOfExamples } from './docs/examples.ts'
import { faultsOfLinks } from './docs/links.ts'
import { faultsOf, faultsOfOperations } from './docs/rules.ts'

// Whether each public name of the packed package carries its whole text: what it does, its parameters, the codes that it throws and an
// example that compiles, with links that resolve. It reads the declarations that users get. `npm run pack` comes first.

await unpack()
const { api, project } = openDeclarations()
const members = listMembers(project)
const faults = members.flatMap((member) =>
  faultsOf(member).map((fault) => `${member.file} ${member.name} ${fault}`),
)
faults.push(...faultsOfOperations(members), ...(await faultsOfLinks(project)))
api.close()
faults.push(...(await faultsOfExamples(members)))

for (const fault of faults) console.log(fault)
console.log(`${members.length} public names, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
