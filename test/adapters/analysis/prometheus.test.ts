import { describe, expect, test } from '@jest/globals'
import type { Sample } from '../../../src/core/model/measurements/measurement.ts'
import { ABOUT, json, measureOne, question, reasonOf, START_MS, serve } from './stage.ts'

const FIELDS = {
  server: 'default',
  requests: 'hits_total',
  errors: { label: 'code', values: ['424', '500'] },
  histogram: 'took_seconds',
  ...{ endpointLabel: 'endpoint', deploymentLabel: 'deployment', match: {} },
  replicaLabel: 'prometheus_replica',
}
// Two windows before the start, two after it.
const RANGE = { ...ABOUT, endMs: START_MS + 20_000 }
const SERIES = question({ provider: 'prometheus', query: FIELDS, about: RANGE })
const NUMBER = question({
  provider: 'prometheus',
  wants: 'value',
  query: { ...FIELDS, query: 'rate{e="{{endpoint}}",d="{{deployment}}",s="{{stable}}"}' },
})

type Labels = Readonly<Record<string, string>>

/** A series with a value at each instant of the range; undefined = the server has none there. */
function series(name: string, labels: Labels, values: readonly (number | string | undefined)[]) {
  const points = values.map((value, place) => [START_MS / 1000 - 20 + place * 10, String(value)])
  return {
    metric: { __name__: name, endpoint: 'fraud', ...labels },
    values: points.filter((_, place) => values[place] !== undefined),
  }
}

function matrix(...result: readonly unknown[]) {
  return json({ status: 'success', data: { resultType: 'matrix', result } })
}

async function sidesOf(...result: readonly unknown[]) {
  const { url } = await serve(matrix(...result))
  const { measurement } = await measureOne({ prometheus: { default: { url } } }, SERIES)
  if (measurement.is !== 'series') throw new Error(JSON.stringify(measurement))
  return measurement.series
}

const blue = { deployment: 'blue', code: '200' }
const green = { deployment: 'green', code: '200' }
const counts = (samples: readonly Sample[]) => samples.map((one) => [one.requests, one.errors])

describe('a range of counters', () => {
  test('is one query for both sides, on the grid through the start', async () => {
    const { url, asked } = await serve(matrix(series('hits_total', blue, [1, 2, 3, 4, 5])))
    await measureOne({ prometheus: { default: { url: `${url}/prom` } } }, SERIES)
    expect(asked).toHaveLength(1)
    const { pathname, searchParams } = new URL(asked[0]?.url ?? '', url)
    expect([pathname, ...searchParams]).toEqual([
      '/prom/api/v1/query_range',
      [
        'query',
        '{__name__=~"hits_total|took_seconds_bucket",endpoint="fraud",deployment=~"blue|green"}',
      ],
      ['start', String(START_MS / 1000 - 20)],
      ['end', String(START_MS / 1000 + 20)],
      ['step', '10'],
    ])
  })

  test('sums what instances and statuses counted, and tells errors by their label', async () => {
    const sides = await sidesOf(
      series('hits_total', { ...blue, instance: 'a' }, [10, 20, 30, 40, 50]),
      series('hits_total', { ...blue, instance: 'b' }, [1, 2, 3, 4, 5]),
      series('hits_total', { ...blue, code: '500' }, [0, 0, 1, 1, 2]),
      series('hits_total', green, [undefined, undefined, 0, 7, 9]),
    )
    expect(counts(sides.stable)).toEqual([
      [11, 0],
      [22, 0],
      [34, 1],
      [45, 1],
      [57, 2],
    ])
    expect(sides.candidate.map(({ at }) => at - START_MS)).toEqual([0, 10_000, 20_000])
    expect(counts(sides.candidate)).toEqual([
      [0, 0],
      [7, 0],
      [9, 0],
    ])
  })

  test('counts once what both servers of a pair scraped, and takes the one that saw more', async () => {
    const pair = (labels: Labels, first: readonly (number | undefined)[]) => [
      series('hits_total', { ...labels, prometheus_replica: 'a' }, first),
      series('hits_total', { ...labels, prometheus_replica: 'b' }, [10, 20, 29, 40, 50]),
    ]
    const { stable, candidate } = await sidesOf(
      ...pair({ ...blue, instance: '1' }, [10, 21, undefined, 41, 51]),
      ...pair({ ...blue, instance: '2' }, [undefined, undefined, undefined, 41, 51]),
      ...pair({ ...green, code: '500' }, [10, 20, 30, 40, 50]),
    )
    expect(counts(stable).map(([requests]) => requests)).toEqual([20, 40, 58, 80, 100])
    expect(counts(candidate)).toEqual([10, 20, 30, 40, 50].map((count) => [count, count]))
  })

  test('goes on where one instance of several began anew, and holds one that is missing', async () => {
    const sides = await sidesOf(
      series('hits_total', { ...blue, instance: 'a' }, [100, 110, 3, 5, 9]),
      series('hits_total', { ...blue, instance: 'b' }, [50, undefined, 60, undefined, undefined]),
    )
    expect(counts(sides.stable).map(([requests]) => requests)).toEqual([150, 160, 173, 175, 179])
  })

  test('has no sample where the server knew nothing of a side', async () => {
    const sides = await sidesOf(series('hits_total', blue, [1, undefined, 3, undefined, 5]))
    expect(sides.stable.map(({ at }) => at - START_MS)).toEqual([-20_000, 0, 20_000])
    expect(sides.candidate).toEqual([])
  })

  test('has the bounds that all histograms share, in milliseconds', async () => {
    const bucket = (labels: Labels, le: string, values: readonly number[]) =>
      series('took_seconds_bucket', { ...labels, le }, values)
    const sides = await sidesOf(
      series('hits_total', blue, [4, 4, 4, 4, 8]),
      bucket(blue, '0.1', [1, 1, 1, 1, 3]),
      bucket(blue, '0.25', [2, 2, 2, 2, 4]),
      bucket(blue, '2.5', [3, 3, 3, 3, 5]),
      bucket(blue, '+Inf', [4, 4, 4, 4, 8]),
      series('hits_total', green, [1, 1, 1, 1, 1]),
      bucket(green, '0.1', [0, 0, 0, 0, 0]),
      bucket(green, '2.50', [1, 1, 1, 1, 1]),
      bucket(green, '+Inf', [1, 1, 1, 1, 1]),
    )
    expect(sides.boundsMs).toEqual([100, 2500])
    expect(sides.stable.at(-1)).toMatchObject({ requests: 8, within: [3, 5] })
    expect(sides.candidate.at(-1)).toMatchObject({ requests: 1, within: [0, 1] })
  })

  test('takes errors from a metric of their own, a scrape between the two counts apart', async () => {
    const query = { ...FIELDS, errors: { metric: 'bad_total' } }
    const ask = async (...result: readonly unknown[]) => {
      const { url } = await serve(matrix(series('hits_total', green, [1, 2, 3, 4, 5]), ...result))
      return measureOne({ prometheus: { default: { url } } }, { ...SERIES, query })
    }
    const { measurement } = await ask(series('bad_total', green, [0, 0, 1, 5, 5]))
    if (measurement.is !== 'series') throw new Error('not answered')
    expect(counts(measurement.series.candidate)).toEqual([
      [1, 0],
      [2, 0],
      [3, 1],
      [4, 4],
      [5, 5],
    ])
    // No series of errors is not the same as no errors.
    expect((await ask()).measurement).toMatchObject({ is: 'noData', reason: 'NoErrors' })
    const many = await ask(series('bad_total', green, [500, 500, 500, 500, 500]))
    expect(many.measurement).toMatchObject({ is: 'noData', reason: 'Inconsistent' })
  })

  describe('where what is absent counts as 0', () => {
    const ask = async (errors: object, ...result: unknown[]) => {
      const { url } = await serve(matrix(...result))
      const query = { ...SERIES.query, errors } as typeof SERIES.query
      const asked = { ...SERIES, query, onMissing: 'zero' } as const
      return (await measureOne({ prometheus: { default: { url } } }, asked)).measurement
    }
    const byLabel = FIELDS.errors
    const seriesIn = (measurement: Awaited<ReturnType<typeof ask>>) => {
      if (measurement.is !== 'series') throw new Error(JSON.stringify(measurement))
      return measurement.series
    }

    test('a counter of errors that nobody has made yet is 0', async () => {
      const hits = series('hits_total', green, [1, 2, 3, 4, 5])
      const { candidate } = seriesIn(await ask({ metric: 'bad_total' }, hits))
      expect(candidate.map(({ errors }) => errors)).toEqual([0, 0, 0, 0, 0])
    })

    test('so is a label that no request has yet', async () => {
      const hits = series('hits_total', { deployment: 'green' }, [1, 2, 3, 4, 5])
      expect(counts(seriesIn(await ask(byLabel, hits)).candidate)[4]).toEqual([5, 0])
    })

    test('a deployment that was not counted had no requests, where the other one was', async () => {
      const hits = series('hits_total', blue, [1, undefined, 3, 4, 5])
      const { stable, candidate } = seriesIn(await ask(byLabel, hits))
      expect(candidate.map(({ at }) => at)).toEqual(stable.map(({ at }) => at))
      expect(new Set(counts(candidate).flat())).toEqual(new Set([0]))
    })

    test('a gap is 0 where the counter stood still, and stays a gap where it moved', async () => {
      const stable = series('hits_total', blue, [1, 2, 3, 4, 5])
      const placesOf = async (values: (number | undefined)[]) =>
        seriesIn(await ask(byLabel, stable, series('hits_total', green, values))).candidate.map(
          ({ at, requests }) => [(at - START_MS) / 10_000 + 2, requests],
        )
      expect(await placesOf([7, undefined, 7, 8, undefined])).toEqual(
        [7, 7, 7, 8, 8].map((requests, place) => [place, requests]),
      )
      expect(await placesOf([undefined, 7, undefined, 9, 9])).toEqual([
        [0, 0],
        [1, 7],
        [3, 9],
        [4, 9],
      ])
    })

    test('nothing of either is no data all the same', async () => {
      expect(await ask(byLabel)).toMatchObject({ is: 'noData', reason: 'Empty' })
      const errors = series('bad_total', green, [1, 2, 3, 4, 5])
      expect(await ask({ metric: 'bad_total' }, errors)).toMatchObject({ reason: 'Empty' })
    })

    test('a query that gives nothing is 0; what is no number stays none', async () => {
      const one = async (resultType: string, result: unknown) => {
        const { url } = await serve(json({ status: 'success', data: { resultType, result } }))
        const asked = { ...NUMBER, onMissing: 'zero' } as const
        return (await measureOne({ prometheus: { default: { url } } }, asked)).measurement
      }
      expect(await one('vector', [])).toMatchObject({ is: 'value', value: 0 })
      const at = (START_MS + 600_000) / 1000
      expect(await one('vector', [{ metric: {}, value: [at, 'NaN'] }])).toMatchObject({
        reason: 'NotANumber',
      })
      expect(await one('matrix', [])).toMatchObject({ reason: 'NotANumber' })
    })
  })

  const useless: [string, unknown[], string][] = [
    ['nothing', [], 'Empty'],
    ['NaN', [series('hits_total', blue, ['NaN', 1, 1, 1, 1])], 'NotANumber'],
    ['an infinity', [series('hits_total', blue, [1, 1, '+Inf', 1, 1])], 'NotANumber'],
    ['an empty text', [series('hits_total', blue, [1, '', 1, 1, 1])], 'NotANumber'],
    ['a negative count', [series('hits_total', blue, [-1, 1, 1, 1, 1])], 'NotANumber'],
    ['more instants', [series('hits_total', blue, [1, 1, 1, 1, 1, 1])], 'WrongTime'],
    [
      'requests without the label of errors',
      [series('hits_total', { deployment: 'blue' }, [1])],
      'NoErrors',
    ],
    ['no series', [7], 'UnreadableAnswer'],
    ['points that are none', [{ metric: {}, values: [[1]] }], 'UnreadableAnswer'],
  ]
  test.each(useless)('row 62: %s is no data', async (_, result, reason) => {
    const { url } = await serve(matrix(...result))
    expect(await reasonOf({ prometheus: { default: { url } } }, SERIES)).toBe(reason)
  })

  test('row 62: another time than asked for is no data', async () => {
    const shifted = { ...series('hits_total', blue, []), values: [[START_MS / 1000 + 3, '1']] }
    const { url } = await serve(matrix(shifted))
    expect(await reasonOf({ prometheus: { default: { url } } }, SERIES)).toBe('WrongTime')
  })

  test('ends before what may still change, and is not asked for what is not over', async () => {
    const { url, asked } = await serve(matrix())
    const clock = { now: () => START_MS + 24_000, sleep: async () => {} }
    const options = { clock, prometheus: { default: { url } } }
    await measureOne(options, { ...SERIES, about: ABOUT })
    expect(new URL(asked[0]?.url ?? '', url).searchParams.get('end')).toBe(String(START_MS / 1000))
    const early = { ...options, clock: { ...clock, now: () => START_MS - 10_000 } }
    expect(await reasonOf(early, { ...SERIES, about: ABOUT })).toBe('TooEarly')
    const long = { ...SERIES, windowMs: 10, about: { ...ABOUT, endMs: START_MS + 600_000 } }
    const late = { ...options, clock: { ...clock, now: () => START_MS + 1e9 } }
    expect(await reasonOf(late, long)).toBe('TooManyWindows')
    expect(asked).toHaveLength(1)
  })
})

describe('an instant query', () => {
  const value = (data: unknown) => json({ status: 'success', data })
  const at = ABOUT.endMs / 1000

  test('is asked with the names in their places, at the end', async () => {
    const { url, asked } = await serve(
      value({ resultType: 'vector', result: [{ metric: {}, value: [at, '0.25'] }] }),
    )
    const { measurement } = await measureOne({ prometheus: { default: { url } } }, NUMBER)
    const query = 'rate{e="fraud",d="green",s="blue"}'
    expect(measurement).toEqual({
      ...{ id: 'errors', is: 'value', value: 0.25, at: ABOUT.endMs },
      asked: { query, fromMs: ABOUT.endMs, toMs: ABOUT.endMs },
    })
    const { pathname, searchParams } = new URL(asked[0]?.url ?? '', url)
    expect([pathname, ...searchParams]).toEqual([
      '/api/v1/query',
      ['query', query],
      ['time', String(at)],
    ])
  })

  const vector = (...values: unknown[]) => ({
    resultType: 'vector',
    result: values.map((one) => ({ metric: {}, value: [at, one] })),
  })
  const rows: [string, unknown, string][] = [
    ['no element', vector(), 'Empty'],
    ['two elements', vector('1', '2'), 'ManyValues'],
    ['NaN', vector('NaN'), 'NotANumber'],
    ['Inf', vector('+Inf'), 'NotANumber'],
    ['a number where a text belongs', vector(1), 'UnreadableAnswer'],
    ['a matrix', { resultType: 'matrix', result: [] }, 'NotANumber'],
    ['a string', { resultType: 'string', result: [at, 'x'] }, 'NotANumber'],
    ['an old number', { resultType: 'scalar', result: [at - 3600, '1'] }, 'WrongTime'],
    ['a number of the future', { resultType: 'scalar', result: [at + 3600, '1'] }, 'WrongTime'],
    ['a list', [], 'UnreadableAnswer'],
  ]
  test.each(rows)('row 62: %s is no data', async (_, data, reason) => {
    const { url } = await serve(value(data))
    expect(await reasonOf({ prometheus: { default: { url } } }, NUMBER)).toBe(reason)
  })

  test('row 62: a failure that comes as a 200 is no data', async () => {
    const { url } = await serve(json({ status: 'error', error: 'canary' }))
    const { measurement } = await measureOne({ prometheus: { default: { url } } }, NUMBER)
    expect(measurement).toMatchObject({ is: 'noData', reason: 'UnreadableAnswer' })
    expect(JSON.stringify(measurement)).not.toContain('canary')
  })
})

test.each(['green"} or up{x="', 'green|.*', '{{stable}}', ''])(
  'row 61: the deployment %j gets into no query',
  async (candidate) => {
    const { url, asked } = await serve(matrix())
    for (const one of [SERIES, NUMBER]) {
      const about = { ...one.about, candidate }
      expect(await reasonOf({ prometheus: { default: { url } } }, { ...one, about })).toBe(
        'InvalidName',
      )
    }
    expect(asked).toHaveLength(0)
  },
)

test('row 61: texts of matchers stay texts', async () => {
  const { url, asked } = await serve(matrix())
  const query = { ...FIELDS, match: { job: 'a"} or up{x="\\\n' } }
  await measureOne({ prometheus: { default: { url } } }, { ...SERIES, query })
  const text = new URL(asked[0]?.url ?? '', url).searchParams.get('query')
  expect(text?.endsWith('job="a\\"} or up{x=\\"\\\\\\n"}')).toBe(true)
})
