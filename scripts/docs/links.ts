import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Project, SymbolFlags, type Symbol as TypeSymbol } from 'typescript/unstable/sync'
import { unpacked } from './declarations.ts'

/** Links in any declaration that name nothing there, so that an editor shows dead text. */
export async function faultsOfLinks(project: Project): Promise<string[]> {
  const { checker, program } = project
  const folder = join(process.cwd(), unpacked, 'dist')
  const faults: string[] = []
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('.d.ts')) continue
    const declarations = join(folder, path)
    const text = await readFile(declarations, 'utf8')
    for (const { 1: target, index } of text.matchAll(/\{@link(?:code|plain)?\s+([^\s|}]+)/g)) {
      if (/^https:/.test(target!)) continue
      const [first, ...rest] = target!.split('.')
      const meaning = SymbolFlags.Value | SymbolFlags.Type | SymbolFlags.Namespace | SymbolFlags.Alias
      if (!program.getSourceFile(declarations)) continue
      let symbol: TypeSymbol | undefined = checker.resolveName(
        first!,
        meaning,
        { document: declarations, position: index },
        true,
      )
      for (const name of rest) {
        if (symbol && symbol.flags & SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol)
        symbol = symbol && checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(symbol), name)
      }
      if (!symbol) faults.push(`${path} links to ${target}, which is not there`)
    }
  }
  return faults
}
