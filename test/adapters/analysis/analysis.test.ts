import { expect, test } from '@jest/globals'
import { createAnalysis } from '../../../src/adapters/analysis/index.ts'
import { PROVIDER_NAMES } from '../../../src/core/model/measurements/measurement.ts'
import { clockAt, json, question, reasonOf, serve } from './stage.ts'

const QUERIES = {
  prometheus: { server: 'default', requests: 'a', match: {} },
  web: { host: 'quality', path: '/', pointer: '' },
  ...{ sandbox: {}, azureMonitor: {}, logAnalytics: {} },
}

test.each(PROVIDER_NAMES)('%s without a configuration is no data', async (provider) => {
  const asked = question({ provider, query: QUERIES[provider] })
  expect(await reasonOf({}, asked)).toBe('ProviderNotConfigured')
})

test('answers come in the order of the questions, few at a time, one bad one beside the others', async () => {
  let [open, most] = [0, 0]
  const { url } = await serve((request, response) => {
    open += 1
    most = Math.max(most, open)
    setImmediate(() => {
      open -= 1
      if (request.url === '/3') response.writeHead(500).end()
      else json(request.url?.slice(1) ?? '')(request, response)
    })
  })
  const web = { quality: { url } }
  const analysis = createAnalysis({ clock: clockAt(0), web, limits: { concurrentQueries: 2 } })
  const asked = Array.from({ length: 9 }, (_, place) =>
    question({
      ...{ id: `q${place}`, provider: 'web', wants: 'value' },
      query: { host: 'quality', path: `/${place}`, pointer: '' },
    }),
  )
  const answers = await analysis.measure(asked, new AbortController().signal)
  expect(answers.map(({ id }) => id)).toEqual(asked.map(({ id }) => id))
  const values = answers.map((one) => (one.is === 'value' ? one.value : one.is))
  expect(values).toEqual([0, 1, 2, 'noData', 4, 5, 6, 7, 8])
  expect(most).toBeLessThanOrEqual(2)
})

test('a caller who gives up gets an answer for every question', async () => {
  const { url } = await serve(() => {})
  const analysis = createAnalysis({ clock: clockAt(0), web: { quality: { url } } })
  const query = { host: 'quality', path: '/', pointer: '' }
  const asked = [1, 2].map((id) =>
    question({ id: `q${id}`, provider: 'web', wants: 'value', query }),
  )
  const answers = await analysis.measure(asked, AbortSignal.abort())
  expect(answers).toMatchObject([
    { is: 'noData', reason: 'Aborted' },
    { is: 'noData', reason: 'Aborted' },
  ])
})

test('no questions cost nothing', async () => {
  const analysis = createAnalysis({ clock: clockAt(0) })
  expect(await analysis.measure([], new AbortController().signal)).toEqual([])
})
