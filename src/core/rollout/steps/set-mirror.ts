import { shortOf } from '../capacity.ts'
import { timeLeft } from './pause.ts'
import type { StepKind } from './step.ts'

/** Copies of live requests to the candidate for a while; nobody sees its answers. At most 50 percent (FACTS 4). */
export const setMirror: StepKind<'setMirror'> = {
  phase: 'shadowing',
  isTimed: true,
  go({ percent, durationMs }, situation) {
    if (situation.isEntered) return timeLeft(durationMs, situation, 'Mirroring', 'Mirrors traffic')
    return shortOf(situation.facts, percent) ?? { go: 'move' }
  },
}
