import { type Answer, answerTo, type Failure, stallOf } from './check.ts'
import { type Input, inputOf } from './inputs.ts'
import { shrunk } from './shrink.ts'

/** What came of a stretch of inputs. */
export interface Figures {
  readonly inputs: number
  readonly accepted: number
  readonly failures: number
}

export interface Found {
  readonly seed: number
  readonly index: number
  readonly failure: Failure
  readonly input: Input
}

interface Stretch {
  readonly seed: number
  readonly from: number
  readonly inputs: number
  /** Every `step`-th: those between are another process's. */
  readonly step: number
  /** Milliseconds since the epoch after which none is begun. */
  readonly endsAt: number
  /** Whether stalls are looked for, too: never by a test, since machines are slow at times. */
  readonly isTimed: boolean
}

/** Reads one input after the other; tells of every failure, with its text as short as it can be. */
export function runStretch(
  stretch: Stretch,
  onFound: (found: Found) => void,
  onProgress: (figures: Figures) => void = () => undefined,
): Figures {
  const { seed, from, step, endsAt, isTimed } = stretch
  let figures: Figures = { inputs: 0, accepted: 0, failures: 0 }
  for (let index = from; index < stretch.inputs && Date.now() < endsAt; index += step) {
    const input = inputOf(seed, index)
    const { isAccepted, failure } = isTimed ? timedAnswerTo(input) : answerTo(input)
    figures = {
      inputs: figures.inputs + 1,
      accepted: figures.accepted + (isAccepted ? 1 : 0),
      failures: figures.failures + (failure === undefined ? 0 : 1),
    }
    if (failure !== undefined) onFound({ seed, index, failure, input: shortened(input, failure) })
    if (figures.inputs % 2000 === 0) onProgress(figures)
  }
  return figures
}

function timedAnswerTo(input: Input): Answer {
  const answer = answerTo(input)
  const failure = answer.failure ?? stallOf(input)
  return failure === undefined ? answer : { ...answer, failure }
}

function shortened(input: Input, failure: Failure): Input {
  const isStall = failure.sort === 'stall'
  const again = isStall ? stallOf : (shorter: Input) => answerTo(shorter).failure
  const isSo = (text: string) => again({ ...input, text })?.sort === failure.sort
  const text = shrunk(input.text, isSo, isStall ? 60 : 2000)
  return { ...input, text }
}
