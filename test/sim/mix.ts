import { scenarioOf, WORKLOADS } from './workloads/index.ts'
import { type Dice, diceOf, MINUTE } from './workloads/workload.ts'
import {
  type CallFault,
  type CallFaultName,
  faultsEndAt,
  isFault,
  type Scenario,
  type SimEvent,
} from './world/scenario.ts'
import { CALL_FAULTS } from './world/strikes.ts'

/** Codes with which accepted operations have failed (ERRORS 3, and the troubleshooting page). */
const CODES = [
  'InternalServerError',
  'OperationCanceled',
  'ACRTokenExchangeFailed',
  'OutOfQuota',
  'ImageBuildFailure',
  'ResourceNotReady',
  'BadArgument',
  'ModelRegistryError',
  'ResourceNotFound',
  'SubscriptionNotRegistered',
  'StorageManifestError',
] as const

/** Codes that pass: what failed with one must succeed in the end. */
export const PASSING: ReadonlySet<string | number> = new Set(CODES.slice(0, 3))

const AIMS = [
  undefined,
  '* onlineEndpoints',
  'PUT onlineEndpoints',
  'PUT onlineEndpoints',
  'PUT onlineEndpoints/deployments',
  'PUT onlineEndpoints/deployments',
  'DELETE onlineEndpoints/deployments',
  'GET onlineEndpoints',
  'GET onlineEndpoints',
  'GET onlineEndpoints/deployments',
  'GET onlineEndpoints/deployments',
  'GET series',
  'POST score',
  'PUT models/versions',
] as const

type Maker = (dice: Dice, scenario: Scenario, at: number) => readonly SimEvent[]

/** Faults by sort: a seed takes some of the sorts, so that each is also met without the others. */
const SORTS: Readonly<Record<string, Maker>> = {
  call: (dice, _, at) => [{ at, do: 'call', ...callFault(dice, CALL_FAULTS) }],
  write: (dice, _, at) => {
    const fault = callFault(dice, [
      'lost',
      'fails',
      '400',
      '409',
      'crashAfter',
      'neverEnds',
      'late',
    ])
    const on = dice.pick([
      'PUT onlineEndpoints',
      'PUT onlineEndpoints/deployments',
      'DELETE onlineEndpoints/deployments',
    ])
    return [{ at, do: 'call', ...fault, on }]
  },
  read: (dice, _, at) => {
    const fault = callFault(dice, ['stale', 'stale', 'omits', 'repeats', '404', '500'])
    const on = dice.pick(['GET onlineEndpoints', 'GET onlineEndpoints/deployments'])
    return [{ at, do: 'call', ...fault, on }]
  },
  crash: (dice, scenario, at) => [
    {
      ...{ at, do: dice.chance(0.7) ? 'crash' : 'freeze' },
      controller: dice.pick(scenario.controllers).name,
      forMs: dice.pick([1, 1, 3, 8]) * MINUTE,
    },
  ],
  git: (dice, scenario, at) => {
    const application = dice.pick(scenario.applications).name
    const is = dice.pick(['down', 'down', 'slow', 'shallow'] as const)
    const forMs = dice.int(1, 12) * MINUTE
    return isFolder(scenario, application) ? [] : [{ at, do: 'git', application, is, forMs }]
  },
  gitAndCrash: (dice, scenario, at) => {
    const { name: controller, application } = dice.pick(scenario.controllers)
    const down = {
      at,
      do: 'git',
      application,
      is: 'down',
      forMs: dice.int(5, 15) * MINUTE,
    } as const
    return [
      ...(isFolder(scenario, application) ? [] : [down]),
      { at: at + dice.int(5, 120) * 1000, do: 'crash', controller, forMs: 20_000 },
    ]
  },
  disk: (dice, scenario, at) => {
    const { name: controller } = dice.pick(scenario.controllers)
    const crash = { at: at + dice.int(1, 60) * 1000, do: 'crash', controller, forMs: 20_000 }
    return [{ at, do: 'diskGone' }, ...(dice.chance(0.7) ? [crash as SimEvent] : [])]
  },
  provider: (dice, _, at) => {
    const is = dice.pick(['down', 'late', 'nan', 'reset', 'doubled'] as const)
    return [{ at, do: 'provider', is, forMs: dice.int(1, 12) * MINUTE }]
  },
  clock: (dice, _, at) => {
    const of = dice.pick(['controller', 'azure', 'provider'] as const)
    if (dice.chance(0.4)) return [{ at, do: 'clock', of, fast: dice.pick([0.01, -0.01]) }]
    return [{ at, do: 'clock', of, jumpMs: dice.pick([60, -60, 5]) * MINUTE }]
  },
  slow: (dice, _, at) => [
    { at, do: 'slowCalls', eachMs: dice.pick([500, 2000]), forMs: dice.int(1, 8) * MINUTE },
  ],
  quota: (dice, _, at) => [
    { at, do: 'quota', cores: dice.int(0, 24), forMs: dice.int(3, 12) * MINUTE },
  ],
}

/** It lies on the controller's own disk: nothing is between the two, and there is no copy of it (docs/decisions.md). */
function isFolder({ applications }: Scenario, name: string): boolean {
  return applications.some((one) => one.name === name && one.source === 'folder')
}

function callFault(dice: Dice, names: readonly CallFaultName[]): CallFault {
  const is = dice.pick(names)
  const on = dice.pick(AIMS)
  const times = dice.chance(0.65) ? 1 : dice.int(2, 6)
  const skip = dice.chance(0.7) ? 0 : dice.int(1, 10)
  const further = withOf(dice, is)
  return {
    is,
    ...(on === undefined ? {} : { on }),
    ...(times === 1 || is.startsWith('crash') ? {} : { times }),
    ...(skip === 0 ? {} : { skip }),
    ...(further === undefined ? {} : { with: further }),
  }
}

function withOf(dice: Dice, is: CallFaultName): string | number | undefined {
  switch (is) {
    case 'fails':
      return dice.pick(CODES)
    case 'stale':
      return dice.int(1, 4)
    case 'omits':
      return dice.int(0, 2)
    case 'late':
      return dice.pick([3, 10])
    case '429after':
      return dice.pick([5, 60, 300])
    default:
      return undefined
  }
}

/** The scenario of a seed: a workload, and faults of a few sorts at moments when something happens. */
export function scenarioOfSeed(seed: number, name?: string): Scenario {
  const dice = diceOf(`swarm ${seed}`)
  const drawn = dice.pick(WORKLOADS)
  const workload = WORKLOADS.find((one) => one.name === name) ?? drawn
  const scenario = scenarioOf(workload, seed)
  const sorts = Object.values(SORTS).filter(() => dice.chance(0.35))
  const count = dice.chance(0.1) ? 0 : dice.pick([1, 1, 2, 2, 3, 4, 6])
  const faults = Array.from({ length: sorts.length === 0 ? 0 : count }, () =>
    dice.pick(sorts)(dice, scenario, momentIn(scenario, dice)),
  ).flat()
  return withFaults(scenario, faults)
}

function momentIn({ events }: Scenario, dice: Dice): number {
  const acts = events.filter(({ at }) => at > 0)
  if (acts.length === 0 || dice.chance(0.4)) return dice.at(1, 20)
  return dice.pick(acts).at + dice.int(0, 240) * 1000
}

const SETTLES_MS = 40 * MINUTE

/** A scenario in which this goes wrong besides. */
export function withFaults(scenario: Scenario, faults: readonly SimEvent[]): Scenario {
  if (faults.length === 0) return scenario
  const events = [...scenario.events, ...faults].sort((left, right) => left.at - right.at)
  return {
    ...scenario,
    events,
    expectation: expectedWith(scenario, faults),
    lengthMs: Math.max(scenario.lengthMs, faultsEndAt({ events }) + SETTLES_MS),
  }
}

/** What may not come right by itself is not expected to. */
export function expectedWith(
  { expectation, events }: Scenario,
  faults: readonly SimEvent[],
): Scenario['expectation'] {
  // While Azure does not end its work, a deadline passes, and what is committed meanwhile is the first that comes up.
  const isLate = faults.some((event) => event.do === 'call' && LATE.includes(event.is))
  const waits = expectation.converges && !events.some(hasDeadline)
  // What is not made before there is no room is made after it, by another order.
  const isMissed = events.some(isQuota) && faults.length > 0
  if (faults.every(comesRight) && !isMissed && (!isLate || waits)) return expectation
  const { endsOn, ...further } = expectation
  return { ...further, converges: false }
}

const LATE: readonly string[] = ['neverEnds', 'late']

function hasDeadline(event: SimEvent): boolean {
  if (event.do !== 'commit') return false
  const endpoints = Object.values(event.tree.endpoints ?? {})
  return endpoints.some((one) => 'deadline' in one)
}

function isQuota(event: SimEvent): boolean {
  return event.do === 'quota'
}

/** Whether the world must be as if this had not been, once it is over. */
export function comesRight(event: SimEvent): boolean {
  if (!isFault(event)) return true
  if (isQuota(event)) return false
  if (event.do !== 'call') return true
  // A golden request that is not answered three times in a row is a verdict.
  if (event.on === 'POST score' && (event.times ?? 1) > 2) return false
  if (event.is === 'fails') return PASSING.has(event.with ?? 'InternalServerError')
  return !['400', '404', '412'].includes(event.is)
}
