import { type BakeScenario, bakeOf, STATIONARY } from './bake-scenarios.ts'
import { BAKE_SHARES, type BakeDecisions } from './bakes.ts'
import { atLeast, atMost, type Bar, meanWithError, rateAtMost, shareOf, worstOf } from './bars.ts'
import type { Bench } from './bench.ts'
import { WINDOW_S } from './scenarios.ts'

/** The bake's share of 1 %. */
const SHARE_AT_MOST = 0.01 * BAKE_SHARES.alone

/** Aborts of a bake's runs: by all evidence, and by the bake's own. */
async function abortsOf(bench: Bench, id: string, margin: number) {
  const { some: runs } = bench
  const { window, inBake } = await bench.bake(id, runs, margin)
  const all = window.filter((at) => at >= 0).length
  const own = inBake.filter((one) => one === 1).length
  return { all: shareOf(all, runs), own: shareOf(own, runs), decisions: { window, inBake } }
}

/** C13: a good candidate, held in the bake against what stable was before. */
export async function frozenReference(bench: Bench): Promise<readonly Bar[]> {
  const shapes = await Promise.all(STATIONARY.map(({ id }) => abortsOf(bench, id, 1)))
  const [swing, low] = await Promise.all([
    abortsOf(bench, 'bake-swing', 1.1),
    abortsOf(bench, 'bake-swing-low', 1.1),
  ])
  const own = worstOf(
    shapes.map((shape) => shape.own),
    'atMost',
  )
  const all = worstOf(
    shapes.map((shape) => shape.all),
    'atMost',
  )
  const { runs } = bench
  const shares = shapes.map(({ own: estimate }, place): Bar => {
    const { id, title } = STATIONARY[place] as BakeScenario
    return rateAtMost({ id: `C13.${id.slice(5)}`, title, bar: SHARE_AT_MOST }, estimate, runs)
  })
  const ownText = 'false aborts by the frozen reference, ρ = 1: the worst of 12 shapes'
  const allText = 'and of the whole rollout, first weight to the end of the bake'
  return [
    rateAtMost({ id: 'C13', title: ownText, bar: SHARE_AT_MOST }, own, runs),
    rateAtMost({ id: 'C13.rollout', title: allText, bar: 0.01 }, all, runs),
    ...shares,
    rateAtMost({ id: 'C13.swing', title: bakeOf('bake-swing').title, bar: 0.01 }, swing.all, runs),
    reported('C13.swing-low', bakeOf('bake-swing-low').title, low.all.value, '%'),
  ]
}

/** C14: good in the canary, bad in the bake; the default margin. */
export async function turnsBad(bench: Bench): Promise<readonly Bar[]> {
  const few = Math.ceil(bench.some / 5)
  const run = async (id: string) => {
    const decisions = await bench.bake(id, few, 1.1)
    return { seconds: secondsOf(decisions, bakeOf(id)), decisions, title: bakeOf(id).title }
  }
  const ids = ['bake-2', 'bake-half', 'bake-all', 'bake-2-later', 'bake-5-rare', 'bake-5-slow']
  const [twice, half, all, ...others] = await Promise.all(ids.map(run))
  if (twice === undefined || half === undefined || all === undefined) return []
  const bar = (id: string, { seconds, title }: typeof twice, most: number): Bar =>
    atMost(
      { id, title: `${title}: mean`, bar: most, unit: 's' },
      meanWithError(seconds),
      bench.runs,
    )
  return [
    bar('C14.twice', twice, 120),
    bar('C14.half', half, WINDOW_S),
    bar('C14.all', all, WINDOW_S),
    ...others.map(({ seconds, title }, place) =>
      reported(
        `C14.${(ids[place + 3] ?? '').slice(5)}`,
        `${title}: mean`,
        meanWithError(seconds).value,
        's',
      ),
    ),
  ]
}

/** C15: a twentieth of the traffic stays on stable. */
export async function controlGroup(bench: Bench): Promise<readonly Bar[]> {
  const [incident, calm] = await Promise.all([
    abortsOf(bench, 'control-incident', 1),
    abortsOf(bench, 'control-calm', 1),
  ])
  const few = Math.ceil(bench.some / 5)
  const foundAt = async (id: string, ratio: number) => {
    const seconds = secondsOf(await bench.bake(id, few, ratio), bakeOf(id))
    return shareOf(seconds.filter((one) => one <= 300).length, seconds.length)
  }
  const [found, margin, later] = await Promise.all([
    foundAt('control-5', 1),
    foundAt('control-5', 1.1),
    foundAt('control-5-later', 1),
  ])
  const text = (id: string) => bakeOf(id).title
  const { runs } = bench
  const foundText = {
    id: 'C15.found',
    title: `${text('control-5')}, ρ = 1: found in 5 min`,
    bar: 0.99,
  }
  return [
    rateAtMost({ id: 'C15', title: text('control-incident'), bar: 0.01 }, incident.all, runs),
    rateAtMost({ id: 'C15.calm', title: text('control-calm'), bar: 0.01 }, calm.all, runs),
    atLeast({ ...foundText, unit: '%' }, found, runs),
    reported('C15.margin', 'the same, ρ = 1.1', margin.value, '%'),
    reported('C15.later', `${text('control-5-later')}, ρ = 1: found in 5 min`, later.value, '%'),
  ]
}

/**
 * From when the candidate is bad to the verdict; a run without one counts to the end of its bake, and one that was aborted
 * while the candidate was good does not count.
 */
function secondsOf({ window }: BakeDecisions, { bad, windows }: BakeScenario): Float64Array {
  const counted = window.filter((at) => at < 0 || at >= bad)
  return Float64Array.from(counted, (at) => ((at < 0 ? windows : at + 1) - bad) * WINDOW_S)
}

function reported(id: string, title: string, value: number, unit: '%' | 's'): Bar {
  return { id, title, value, unit, met: true }
}
