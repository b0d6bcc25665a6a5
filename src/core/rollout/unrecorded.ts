import type { Intent } from '../model/rollout.ts'
import { messageOf, type Result } from './cause.ts'
import { turnTo } from './progress.ts'
import { atRest } from './record.ts'
import type { Situation } from './situation.ts'
import { UNKNOWN_REVISION } from './stable.ts'
import { positive } from './weights.ts'

/** Where somebody says that all traffic is to go, whatever the record was. */
export function allTo(
  situation: Situation,
  server: string | undefined,
  intent: Intent | undefined,
): Result {
  if (server === undefined) return 'No deployment with traffic answers; a newer commit leads on.'
  const { deployments, wanted, now } = situation
  const facts = deployments.get(server)
  const rev = server === wanted.slot && facts?.isReady ? wanted.rev : facts?.rev
  const told = { result: 'adopted', trigger: 'manual', message: messageOf(intent) } as const
  const record = atRest({ slot: server, rev: rev ?? UNKNOWN_REVISION }, now)
  return {
    ...turnTo(situation, record, told, { phase: 'idle', reason: 'Adopted' }),
    isUrgent: true,
  }
}

/** Of the deployments with traffic that answer, the one that most of it is on; by name where two have as much. */
export function largestOf({ live, deployments }: Situation): string | undefined {
  const serving = Object.entries(positive(live)).filter(([name]) => {
    const facts = deployments.get(name)
    return facts !== undefined && (facts.isUp || facts.hasServed)
  })
  return serving.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0]
}
