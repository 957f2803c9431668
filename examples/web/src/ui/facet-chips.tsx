import type { Facet } from 'tertulia'

interface Props {
  label: string
  facets: readonly Facet[]
  chosen: readonly string[]
  onChange(chosen: string[]): void
  /** How a value reads; by default as it is. */
  nameOf?: (value: string) => string | undefined
}

/** The values of a filter with how many results each has. A chosen value stays, also when it has none. */
export function FacetChips({ label, facets, chosen, onChange, nameOf }: Props) {
  const gone = chosen.filter((value) => !facets.some((facet) => facet.value === value))
  const all = [...facets, ...gone.map((value) => ({ value, count: 0 }))]
  if (all.length === 0) return null
  return (
    <fieldset className="facet">
      <legend>{label}</legend>
      <div className="choices">
        {all.map(({ value, count }) => {
          const isOn = chosen.includes(value)
          return (
            <button
              key={value}
              type="button"
              aria-pressed={isOn}
              onClick={() => onChange(isOn ? chosen.filter((one) => one !== value) : [...chosen, value])}
            >
              {nameOf?.(value) ?? value} <small>{count}</small>
            </button>
          )
        })}
      </div>
    </fieldset>
  )
}
