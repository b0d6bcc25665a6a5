import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { DEFAULT_LIMITS } from '../../../src/adapters/azure/limits.ts'
import { readManifests } from '../../../src/core/manifests/read.ts'
import { createTraffic } from '../../../src/sandbox/index.ts'
import type { Files } from '../../support/commits.ts'
import { rolloutFiles } from '../../support/rollout-files.ts'
import { snapshotOf } from '../../support/snapshot.ts'
import { AGING } from './aging.ts'
import {
  type Bench,
  cpuOf,
  cpuRatio,
  type Figure,
  figure,
  HOUR_MS,
  MINUTE_MS,
  medianOf,
} from './figure.ts'
import { converge, fleetFiles, leastMs, nameOf, openFleet, untilServing } from './fleet.ts'
import { IDLE } from './idle.ts'
import { SERVING } from './serving.ts'
import { YEAR } from './year.ts'

/**
 * B1 and B2: a new fleet, on the sandbox as shipped. What is read in turn grows with time and not with work, and has a bar of
 * its own (B3): its share is told beside the reads for the work itself.
 */
async function convergence(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const fleet = await openFleet({ size, ...(isSabotaged ? { pollMs: 300_000 } : {}) })
  const ms = await converge(fleet)
  const { reads, refused } = fleet.asked
  const working = await openFleet({ size, limits: { auditShare: 0 } })
  await converge(working)
  const forWork = isSabotaged ? reads : working.asked.reads
  const inTurn = (reads - working.asked.reads) / ((ms / 1000) * DEFAULT_LIMITS.reads.perSecond)
  return [
    figure(`commit → converged ÷ lower bound, ${size} endpoints`, ms / leastMs(fleet), 1.05, '×'),
    figure(`reads an endpoint for the work, ${size} endpoints`, forWork / size, 20, ''),
    figure(`share of the read bucket in turn, ${size} endpoints`, inTurn * 100, 10, '%'),
    figure(`429s, ${size} endpoints`, refused, 0, ''),
  ]
}

/** B3: an hour at rest, a look a minute. */
async function rest(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const fleet = await openFleet({
    size,
    isInstant: true,
    ...(isSabotaged ? { limits: { auditShare: 10, reads: { burst: 5_000, perSecond: 25 } } } : {}),
  })
  await converge(fleet)
  const { asked } = fleet
  const before = { ...asked }
  for (let minute = 0; minute < HOUR_MS / MINUTE_MS; minute += 1) await fleet.turn(MINUTE_MS)
  const share = (asked.reads - before.reads) / (25 * (HOUR_MS / 1000))
  return [
    figure(`share of the read bucket at rest, ${size} endpoints`, share * 100, 10, '%'),
    figure(`writes at rest, ${size} endpoints`, asked.writes - before.writes, 0, ''),
  ]
}

/** B5: a look at rest, as CPU time and beside the parsing of what it is about, round by round. */
async function look(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const fleet = await openFleet({ size, isInstant: true })
  await converge(fleet)
  const { body } = await fleet.world.get('onlineEndpoints')
  const page = JSON.stringify(body)
  const items = (body.value as readonly unknown[]).length
  const looks = async (): Promise<void> => {
    for (let turn = 0; turn < (isSabotaged ? 50 : 1); turn += 1) await fleet.turn(MINUTE_MS)
  }
  // As often as there are endpoints and deployments, and twenty times that, since it is so short.
  const times = Math.ceil((2 * size) / items)
  const ratio = await cpuRatio(looks, async () => {
    for (let time = 0; time < 20 * times; time += 1) JSON.parse(page)
  })
  return [figure(`CPU of a look ÷ JSON.parse, ${size} endpoints`, 20 * ratio, 3, '×')]
}

const CHANGED = `${nameOf(0)}/endpoint.yml`

/** B8, B9: a commit that changes one file of many, as a share of the first one. */
async function commit(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const files = fleetFiles(size)
  const variables = {}
  const read = (revision: string) => {
    const changed = {
      ...files,
      [CHANGED]: `${files[CHANGED]}# ${revision}\n`,
    }
    const snapshot = snapshotOf(changed, { revision })
    const said = isSabotaged ? {} : variables
    return cpuOf(async () => readManifests({ snapshot, variables: said }))
  }
  const first = await cpuOf(async () =>
    readManifests({ snapshot: snapshotOf(files), variables: {} }),
  )
  const later = await medianOf((round) => read(`c${round}`))
  return [figure(`one file of ${2 * size} changed ÷ all read`, later / first, 0.3, '×')]
}

/** What takes so many times as long is taken for endless. */
const GIVEN_UP = 3

/** B11: two of twenty endpoints are answered 429 for ever. */
async function isolation(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const others = Array.from({ length: size - 2 }, (_, place) => nameOf(place + 2))
  const faults = isSabotaged
    ? ['Throttled:method=GET,retryAfterSeconds=30']
    : [0, 1].map((place) => `Throttled:endpoint=${nameOf(place)},retryAfterSeconds=30`)
  const clean = await untilServing(await openFleet({ size }), others)
  const poisoned = await untilServing(await openFleet({ size, faults }), others, GIVEN_UP * clean)
  return [
    figure(
      `others’ convergence beside 2 of ${size} that are throttled ÷ without`,
      poisoned / clean,
      1.05,
      '×',
    ),
  ]
}

const BAD = { 'sandbox.error_ratio': '0.5', 'sandbox.answer': '{"score": 0.5}' }
const ABORTED_WITHIN = 200
/** From then on readings are believed to show what was written. */
const SETTLED_MS = 5 * MINUTE_MS

/** B12: a candidate turns out to be bad in a workspace of many others: what the look asks for that takes its traffic back. */
async function abort(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const rollout = (model: number): Files =>
    within(
      'rollout',
      rolloutFiles({
        model,
        behaviours: { 2: isSabotaged ? {} : BAD },
        steps: '\n        - setWeight: 10\n        - pause: { duration: 3h }',
      }),
    )
  const fleet = await openFleet({ size, isInstant: true, others: rollout(1) })
  createTraffic(fleet.world.sandbox, { endpoint: 'fraud', seed: 1, rate: 50 })
  await converge(fleet)
  await fleet.turn(SETTLED_MS)
  fleet.commits.commit({ ...fleetFiles(size), ...rollout(2) })
  for (let turn = 0; turn < ABORTED_WITHIN; turn += 1) {
    const before = fleet.asked.reads
    const { outcomes } = await fleet.turn()
    if (outcomes.some(({ action }) => action.turn?.result === 'aborted'))
      return [
        figure(
          `reads of the look that aborts, beside ${size} others`,
          fleet.asked.reads - before,
          2,
          '',
        ),
      ]
  }
  return [
    figure(`reads of the look that aborts, beside ${size} others`, Number.POSITIVE_INFINITY, 2, ''),
  ]
}

function within(folder: string, files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]),
  )
}

const run = promisify(execFile)

/** CPU of short commands, the median of five, beyond that of a Node that does nothing. */
async function starts(isSabotaged: boolean): Promise<readonly Figure[]> {
  const env = isSabotaged ? { NODE_DISABLE_COMPILE_CACHE: '1' } : {}
  const bareMs = await cpuOfNode(['-e', '0'], {})
  const figures: Figure[] = []
  for (const [what, words, bar] of STARTS) {
    const ms = await cpuOfNode(['src/verdigris.js', ...words], env)
    figures.push(figure(`CPU of ${what}, beyond Node’s own`, ms - bareMs, bar, 'ms'))
  }
  return figures
}

const STARTS: readonly (readonly [string, readonly string[], number])[] = [
  ['--help', ['--help'], 150],
  ['validate of one file', ['validate', 'manifests/workspace/endpoint.yml'], 300],
]

/** A module that tells at the end what the process has used, in microseconds. */
const TELLS_CPU =
  "data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();process._rawDebug('CPU '+(user+system))})"

async function cpuOfNode(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  return medianOf(async () => {
    const { stderr } = await run(process.execPath, ['--import', TELLS_CPU, ...words], {
      env: { ...process.env, ...env },
    })
    return Number(/CPU (\d+)/.exec(stderr)?.[1]) / 1000
  }, 5)
}

/** Every bench, by the names of PERFORMANCE. */
export const BENCHES: readonly Bench[] = [
  {
    id: 'B1,B2',
    title: 'A new fleet, on the sandbox as shipped',
    sabotage: 'a look every five minutes',
    measure: async (isSabotaged) => [
      ...(await convergence(50, isSabotaged)),
      ...(await convergence(100, isSabotaged)),
    ],
  },
  {
    id: 'B3',
    title: 'An hour at rest',
    sabotage: 'everything is read at every look',
    measure: (isSabotaged) => rest(200, isSabotaged),
  },
  {
    id: 'B5',
    title: 'One look at rest',
    sabotage: 'fifty looks count as one',
    measure: (isSabotaged) => look(200, isSabotaged),
  },
  {
    id: 'B8',
    title: 'A commit of one file',
    sabotage: 'nothing is remembered of the commit before',
    measure: (isSabotaged) => commit(400, isSabotaged),
  },
  {
    id: 'B11',
    title: 'Some endpoints are refused for ever',
    sabotage: 'every read is refused',
    measure: (isSabotaged) => isolation(20, isSabotaged),
  },
  {
    id: 'B12',
    title: 'An abort in a large workspace',
    sabotage: 'the candidate is a good one',
    measure: (isSabotaged) => abort(100, isSabotaged),
  },
  {
    id: 'start',
    title: 'Short commands',
    sabotage: 'every start compiles anew',
    measure: starts,
  },
  ...AGING,
  ...SERVING,
  ...IDLE,
  ...YEAR,
  {
    id: 'large',
    title: 'A new fleet of 500 endpoints, on the sandbox as shipped',
    sabotage: 'a look every five minutes',
    isLong: true,
    measure: (isSabotaged) => convergence(500, isSabotaged),
  },
]
