import { atLeast, atMost, type Bar, meanWithError, rateAtMost, shareOf, worstOf } from './bars.ts'
import { aborts, type Bench } from './bench.ts'
import { SCENARIOS, SHAPES, WINDOW_S } from './scenarios.ts'
import type { Decisions } from './simulate.ts'
import { leastRequests, quantileOf } from './statistics.ts'

const A = { weight: 0.1, rate: 0.01, alpha: 0.01 }

/** C1: false aborts without any margin, in the worst of twelve shapes, and in each. */
export async function falseAborts(bench: Bench): Promise<readonly Bar[]> {
  const shapes = await Promise.all(
    SHAPES.map(async ({ id, title }) => {
      const estimate = shareOf(aborts(await bench.judge(id, bench.runs)), bench.runs)
      const bar = rateAtMost({ id: `C1.${id}`, title, bar: 0.01 }, estimate, bench.runs)
      return { ...bar, ...estimate }
    }),
  )
  const worst = worstOf(shapes, 'atMost')
  const text = {
    id: 'C1',
    title: 'false aborts at r = 1, ρ = 1: the worst of 12 shapes',
    bar: 0.01,
  }
  return [rateAtMost(text, worst, bench.runs), ...shapes]
}

/** C2 */
export async function sharedIncident(bench: Bench): Promise<readonly Bar[]> {
  const estimate = shareOf(aborts(await bench.judge('incident', bench.runs)), bench.runs)
  const title = 'false aborts, tenfold incident on both sides'
  return [rateAtMost({ id: 'C2', title, bar: 0.01 }, estimate, bench.runs)]
}

/** C3: mean candidate requests over Wald's bound; in windows of a second, so that it is the judge's and not the grid's. */
export async function efficiency(bench: Bench): Promise<readonly Bar[]> {
  const rows = [
    [2, 1, 1.25],
    [5, 1, 1.5],
    [2, 1.1, 1.25],
    [5, 1.1, 1.5],
  ] as const
  return Promise.all(
    rows.map(async ([ratio, margin, bar]) => {
      const { requests } = await bench.judge(`fine-${ratio}`, bench.some, { margin })
      const least = leastRequests({ ...A, ratio, margin })
      const estimate = meanWithError(requests.map((count) => count / least))
      const id = margin === 1 ? `C3.r${ratio}` : `C3.r${ratio}-margin`
      const title = `mean requests over the bound at r = ${ratio}, ρ = ${margin}`
      return atMost({ id, title, bar, unit: 'x' }, estimate, bench.runs)
    }),
  )
}

/** C4 and C5 at ρ = 1, and with the default margin, where the bound itself is higher. */
export async function power(bench: Bench): Promise<readonly Bar[]> {
  const { some, runs } = bench
  const [plain, rare, margin, rareMargin] = await Promise.all([
    bench.judge('a-2-0.01', some),
    bench.judge('a-2-0.001', some),
    bench.judge('a-2-0.01', some, { margin: 1.1 }),
    bench.judge('a-2-0.001', some, { margin: 1.1 }),
  ])
  const p90 = (decisions: Decisions): Bar => {
    const value = quantileOf(decisions.requests, 0.9)
    const text = { id: 'C4.p90', title: 'r = 2, p₀ 1 %, ρ = 1: 90 % within', bar: 3200 }
    return atMost({ ...text, unit: 'requests' }, { value, low: value * 0.93, high: value }, runs)
  }
  const found = (id: string, title: string, bar: number, decisions: Decisions): Bar =>
    atLeast({ id, title, bar, unit: '%' }, shareOf(aborts(decisions), some), runs)
  const mean = meanWithError(plain.requests)
  const meanText = { id: 'C4.mean', title: 'r = 2, p₀ 1 %, ρ = 1: mean', bar: 1700 } as const
  return [
    found('C4.power', 'r = 2, p₀ 1 %, ρ = 1, 3 h: found', 0.999, plain),
    atMost({ ...meanText, unit: 'requests' }, mean, runs),
    p90(plain),
    reported('C4.margin', 'r = 2, p₀ 1 %, ρ = 1.1: mean', meanWithError(margin.requests).value),
    found('C5', 'r = 2, p₀ 0.1 %, ρ = 1, 3 h: found', 0.99, rare),
    reported('C5.margin', 'r = 2, p₀ 0.1 %, ρ = 1.1, 3 h: found', aborts(rareMargin) / some, '%'),
  ]
}

function reported(
  id: string,
  title: string,
  value: number,
  unit: NonNullable<Bar['unit']> = 'requests',
): Bar {
  return { id, title, value, unit, met: true }
}

const BROKEN = SCENARIOS.filter(({ id }) => id.startsWith('broken-'))

/** The one cell in which too few of stable's requests come for a comparison to be quicker. */
const isThin = (id: string) => id.endsWith('-0.5-1')

/** C6: decided by the end of the window in which the tenth candidate request came. */
export async function totalFailure(bench: Bench): Promise<readonly Bar[]> {
  const runs = Math.ceil(bench.runs / 10)
  const cells = await Promise.all(
    BROKEN.map(async ({ id }) => {
      const { before, window } = await bench.judge(id, runs, { margin: 1.1 })
      const inTime = before.filter((count, run) => count < 10 && (window[run] as number) >= 0)
      return { id, ...shareOf(inTime.length, runs) }
    }),
  )
  const usual = worstOf(
    cells.filter(({ id }) => !isThin(id)),
    'atLeast',
  )
  const thin = worstOf(
    cells.filter(({ id }) => isThin(id)),
    'atLeast',
  )
  const hurt = 'broken-0.01-0.05-50'
  const [ours, argo] = await Promise.all([
    bench.judge(hurt, runs, { margin: 1.1 }),
    bench.peer(hurt, runs, 'Argo docs rule, 95 %, 4 fails'),
  ])
  const share = meanWithError(ours.errors).value / meanWithError(argo.errors).value
  const hurtText = { id: 'C6.hurt', title: "failed requests, over those of Argo's rule", bar: 0.05 }
  const text = { id: 'C6', title: 'total failure: decided in the window of the tenth request' }
  return [
    atLeast({ ...text, bar: 0.99, unit: '%' }, usual, bench.runs),
    reported('C6.thin', 'the same at 1 rps and half of the traffic', thin.value, '%'),
    atMost({ ...hurtText, unit: 'x' }, { value: share, low: share, high: share }, bench.runs),
  ]
}

/** C8: passes of what is 1.5 and 2 times as bad, at any moment of three hours; also by the tolerated rate. */
export async function missedRegressions(bench: Bench): Promise<readonly Bar[]> {
  const { some } = bench
  const passed = async (ratio: number, rate: number, tolerate?: number) => {
    const more = { margin: 1.1, passes: true, ...(tolerate === undefined ? {} : { tolerate }) }
    const runs = ratio === 1.5 ? bench.runs : some
    const { pass } = await bench.judge(`promote-${ratio}-${rate}`, runs, more)
    const times = pass.filter((window) => window >= 0)
    return { ...shareOf(times.length, runs), seconds: meanWithError(times).value * WINDOW_S }
  }
  const rates = [0.01, 0.005, 0.001]
  const [worse, twice, equal] = await Promise.all([
    Promise.all([...rates.map((rate) => passed(1.5, rate)), passed(1.5, 0.01, 0.015)]),
    Promise.all(rates.map((rate) => passed(2, rate))),
    passed(1, 0.01),
  ])
  const text = { id: 'C8', title: 'passes at r = 1.5, whenever looked: the worst', bar: 0.05 }
  const twiceText = { id: 'C8.twice', title: 'passes at r = 2: the worst', bar: 0.005 }
  return [
    rateAtMost(text, worstOf(worse, 'atMost'), bench.runs),
    rateAtMost(twiceText, worstOf(twice, 'atMost'), bench.runs),
    reported('C8.equal', 'passes at r = 1, p₀ 1 %, within 3 h', equal.value, '%'),
    reported('C8.time', 'and after, on average', equal.seconds, 's'),
  ]
}

/** C9: each side's error rate scatters on its own from window to window; the default margin. */
export async function overdispersion(bench: Bench): Promise<readonly Bar[]> {
  const { some, runs } = bench
  const rate = async (id: string, count: number) =>
    shareOf(aborts(await bench.judge(id, count, { margin: 1.1 })), count)
  const [nulls, powers, lasting, minutes] = await Promise.all([
    Promise.all(['a-1-0.01-cv0.5', 'a-1-0.01-cv1', 'noise-half'].map((id) => rate(id, some))),
    Promise.all(['a-2-0.01-cv0.5', 'a-2-0.01-cv1'].map((id) => rate(id, some))),
    rate('lasting-noise', some),
    rate('lasting-noise-minutes', some),
  ])
  const text = {
    id: 'C9',
    title: 'false aborts under noise, CV ≤ 1: the worst of three',
    bar: 0.01,
  }
  const powerText = { id: 'C9.power', title: 'found under noise, r = 2: the worst', bar: 0.99 }
  return [
    rateAtMost(text, worstOf(nulls, 'atMost'), runs),
    atLeast({ ...powerText, unit: '%' }, worstOf(powers, 'atLeast'), runs),
    reported(
      'C9.lasting',
      'false aborts when noise (± 50 %) lasts for 6 windows',
      lasting.value,
      '%',
    ),
    reported('C9.minutes', 'the same, judged in windows of a minute', minutes.value, '%'),
  ]
}
