import { answerTo, type Failure } from './check.ts'
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
}

/** Reads one input after the other; tells of every failure, with its text as short as it can be. */
export function runStretch(
  stretch: Stretch,
  onFound: (found: Found) => void,
  onProgress: (figures: Figures) => void = () => undefined,
): Figures {
  const { seed, from, step, endsAt } = stretch
  let figures: Figures = { inputs: 0, accepted: 0, failures: 0 }
  for (let index = from; index < stretch.inputs && Date.now() < endsAt; index += step) {
    const input = inputOf(seed, index)
    const { failure, isAccepted } = answerTo(input)
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

function shortened(input: Input, failure: Failure): Input {
  const isSo = (text: string) => answerTo({ ...input, text }).failure?.sort === failure.sort
  const text = shrunk(input.text, isSo, failure.sort === 'stall' ? 60 : 2000)
  return { ...input, text }
}
