import { loadModule, parsePlPgSQLSync, parseSync } from '@libpg-query/parser'

/** What a migration does that the house does not allow. */
export interface Violation {
  file: string
  rule: string
  what: string
}

type Node = Record<string, unknown>

/** Every object below a parsed tree that stands under a key of that name. */
function* find(tree: unknown, key: string): Generator<Node> {
  if (typeof tree !== 'object' || tree === null) return
  for (const [name, value] of Object.entries(tree)) {
    if (name === key && typeof value === 'object' && value !== null) yield value as Node
    yield* find(value, key)
  }
}

const strings = (list: unknown): string[] => [...find(list, 'String')].map((node) => String(node.sval ?? ''))

/** Schemas of the platform, where a migration may only create, alter and drop policies and triggers, and add a bucket. */
const foreign = ['auth', 'storage', 'realtime']
const allowedAbroad = new Set(['CreatePolicyStmt', 'AlterPolicyStmt', 'CreateTrigStmt'])
const droppableAbroad = new Set(['OBJECT_POLICY', 'OBJECT_TRIGGER'])

/** The schema that a statement changes something in, when it is one of the platform's. */
function schemaTouched(kind: string, body: Node): string | undefined {
  const target = (body.relation ?? body.table ?? body.rel) as Node | undefined
  const names = [
    target?.schemaname,
    strings(body.funcname)[0],
    strings(body.object)[0],
    body.schemaname,
    body.targtype === 'ACL_TARGET_ALL_IN_SCHEMA' ? strings(body.objects)[0] : undefined,
    ...(kind === 'DropStmt' || kind === 'GrantStmt'
      ? ((body.objects as unknown[]) ?? []).map(
          (object) => (object as { RangeVar?: Node }).RangeVar?.schemaname ?? strings(object)[0],
        )
      : []),
  ]
  return names.find((name): name is string => typeof name === 'string' && foreign.includes(name))
}

/** The one row that may be added abroad: a bucket, where there is none of that name. */
function addsBucket(kind: string, body: Node): boolean {
  const target = body.relation as Node | undefined
  const onConflict = body.onConflictClause as Node | undefined
  return (
    kind === 'InsertStmt' &&
    target?.schemaname === 'storage' &&
    target.relname === 'buckets' &&
    onConflict?.action === 'ONCONFLICT_NOTHING'
  )
}

function option(body: Node, name: string): Node | undefined {
  return [...find(body.options, 'DefElem')].find((element) => element.defname === name)
}

/** The parser knows no composite types: what is assigned to a field of one is a statement of its own. */
const withoutFields = (text: string): string =>
  text
    .replace(/^(\s*)(?!new\.)\w+\.\w+ := /gm, '$1perform ')
    .replace(/(?<!insert )\binto (?!new\.)\w+\.\w+(?:, \w+\.\w+)*(?=\s)/g, '')

/** The SQL statements inside a function's body, each parsed. */
function* statementsOf(body: Node, whole: string): Generator<unknown> {
  const language = strings(option(body, 'language')?.arg)[0] ?? option(body, 'language')?.arg
  const text = strings(option(body, 'as')?.arg)[0] ?? ''
  const isPlpgsql = JSON.stringify(language).includes('plpgsql')
  if (!isPlpgsql) {
    yield parseSync(text)
    return
  }
  for (const { query } of find(parsePlPgSQLSync(withoutFields(whole)), 'PLpgSQL_expr')) {
    try {
      yield parseSync(String(query))
    } catch {
      // Not a statement but an expression of plpgsql's own: nothing is written in it.
    }
  }
}

function* functionRules(body: Node, whole: string): Generator<[string, string]> {
  const [schema = 'public', name = ''] = strings(body.funcname)
  const title = `${schema}.${name}`
  const searchPath = [...find(body.options, 'VariableSetStmt')].find((set) => set.name === 'search_path')
  if (
    !searchPath ||
    (!JSON.stringify(searchPath).includes('"sval":{}') && !JSON.stringify(searchPath).includes('"sval":""'))
  ) {
    yield ['function-search-path', `${title} must say set search_path = ''`]
  }
  const definer = JSON.stringify(option(body, 'security')?.arg ?? '').includes('true')
  if (definer && schema !== 'private') yield ['definer-outside-private', `${title} is security definer`]
  for (const statement of statementsOf(body, whole)) {
    for (const kind of ['UpdateStmt', 'DeleteStmt']) {
      for (const write of find(statement, kind)) {
        if (!write.whereClause)
          yield ['write-without-where', `${title} has an ${kind} without a where clause`]
      }
    }
  }
}

function* policyRules(body: Node): Generator<[string, string]> {
  const name = String(body.policy_name)
  if (!/^[A-Z].* .*/.test(name)) yield ['policy-name', `"${name}" is not a sentence`]
  if (body.cmd_name === 'all') yield ['policy-command', `"${name}" is for all commands; write one each`]
  const roles = [...find(body.roles, 'RoleSpec')]
  if (roles.some((role) => role.roletype === 'ROLESPEC_PUBLIC'))
    yield ['policy-role', `"${name}" names no role`]
  for (const [clause, tree] of [
    ['using', body.qual],
    ['with check', body.with_check],
  ] as const) {
    // A bare auth.uid() is evaluated for every row; inside a sub-select once.
    const wrapped = new Set([...find(tree, 'SubLink')].flatMap((link) => [...find(link, 'FuncCall')]))
    for (const call of find(tree, 'FuncCall')) {
      const called = strings(call.funcname).join('.')
      if (/^(auth\.|realtime\.topic)/.test(called) && !wrapped.has(call)) {
        yield ['policy-unwrapped-call', `"${name}" calls ${called} bare in ${clause}`]
      }
    }
  }
}

/** Checks one migration against the rules of the house by its parse tree, not by its text. */
export async function checkMigration(file: string, sql: string): Promise<Violation[]> {
  await loadModule()
  const found: Violation[] = []
  const report = (rule: string, what: string) => found.push({ file, rule, what })
  if (!/^\d{14}_[a-z]+(_[a-z]+)*\.sql$/.test(file))
    report('file-name', 'names read <time>_<domain>[_<concern>].sql')

  const bytes = Buffer.from(sql)
  const { stmts } = parseSync(sql) as { stmts: { stmt: Node; stmt_location?: number; stmt_len?: number }[] }
  const kinds = stmts.map(({ stmt }) => Object.keys(stmt)[0] ?? '')
  const transaction = (index: number) => (stmts.at(index)?.stmt.TransactionStmt as Node | undefined)?.kind
  if (transaction(0) !== 'TRANS_STMT_BEGIN' || transaction(-1) !== 'TRANS_STMT_COMMIT') {
    report('transaction', 'the file is not wrapped in begin; … commit;')
  }

  const tables = new Set<string>()
  const commented = new Set<string>()
  const secured = new Set<string>()
  for (const [index, { stmt, stmt_location: from = 0, stmt_len: length }] of stmts.entries()) {
    const kind = kinds[index] ?? ''
    const body = stmt[kind] as Node
    const abroad = schemaTouched(kind, body)
    const mayTouch =
      allowedAbroad.has(kind) ||
      addsBucket(kind, body) ||
      (kind === 'DropStmt' && droppableAbroad.has(String(body.removeType)))
    if (abroad && !mayTouch) report('foreign-schema', `${kind} in schema ${abroad}`)

    const relation = (body.relation ?? {}) as Node
    if (kind === 'CreateStmt' && relation.schemaname === 'public') tables.add(String(relation.relname))
    if (kind === 'CommentStmt' && body.objtype === 'OBJECT_TABLE')
      commented.add(strings(body.object).at(-1) ?? '')
    if (kind === 'AlterTableStmt' && JSON.stringify(body).includes('AT_EnableRowSecurity'))
      secured.add(String(relation.relname))
    if (kind === 'CreateStmt' && relation.schemaname === undefined)
      report('unqualified', `table ${relation.relname} names no schema`)
    const end = length === undefined ? undefined : from + length
    const rules =
      kind === 'CreateFunctionStmt'
        ? functionRules(body, bytes.subarray(from, end).toString())
        : kind === 'CreatePolicyStmt'
          ? policyRules(body)
          : []
    for (const [rule, what] of rules) report(rule, what)
  }
  for (const table of tables) {
    if (!commented.has(table)) report('table-comment', `public.${table} has no comment`)
    if (!secured.has(table)) report('table-rls', `public.${table} does not enable row-level security`)
  }
  return found
}
