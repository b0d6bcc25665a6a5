import { HOUR, MINUTE, type Scenario, steps } from './scenarios.ts'

/** Traffic to be judged from the first weight to the end of the bake. */
export interface BakeScenario extends Scenario {
  /** The window in which the bake's traffic begins. */
  readonly full: number
  /** Stable keeps a share of the traffic in the bake. */
  readonly hasControl: boolean
  /** From which window on the candidate is bad. */
  readonly bad: number
}

interface Road {
  readonly rps: number
  readonly rate: number
  /** Windows at 10 %, and then in the bake. */
  readonly canary: number
  readonly bake: number
  /** Percent that stay on stable in the bake. */
  readonly control: number
}

const USUAL: Road = { rps: 50, rate: 0.01, canary: 10 * MINUTE, bake: 30 * MINUTE, control: 0 }

function road(
  id: string,
  title: string,
  given: Partial<Road>,
  more: Partial<BakeScenario> = {},
): BakeScenario {
  const { rps, rate, canary, bake, control } = { ...USUAL, ...given }
  return {
    id,
    title,
    windows: canary + bake,
    at: (window) => [{ part: 1, rps, weight: window < canary ? 0.1 : 1 - control / 100, rate }],
    ratio: 1,
    full: canary,
    hasControl: control > 0,
    bad: canary,
    ...more,
  }
}

/** A candidate that is as bad as stable until the bake, and `ratio` times as bad from so many windows of it on. */
function turningBad(
  id: string,
  title: string,
  ratio: number,
  given: Partial<Road> = {},
  after = 5 * MINUTE,
): BakeScenario {
  const bad = (given.canary ?? USUAL.canary) + after
  return road(id, title, given, { bad, ratioAt: (window) => (window < bad ? 1 : ratio) })
}

type Row = readonly [id: string, rps: number, rate: number]

const STEADY: readonly Row[] = [
  ['trickle', 1, 0.01],
  ['trickle-bad', 1, 0.05],
  ['slow-rare', 5, 0.001],
  ['slow', 5, 0.01],
  ['slow-bad', 5, 0.05],
  ['usual-rare', 50, 0.001],
  ['usual', 50, 0.01],
  ['usual-bad', 50, 0.05],
  ['busy', 500, 0.01],
]

const STEPS = 30 * MINUTE

/** A good candidate; the service's own rate does not change. */
export const STATIONARY: readonly BakeScenario[] = [
  ...STEADY.map(([id, rps, rate]) =>
    road(`bake-${id}`, `${rps} rps, p₀ ${rate * 100} %, 10 min at 10 %, then all for 30 min`, {
      rps,
      rate,
    }),
  ),
  {
    ...road('bake-steps', '50 rps, 5/25/50 % for 30 min, p₀ 0.5 %, then all for 3 h', {}),
    windows: STEPS + 3 * HOUR,
    full: STEPS,
    at: (window) =>
      window < STEPS
        ? steps(STEPS, 50, () => 0.005)(window)
        : [{ part: 1, rps: 50, weight: 1, rate: 0.005 }],
  },
  {
    ...road('bake-diurnal', '200 rps ± 80 %, p₀ 0.2 %, 10 min at 10 %, then all for 3 h', {}),
    windows: 10 * MINUTE + 3 * HOUR,
    at: (window) => [
      {
        part: 1,
        rps: 200 * (1 + 0.8 * Math.sin((2 * Math.PI * window) / (3 * HOUR))),
        weight: window < 10 * MINUTE ? 0.1 : 1,
        rate: 0.002,
      },
    ],
  },
  {
    ...road('bake-late', '50 rps, p₀ 1 %; the shift takes 50 s, and late ones come to stable', {}),
    at: (window) => [{ part: 1, rps: 50, weight: shiftAt(window - 10 * MINUTE), rate: 0.01 }],
  },
]

/** The write is accepted, and for five windows nothing has moved; then some requests of stable end late. */
function shiftAt(window: number): number {
  if (window < 5) return 0.1
  if (window === 5) return 0.6
  return window < 12 ? 0.995 : 1
}

/** The service's own rate swings by half within two hours; where in it the rollout begins, as a part of a turn. */
function swinging(id: string, title: string, phase: number): BakeScenario {
  return road(
    id,
    title,
    {},
    {
      at: (window) => [
        {
          part: 1,
          rps: 50,
          weight: window < USUAL.canary ? 0.1 : 1,
          rate: 0.01 * (1 + 0.5 * Math.sin(2 * Math.PI * (window / (2 * HOUR) + phase))),
        },
      ],
    },
  )
}

const CONTROL = { control: 5 }

/** Tenfold errors on both sides for five minutes of the bake. */
function incident(id: string, title: string): BakeScenario {
  const calm = road(id, title, CONTROL)
  const from = calm.full + 10 * MINUTE
  return {
    ...calm,
    at: (window) =>
      calm.at(window).map((stretch) => {
        const isHit = window >= from && window < from + 5 * MINUTE
        return { ...stretch, rate: isHit ? stretch.rate * 10 : stretch.rate }
      }),
  }
}

const AFTER = 'from 5 min of the bake on'

export const BAKES: readonly BakeScenario[] = [
  ...STATIONARY,
  swinging('bake-swing', 'p₀ 1 % ± 50 % within 2 h, rising at the start', 0),
  swinging('bake-swing-low', 'the same, lowest at the start', -0.25),
  turningBad('bake-2', 'r = 2 from full traffic on', 2, {}, 0),
  turningBad('bake-2-later', `r = 2 ${AFTER}`, 2),
  turningBad('bake-half', `half of the requests fail ${AFTER}`, 50),
  turningBad('bake-all', `every request fails ${AFTER}`, Number.POSITIVE_INFINITY),
  turningBad('bake-5-rare', `50 rps, p₀ 0.1 %, r = 5 ${AFTER}`, 5, { rate: 0.001 }),
  turningBad('bake-5-slow', `5 rps, p₀ 1 %, r = 5 ${AFTER}`, 5, { rps: 5 }),
  incident('control-incident', 'tenfold on both sides for 5 min, control 5 %'),
  road('control-calm', '50 rps, p₀ 1 %, control 5 %', CONTROL),
  turningBad('control-5', 'r = 5 from the beginning of the bake, control 5 %', 5, CONTROL, 0),
  turningBad('control-5-later', `r = 5 ${AFTER}, control 5 %`, 5, CONTROL),
]

export function bakeOf(id: string): BakeScenario {
  const found = BAKES.find((scenario) => scenario.id === id)
  if (found === undefined) throw new Error(`no bake ${id}`)
  return found
}
