import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMethodSignatureDeclaration, isTypeLiteralNode, type Node } from 'typescript/unstable/ast'
import {
  API,
  type Project,
  SymbolFlags,
  type Type,
  type Symbol as TypeSymbol,
} from 'typescript/unstable/sync'

// Reads the public names from the declarations of the packed package, as an editor of a user does.

/** The consumer project, in which the archive is unpacked as `node_modules/tertulia`. What it depends on comes from this repository. */
export const consumer = '.packed/consumer'
export const unpacked = join(consumer, 'node_modules/tertulia')

/** A public name, or a member of one, with the text that an editor shows over it. */
export interface Member {
  /** `Chat.send`, or `createChat` for a name that an entry exports. */
  name: string
  /** The entries that export it, such as `tertulia/chat`. */
  entries: string[]
  /** The declaration's file, from `dist`. */
  file: string
  kind: 'function' | 'method' | 'property' | 'type'
  text: string
  tags: { name: string; text: string }[]
  /** Its parameters with their types as written; empty for a function that is declared as a value. */
  parameters: { name: string; type: string }[]
  /** The type that it returns, as written. */
  returns: string
}

const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
  jsx: 'react-jsx',
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
}

/** Unpacks `.packed/tertulia.tgz` into a project that imports every entry of it. */
export async function unpack(): Promise<void> {
  await rm(consumer, { recursive: true, force: true })
  await mkdir(unpacked, { recursive: true })
  execFileSync('tar', ['-xzf', '.packed/tertulia.tgz', '--strip-components', '1', '-C', unpacked])
  const { exports } = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'))
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'))
  const lines = entries
    .map((entry) => `tertulia${entry.slice(1)}`)
    .map((name) => `export * as '${name}' from '${name}'\n`)
  await writeFile(join(consumer, 'package.json'), '{ "type": "module" }\n')
  await writeFile(join(consumer, 'entries.ts'), lines.join(''))
  await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['entries.ts'] }))
}

/** Opens the unpacked declarations. Close the API when you have read them. */
export function openDeclarations(): { api: API; project: Project } {
  const api = new API({ cwd: process.cwd() })
  const config = join(process.cwd(), consumer, 'tsconfig.json')
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
  if (!project) throw new Error(`unable to open ${config}`)
  return { api, project }
}

/** Every public name and every member of one, each once. */
export function listMembers(project: Project): Member[] {
  const { checker, program } = project
  const members = new Map<number, Member>()
  const declarationOf = (symbol: TypeSymbol) => symbol.declarations[0]?.resolve(project)
  const resolved = (symbol: TypeSymbol) =>
    symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const isCallable = (type: Type | undefined) =>
    type !== undefined && checker.getSignaturesOfType(type, 0).length > 0

  function add(symbol: TypeSymbol, name: string, entry: string, kind: Member['kind']): void {
    const node = declarationOf(symbol)
    const file = node?.getSourceFile().fileName.split('/node_modules/tertulia/dist/')[1]
    const known = members.get(symbol.id)
    known?.entries.push(entry)
    if (!node || !file || known) return
    const text = symbol.getDocumentationComment(checker)
    const tags = symbol.getJsDocTags(checker).map((tag) => ({ name: tag.name, text: tag.text ?? '' }))
    members.set(symbol.id, { name, entries: [entry], file, kind, text, tags, ...signatureOf(node) })
    if (kind === 'property' || kind === 'type') return
    // Options that a signature writes out in place.
    for (const literal of parametersOf(node).flatMap((parameter) => [...literalsIn(parameter)])) {
      const type = checker.getTypeAtLocation(literal)
      if (type) addMembers(type, name, entry)
    }
  }

  function addMembers(type: Type, name: string, entry: string): void {
    for (const part of type.isUnionType() ? (type.getTypes() ?? []) : [type]) {
      for (const property of checker.getPropertiesOfType(part)) {
        const node = declarationOf(property)
        const kind = node && isMethodSignatureDeclaration(node) ? 'method' : 'property'
        add(property, `${name}.${property.name}`, entry, kind)
      }
    }
  }

  const entries = program.getSourceFile(join(process.cwd(), consumer, 'entries.ts'))
  const root = entries && checker.getSymbolAtLocation(entries)
  if (!root) throw new Error('unable to read the entries')
  for (const entry of checker.getExportsOfModule(root)) {
    for (const exported of checker.getExportsOfModule(resolved(entry))) {
      const symbol = resolved(exported)
      const isFunction = symbol.flags & SymbolFlags.Value && isCallable(checker.getTypeOfSymbol(symbol))
      add(symbol, exported.name, entry.name, isFunction ? 'function' : 'type')
      if (symbol.flags & SymbolFlags.Type)
        addMembers(checker.getDeclaredTypeOfSymbol(symbol), exported.name, entry.name)
    }
  }
  return [...members.values()]
}

const parametersOf = (node: Node) => (node as { parameters?: readonly Node[] }).parameters ?? []

function* literalsIn(node: Node): Generator<Node> {
  if (isTypeLiteralNode(node)) yield node
  const children: Node[] = []
  node.forEachChild((child) => void children.push(child))
  for (const child of children) yield* literalsIn(child)
}

function signatureOf(node: Node): Pick<Member, 'parameters' | 'returns'> {
  const typeOf = (declaration: Node) => (declaration as { type?: Node }).type?.getText() ?? ''
  const parameters = parametersOf(node).map((parameter) => ({
    name: (parameter as unknown as { name: Node }).name.getText(),
    type: typeOf(parameter),
  }))
  return { parameters, returns: typeOf(node) }
}
