import { INTENT_VERBS, type Intent, type IntentAnswer, type IntentVerb } from '../model/rollout.ts'
import { abort, type Progress, turnTo, window } from './progress.ts'
import { atRest, type RolloutRecord } from './record.ts'
import { isWarm, type Situation } from './situation.ts'

type Command = (situation: Situation, record: RolloutRecord, intent: Intent) => Progress | string

/** Verbs that take traffic back, or give a revision another chance: they come before everything else (INVARIANTS S7). */
const BACK = {
  abort: (situation, record, intent) => {
    const isComing = record.phase === 'stable' && situation.wanted.rev !== record.stable.rev
    if (record.phase === 'aborted') return 'It is aborted already.'
    if (record.phase === 'stable' && !isComing) return 'No rollout is under way.'
    return abort(situation, record, { ...told(intent), reason: 'AbortedByHand', trigger: 'manual' })
  },
  undo: (situation, record, intent) => {
    const { now, rollout, deployments } = situation
    if (record.phase === 'progressing' || record.phase === 'baking')
      return abort(situation, record, {
        ...told(intent),
        reason: 'UndoneByHand',
        trigger: 'manual',
      })
    const { previous, untilMs = 0, stable } = record
    if (record.phase !== 'stable' || previous === undefined || now >= untilMs)
      return 'There is no earlier revision that is kept warm.'
    if (!isWarm(previous, deployments))
      return `${previous.slot} is not up, or runs something else by now.`
    const back: RolloutRecord = {
      ...atRest(previous, now),
      phase: 'aborted',
      candidate: stable,
      untilMs: now + rollout.keep.forMs,
    }
    const turn = { ...told(intent), result: 'rolled_back', trigger: 'manual' } as const
    return {
      ...turnTo(situation, back, turn, { phase: 'aborting', reason: 'UndoneByHand' }),
      isUrgent: true,
    }
  },
  retry: (situation, record, intent) => {
    if (record.phase !== 'aborted') return 'Nothing was aborted.'
    const turn = { ...told(intent), result: 'retried', trigger: 'manual' } as const
    const rest = { ...atRest(record.stable, situation.now), ...window(record) }
    return turnTo(situation, rest, turn, { phase: 'idle', reason: 'Retried' })
  },
} satisfies Partial<Record<IntentVerb, Command>>

/** Verbs that hold a rollout or let it go on: they come after the verdict, which they cannot outvote. */
const ALONG = {
  pause: (situation, record, intent) => {
    if (record.phase !== 'progressing') return 'Nothing is moving that could be paused.'
    if (record.isPaused) return 'It is paused already.'
    const turn = { ...told(intent), result: 'paused', trigger: 'manual' } as const
    return turnTo(situation, { ...record, isPaused: true }, turn, {
      phase: 'paused',
      reason: 'Paused',
      stalled: true,
    })
  },
  resume: (situation, record, intent) => {
    if (!record.isPaused) return 'It is not paused.'
    const turn = { ...told(intent), result: 'resumed', trigger: 'manual' } as const
    // The step begins anew: time that was paused is not time that was watched.
    const moving = { ...record, isPaused: false, sinceMs: situation.now }
    return turnTo(situation, moving, turn, { phase: 'shifting', reason: 'Resumed' })
  },
} satisfies Partial<Record<IntentVerb, Command>>

/** What moves, by whose word; and the words that moved nothing, with the reason. */
export interface Commanded {
  readonly move?: Progress
  readonly refused: readonly IntentAnswer[]
}

export function back(situation: Situation, record: RolloutRecord): Commanded {
  return commandedBy(BACK, situation, record)
}

export function along(situation: Situation, record: RolloutRecord): Commanded {
  return commandedBy(ALONG, situation, record)
}

function commandedBy(
  commands: Partial<Record<IntentVerb, Command>>,
  situation: Situation,
  record: RolloutRecord,
): Commanded {
  const refused: IntentAnswer[] = []
  for (const verb of INTENT_VERBS) {
    const command = commands[verb]
    for (const intent of situation.intents.filter((one) => one.verb === verb)) {
      if (command === undefined) continue
      const said = command(situation, record, intent)
      if (typeof said !== 'string') {
        const answer: IntentAnswer = { intent, result: 'accepted', message: said.message }
        return { move: { ...said, answers: [...refused, answer] }, refused }
      }
      refused.push({ intent, result: 'refused', message: said })
    }
  }
  return { refused }
}

/** Every intent gets an answer. One that the steps took up is accepted when it moved something. */
export function answered(
  situation: Situation,
  progress: Progress,
  refused: readonly IntentAnswer[],
): Progress {
  const given = new Map([...refused, ...progress.answers].map((one) => [one.intent.id, one]))
  const answers = situation.intents.map((intent): IntentAnswer => {
    const known = given.get(intent.id)
    if (known !== undefined) return known
    return intent.verb === 'promote'
      ? { intent, ...promotedBy(situation, progress) }
      : { intent, ...refusal(progress) }
  })
  return { ...progress, answers }
}

/** Whether a wait was ended by it. What comes behind the wait may still hold the road: until then it is said again. */
function promotedBy(
  { record }: Situation,
  progress: Progress,
): Pick<IntentAnswer, 'result' | 'message'> {
  const { turn, step, message } = progress
  if (FORWARD.some((one) => one === turn?.result)) return { result: 'accepted', message }
  const isPassed = record?.phase === 'progressing' && step > record.step
  return isPassed ? { result: 'pending', message } : refusal(progress)
}

function refusal({ message }: Progress): Pick<IntentAnswer, 'result' | 'message'> {
  return { result: 'refused', message: `It does not apply now: ${message}` }
}

const FORWARD = ['step', 'started', 'promoted', 'fast_promoted'] as const

function told({ who, why, verb }: Intent): { readonly message: string } {
  return { message: why === '' ? `${who} said ${verb}.` : `${who} said ${verb}: ${why}` }
}
