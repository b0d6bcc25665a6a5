import type { Bounds } from './events.ts'
import { gitsOf } from './world.ts'

/** What happens without anybody's fault: nothing of what `left` counts. */
const NOTHING = { hands: 0, faults: 0, verbs: 0, fails: 0 }

const [one, two, back, other, last, lastBehindThree] = gitsOf(
  ...[[1], [1, 2], [1, 2, 1], [1, 2, 3], [1, 2, 4], [1, 2, 1, 4]],
)
const TWO = { gits: [one ?? [], two ?? []], last: last ?? [] }
const THREE = {
  gits: [...TWO.gits, back ?? [], other ?? []],
  last: lastBehindThree ?? [],
}

const QUIET: Bounds = {
  ...TWO,
  says: ['good', 'bad'],
  hands: [],
  left: NOTHING,
  faults: [],
  verbs: [],
  controllers: 2,
}

const HANDS = { hands: ['deletes', 'moves', 'breaks'], left: { ...NOTHING, hands: 1 } } as const

/** Explored at every change. */
export const CHECKED: { readonly [name: string]: Bounds } = {
  'two controllers, a commit, and a crash, a lost answer or a list that hides something': {
    ...QUIET,
    faults: ['crash', 'lostAnswer', 'silentList'],
    left: { ...NOTHING, faults: 1 },
  },
  'two controllers, a commit, and an operation that fails': {
    ...QUIET,
    left: { ...NOTHING, fails: 1 },
  },
  'one controller, a commit, a crash, and a hand that deletes, moves traffic or breaks': {
    ...QUIET,
    ...HANDS,
    controllers: 1,
    faults: ['crash'],
    left: { ...HANDS.left, faults: 1 },
  },
  'one controller, a commit, an operation that fails, and an operator': {
    ...QUIET,
    controllers: 1,
    verbs: ['abort', 'undo', 'retry', 'promote', 'pause', 'resume'],
    left: { ...NOTHING, verbs: 1, fails: 1 },
  },
  'one controller, two commits, a provider that may say nothing, and a crash': {
    ...QUIET,
    ...THREE,
    controllers: 1,
    says: ['good', 'bad', 'nothing'],
    faults: ['crash'],
    left: { ...NOTHING, faults: 1 },
  },
}

/** Larger ones, explored by `npm run model`. */
export const LARGER: { readonly [name: string]: Bounds } = {
  'two controllers, a commit, and a hand': { ...QUIET, ...HANDS },
  'two controllers, two commits': { ...QUIET, ...THREE },
  'one controller, a commit, a hand and an operation that fails': {
    ...QUIET,
    ...HANDS,
    controllers: 1,
    left: { ...HANDS.left, fails: 1 },
  },
}

/** The first of them with a guard taken out; stopped at the first law that is broken. */
export const SABOTAGED: { readonly [name: string]: Bounds } = {
  'a GET right before a write that says what was read': {
    ...QUIET,
    left: { ...NOTHING, fails: 1 },
    without: 'groundCheck',
  },
  'a list whose silence is taken for a 404': {
    ...QUIET,
    controllers: 1,
    faults: ['silentList'],
    left: { ...NOTHING, faults: 1 },
    without: 'directGet',
  },
}
