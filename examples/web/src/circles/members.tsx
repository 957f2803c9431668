import type { Circle, CircleRole } from 'tertulia/circles'
import { circles } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import type { Attempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** Who is in the circle, with which role. */
export function Members({
  circle,
  userId,
  work: { attempt, busy },
}: {
  circle: Circle
  userId: string
  work: Attempt
}) {
  const t = useWords()
  const { id, role, members } = circle
  return (
    <ul className="cards">
      {members.map((one) => (
        <li key={one.id} className="card">
          <Avatar name={one.displayName} url={one.avatarUrl} />
          <span>
            <a href={linkTo('people', one.id)}>{one.displayName}</a>
            <small>{t.circleRoles[one.role]}</small>
          </span>
          {role === 'owner' && one.id !== userId && (
            <select
              aria-label={t.roleOf(one.displayName)}
              value={one.role}
              disabled={busy}
              onChange={(event) =>
                attempt(() => circles.setRole(id, one.id, event.target.value as CircleRole))
              }
            >
              {(['owner', 'admin', 'member'] as const).map((name) => (
                <option key={name} value={name}>
                  {t.circleRoles[name]}
                </option>
              ))}
            </select>
          )}
          {one.id !== userId && (role === 'owner' || (role === 'admin' && one.role === 'member')) && (
            <ConfirmButton
              question={t.removeMemberQuestion(one.displayName)}
              onConfirm={() => attempt(() => circles.removeMember(id, one.id))}
            >
              {t.remove}
            </ConfirmButton>
          )}
        </li>
      ))}
    </ul>
  )
}
