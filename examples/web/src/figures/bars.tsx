import type { SeriesPoint } from 'tertulia'
import { useLanguage, useWords } from '../words/index.ts'

const height = 96

/** Counts by day as bars. A screen reader gets the same as a table. */
export function Bars({ label, points: all }: { label: string; points: readonly SeriesPoint[] }) {
  const t = useWords()
  const form = new Intl.DateTimeFormat(useLanguage(), { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const [first] = all
  if (!first) return null
  const most = Math.max(...all.map(({ count }) => count))
  const nameOf = (day: string) => form.format(new Date(`${day}T00:00:00Z`))
  return (
    <figure className="chart">
      <figcaption>{label}</figcaption>
      <svg viewBox={`0 0 ${all.length * 10} ${height + 4}`} preserveAspectRatio="none" aria-hidden="true">
        {all.map(({ day, count }, at) => {
          const tall = most === 0 ? 0 : (count / most) * height
          return (
            <rect
              key={day}
              x={at * 10 + 1}
              y={height - tall + 2}
              width={8}
              height={Math.max(tall, 1.5)}
              rx={2}
              data-empty={count === 0 ? 'true' : undefined}
            >
              <title>{`${nameOf(day)}: ${count}`}</title>
            </rect>
          )
        })}
      </svg>
      <div className="axis" aria-hidden="true">
        <span>{nameOf(first.day)}</span>
        <span>{most > 0 && t.mostADay(most)}</span>
        <span>{t.today}</span>
      </div>
      <table className="hidden">
        <caption>{label}</caption>
        <tbody>
          {all
            .filter(({ count }) => count > 0)
            .map(({ day, count }) => (
              <tr key={day}>
                <th scope="row">{nameOf(day)}</th>
                <td>{count}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </figure>
  )
}

/** Figures with their names, large. */
export function Numbers({ rows }: { rows: readonly (readonly [label: string, value: string | number])[] }) {
  return (
    <dl className="numbers">
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Shares of a whole as bars side by side, such as views by country. */
export function Shares({
  label,
  rows,
}: {
  label: string
  rows: readonly { name: string; count: number; note?: string }[]
}) {
  const most = Math.max(1, ...rows.map(({ count }) => count))
  if (rows.length === 0) return null
  return (
    <figure className="chart">
      <figcaption>{label}</figcaption>
      <ul className="shares">
        {rows.map(({ name, count, note }) => (
          <li key={name}>
            <span>{name}</span>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect x="0" y="0" width={(count / most) * 100} height="8" rx="1" />
            </svg>
            <span>
              {count} {note && <small>{note}</small>}
            </span>
          </li>
        ))}
      </ul>
    </figure>
  )
}
