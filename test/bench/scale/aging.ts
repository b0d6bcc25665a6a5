import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { readManifests } from '../../../src/core/manifests/read.ts'
import { snapshotOf } from '../../support/snapshot.ts'
import { type Bench, cpuRatio, type Figure, figure, HOUR_MS, MINUTE_MS } from './figure.ts'
import { converge, type Fleet, fleetFiles, nameOf, openFleet } from './fleet.ts'
import { keptBy } from './heap.ts'

/** What becomes of a controller with time and size: memory, history, restarts. */

/** B6: what a controller keeps of a fleet at rest, beside the workspace itself. */
async function keptBytes(size: number, isSabotaged: boolean): Promise<number> {
  const fleet = await openFleet({ size, isInstant: true })
  await converge(fleet)
  const leak: unknown[] = []
  for (let look = 0; look < 5; look += 1) {
    const report = await fleet.turn(MINUTE_MS)
    if (isSabotaged) leak.push(...Array.from({ length: 20 }, () => structuredClone(report)))
  }
  return keptBy(fleet, leak)
}

async function memory(isSabotaged: boolean): Promise<readonly Figure[]> {
  const [few, many] = [100, 400]
  const slope =
    ((await keptBytes(many, isSabotaged)) - (await keptBytes(few, isSabotaged))) /
    (2 * (many - few))
  return [figure('memory a resource, between 200 and 800 resources', slope / 1024, 6, 'KB')]
}

/** A description in the manifest of one endpoint of the fleet. */
function described(size: number, place: number, text: string) {
  const path = `${nameOf(place)}/endpoint.yml`
  const files = fleetFiles(size)
  return { ...files, [path]: `${files[path]}description: ${text}\n` }
}

const LOOKS_A_DAY = 12

/** What a controller keeps after so many days, with a look each two hours and a commit a day. */
async function keptAfter(days: number, size: number, isSabotaged: boolean): Promise<number> {
  const fleet = await openFleet({ size, isInstant: true })
  await converge(fleet)
  const leak: unknown[] = []
  for (let day = 0; day < days; day += 1) {
    fleet.commits.commit(described(size, day % 5, `day ${day}`))
    await converge(fleet)
    for (let look = 0; look < LOOKS_A_DAY; look += 1) {
      const report = await fleet.turn(2 * HOUR_MS)
      if (isSabotaged) leak.push(report)
    }
  }
  return keptBy(fleet, leak)
}

/**
 * B7: 200 days beside 100, by which all that is bounded is full. The workspace and the repository, which grow, are not
 * counted.
 */
async function months(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const half = await keptAfter(100, size, isSabotaged)
  const ratio = (await keptAfter(200, size, isSabotaged)) / half
  return [figure(`kept after 200 days ÷ after 100, ${size} endpoints`, ratio, 1.02, '×')]
}

/** Each endpoint as another commit has written it last, or all of them by the same one. */
async function grown(size: number, commits: number): Promise<Fleet> {
  const fleet = await openFleet({ size, isInstant: true })
  const step = Math.ceil(size / commits)
  for (let count = step; count < size + step; count += step) {
    fleet.commits.commit(fleetFiles(Math.min(count, size)))
    await converge(fleet)
  }
  return fleet
}

/** The cliff: as many commits on live resources as there are endpoints, and one for all. */
async function history(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const [many, one] = [await grown(size, size), await grown(size, 1)]
  const looks = async (): Promise<void> => {
    for (let turn = 0; turn < (isSabotaged ? 2 : 1); turn += 1) await many.turn(MINUTE_MS)
  }
  const ratio = await cpuRatio(looks, () => one.turn(MINUTE_MS))
  return [figure(`CPU of a look at ${size} commits on live resources ÷ at one`, ratio, 1.25, '×')]
}

type Death = 'no death' | 'files kept' | 'nothing kept'

/** B10: the process dies while Azure is at work on a commit to all endpoints, and its data directory stays, or does not. */
async function killed(size: number, death: Death, isSabotaged: boolean) {
  const keptIn = mkdtempSync(join(tmpdir(), 'verdigris-bench-'))
  const fleet = await openFleet({ size, keptIn })
  const { asked, world } = fleet
  try {
    await converge(fleet)
    const before = { ...asked }
    const stale = filesIn(keptIn)
    fleet.commits.commit(Object.fromEntries(Object.entries(fleetFiles(size)).map(changed)))
    await fleet.turn()
    if (death === 'nothing kept') rmSync(keptIn, { recursive: true })
    if (isSabotaged) for (const [file, text] of stale) writeFileSync(file, text)
    if (death !== 'no death') fleet.restart()
    const begun = { at: world.sandbox.clock.now(), taken: asked.taken }
    let nextMs = 0
    while (asked.taken === begun.taken) {
      nextMs = world.sandbox.clock.now() - begun.at
      await fleet.turn()
    }
    await converge(fleet)
    return {
      nextMs,
      taken: (asked.taken - before.taken) / size,
      refused: asked.refused - before.refused,
    }
  } finally {
    rmSync(keptIn, { recursive: true, force: true })
  }
}

function filesIn(folder: string): readonly (readonly [file: string, text: string])[] {
  return readdirSync(folder).map((name) => {
    const file = join(folder, name)
    return [file, readFileSync(file, 'utf8')]
  })
}

/** The time in which one token comes back: who knows nothing cannot do better. */
const TOKEN_S = 12

async function restart(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const alive = await killed(size, 'no death', false)
  const kept = await killed(size, 'files kept', isSabotaged)
  const lost = await killed(size, 'nothing kept', false)
  const late = (one: typeof alive): number => (one.nextMs - alive.nextMs) / 1000
  return [
    figure(`next write after a restart, later than without, ${size} endpoints`, late(kept), 1, 's'),
    figure('the same, data directory lost', late(lost), TOKEN_S, 's'),
    figure('writes that Azure took, an endpoint', Math.max(kept.taken, lost.taken), 1, ''),
    figure('429s, with a restart in the middle', kept.refused, 0, ''),
    figure('429s, with a restart in the middle, data directory lost', lost.refused, 0, ''),
  ]
}

/** Another number of instances in each deployment. */
function changed([path, text]: readonly [string, string]): readonly [string, string] {
  return [path, text.replace('instance_count: 1', 'instance_count: 2')]
}

/** B9: everything from nothing, beside the parser alone. */
async function cold(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const files = fleetFiles(size)
  const texts = Object.entries(files).filter(([path]) => path.endsWith('.yml'))
  const snapshot = snapshotOf(files)
  const understand = async (): Promise<void> => {
    for (let time = 0; time < (isSabotaged ? 4 : 1); time += 1)
      readManifests({ snapshot, variables: {} })
  }
  const ratio = await cpuRatio(understand, async () => {
    for (const [, text] of texts) parse(text)
  })
  const what = `${texts.length} manifests understood ÷ parsed by the same parser`
  return [figure(what, ratio, 1.25, '×')]
}

export const AGING: readonly Bench[] = [
  {
    id: 'B6',
    title: 'What a controller keeps',
    sabotage: 'a hundred reports are kept, too',
    measure: memory,
  },
  {
    id: 'B7',
    title: '200 days',
    sabotage: 'every report is kept',
    measure: (isSabotaged) => months(30, isSabotaged),
  },
  {
    id: 'B9',
    title: 'A cold start',
    sabotage: 'everything is read four times',
    measure: (isSabotaged) => cold(200, isSabotaged),
  },
  {
    id: 'B10',
    title: 'A restart in the middle of a commit',
    sabotage: 'the next process finds what was kept before the commit',
    measure: (isSabotaged) => restart(100, isSabotaged),
  },
  {
    id: 'history',
    title: 'Many commits on live resources',
    sabotage: 'two looks count as one',
    measure: (isSabotaged) => history(150, isSabotaged),
  },
]
