// biome-ignore lint/suspicious/noExplicitAny: whatever an operation takes and answers
type Operation = (first: any, ...rest: any[]) => unknown
type Bound<F> = F extends (first: never, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never

/** The same operations without their first argument, which is always this one. */
export function bind<Operations extends Record<string, Operation>>(
  first: Parameters<Operations[keyof Operations]>[0],
  operations: Operations,
): { [Name in keyof Operations]: Bound<Operations[Name]> } {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (...rest: unknown[]) => operation(first, ...rest),
    ]),
  ) as { [Name in keyof Operations]: Bound<Operations[Name]> }
}
