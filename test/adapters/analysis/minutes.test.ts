import type { Metric } from '@azure/monitor-query-metrics'
import { describe, expect, test } from '@jest/globals'
import { minutesOf, samplesOf, zeroFilled } from '../../../src/adapters/analysis/azure/minutes.ts'

const MINUTE = 60_000
const NOON = Date.UTC(2026, 0, 1, 12)

/** The metric with one time series: its dimensions and its minutes from noon on; undefined = Azure says nothing. */
function metricOf(...all: [Record<string, string>, (number | undefined)[]][]): Metric {
  const timeseries = all.map(([dimensions, averages]) => ({
    metadatavalues: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
    data: averages.map((average, place) => ({
      timeStamp: new Date(NOON + place * MINUTE),
      ...(average === undefined ? {} : { average }),
    })),
  }))
  return { id: 'x', type: 'x', name: 'RequestsPerMinute', unit: 'Count', timeseries }
}

function samplesFrom(metric: Metric, windowMs: number, offsetMs = 0) {
  const grid = { fromMs: NOON + offsetMs, toMs: NOON + offsetMs + 4 * MINUTE, windowMs }
  return samplesOf(minutesOf(metric, 'green'), grid).map(({ at, requests, errors }) => [
    (at - NOON - offsetMs) / MINUTE,
    requests,
    errors,
  ])
}

describe('the minutes of a deployment', () => {
  test('add up over statuses; those of the platform and the model are errors, those of callers are not', () => {
    const metric = metricOf(
      [{ deployment: 'Green', statuscode: '200' }, [10, 10, 10, 10]],
      [{ Deployment: 'green', 'Status Code': '424' }, [1, 0, 0, 0]],
      [{ deployment: 'green', statuscode: '503' }, [undefined, 2, 0, 0]],
      [{ deployment: 'green', statuscode: '408' }, [0, 0, 3, 0]],
      [{ deployment: 'green', statuscode: '429' }, [0, 0, 0, 4]],
      [{ deployment: 'green', statuscode: '404' }, [5, 0, 0, 0]],
      [{ deployment: 'blue', statuscode: '500' }, [99, 99, 99, 99]],
    )
    expect(samplesFrom(metric, MINUTE)).toEqual([
      [0, 0, 0],
      [1, 16, 1],
      [2, 28, 3],
      [3, 41, 6],
      [4, 55, 10],
    ])
  })

  test('that are missing leave no sample where they should have been counted', () => {
    const metric = metricOf([{ deployment: 'green', statuscode: '200' }, [10, undefined, 10, 10]])
    expect(samplesFrom(metric, MINUTE).map(([at]) => at)).toEqual([0, 1, 3, 4])
    expect(samplesFrom(metric, 2 * MINUTE)).toEqual([
      [0, 0, 0],
      [4, 30, 0],
    ])
  })

  test('that are missing are 0 where the other deployment was counted, if one says so', () => {
    const metric = metricOf(
      [{ deployment: 'green', statuscode: '200' }, [10, undefined, undefined, 10]],
      [{ deployment: 'blue', statuscode: '200' }, [5, 5, undefined, 5]],
    )
    const grid = { fromMs: NOON, toMs: NOON + 4 * MINUTE, windowMs: MINUTE }
    const filled = zeroFilled(minutesOf(metric, 'green'), minutesOf(metric, 'blue'))
    const found = samplesOf(filled, grid).map(({ at, requests }) => [
      (at - NOON) / MINUTE,
      requests,
    ])
    expect(found).toEqual([
      [0, 0],
      [1, 10],
      [2, 10],
      [4, 20],
    ])
  })

  test('are whole ones of the clock, wherever the grid lies', () => {
    const metric = metricOf([{ deployment: 'green', statuscode: '200' }, [1, 2, 4, 8, 16]])
    expect(samplesFrom(metric, MINUTE, 20_000)).toEqual([
      [0, 0, 0],
      [1, 1, 0],
      [2, 3, 0],
      [3, 7, 0],
      [4, 15, 0],
    ])
  })

  test.each([
    [-1, 'x'],
    [Number.NaN, 'x'],
    [Number.POSITIVE_INFINITY, 'x'],
    ['7' as never, 'x'],
  ])('row 62: of %s requests are no data', (average) => {
    const metric = metricOf([{ deployment: 'green' }, [average]])
    expect(() => minutesOf(metric, 'green')).toThrow('no count')
  })

  test('row 62: of no time are no data', () => {
    const metric = metricOf([{ deployment: 'green' }, [1]])
    metric.timeseries[0]?.data?.[0]?.timeStamp.setTime(Number.NaN)
    expect(() => minutesOf(metric, 'green')).toThrow('no count')
  })
})
