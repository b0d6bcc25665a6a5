import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { createMetrics } from '../../../src/adapters/telemetry/metrics.ts'
import { trust } from '../../../src/cli/session.ts'
import { startSandbox } from '../../../src/sandbox/index.ts'
import { connect, endpointBody, tokenOf } from '../../sandbox/shell/arm-client.ts'
import { type Bench, cpuOf, type Figure, figure, HOUR_MS, MINUTE_MS, medianOf } from './figure.ts'
import { converge, openFleet, UNLIMITED } from './fleet.ts'

/** What the sandbox and the metrics cost by themselves. */

/** B13: CPU of the controller and of its workspace in one process, for the time that passes in it. */
async function emulated(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const fleet = await openFleet({ size, isInstant: true, limits: UNLIMITED })
  await converge(fleet)
  const everyMs = isSabotaged ? MINUTE_MS / 20 : MINUTE_MS
  const hour = await cpuOf(async () => {
    for (let ms = 0; ms < HOUR_MS; ms += everyMs) await fleet.turn(everyMs)
  })
  const what = `CPU of controller and sandbox ÷ time, an hour at rest, ${size} endpoints`
  return [figure(what, (hour / HOUR_MS) * 1000, 1, '‰')]
}

/** Asks the same again and again over connections that stay open; in a thread of its own, so that it is not counted. */
const ASKING = `
const { parentPort, workerData } = require('node:worker_threads')
const http = require('node:http')
const { url, headers, times, beside } = workerData
const agent = new http.Agent({ keepAlive: true, maxSockets: beside })
let left = times
const ask = () => {
  if (left-- <= 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    http.get(url, { agent, headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error('answered ' + answer.statusCode))
      answer.resume().on('end', resolve)
    }).on('error', reject)
  }).then(ask)
}
Promise.all(Array.from({ length: beside }, ask)).then(() => { agent.destroy(); parentPort.postMessage('done') })
`

const TIMES = 2000

/** Milliseconds of CPU that this thread takes to answer. */
async function answering(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const before = process.threadCpuUsage()
  await new Promise((resolve, reject) => {
    const workerData = { url, headers, times: TIMES, beside: 16 }
    new Worker(ASKING, { eval: true, workerData }).once('message', resolve).once('error', reject)
  })
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** B13: GET of an endpoint over a socket, beside a server that gives out the same bytes and does nothing else. */
async function sockets(isSabotaged: boolean): Promise<readonly Figure[]> {
  const sandbox = await startSandbox({ timeScale: 10_000, rateLimits: false })
  const bare = createServer()
  try {
    await trust(sandbox.caFile)
    const arm = await connect(sandbox)
    await arm.settle('PUT', '/onlineEndpoints/one', endpointBody)
    const url = `${sandbox.arm}${arm.workspacePath}/onlineEndpoints/one?api-version=2024-10-01`
    const headers = { authorization: `Bearer ${await tokenOf(sandbox)}` }
    const text = await (await fetch(url, { headers })).text()
    bare.on('request', (_, response) => {
      response.setHeader('content-type', 'application/json').end(text)
    })
    await new Promise((resolve) => bare.listen(0, '127.0.0.1', () => resolve(undefined)))
    const ratio = await medianOf(async () => {
      const asked = await answering(url, headers)
      const more = isSabotaged ? await answering(url, headers) : 0
      return (asked + more) / (await answering(addressOf(bare), {}))
    })
    return [figure('CPU of an answer of the sandbox ÷ of a bare server', ratio, 2, '×')]
  } finally {
    bare.close()
    await sandbox.close()
  }
}

/** B14: what Prometheus reads of a fleet. */
async function scrape(size: number, isSabotaged: boolean): Promise<readonly Figure[]> {
  const fleet = await openFleet({ size, isInstant: true, limits: UNLIMITED })
  const metrics = createMetrics({ version: '0', commit: '0', now: fleet.world.sandbox.clock.now })
  await converge(fleet)
  metrics.recordReport(await fleet.turn(MINUTE_MS))
  let text = ''
  const renders = async (): Promise<void> => {
    for (let time = 0; time < (isSabotaged ? 20 : 1); time += 1) text = await metrics.render()
  }
  const scrapeMs = await medianOf(() => cpuOf(renders))
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return [
    figure(`CPU of a scrape, ${size} endpoints`, scrapeMs, 20, 'ms'),
    figure(`series an endpoint, ${size} endpoints`, series.length / size, 40, ''),
  ]
}

export const SERVING: readonly Bench[] = [
  {
    id: 'B13',
    title: 'The sandbox by itself',
    sabotage: 'a look every three seconds, and two requests for one',
    measure: async (isSabotaged) => [
      ...(await emulated(50, isSabotaged)),
      ...(await emulated(500, isSabotaged)),
      ...(await sockets(isSabotaged)),
    ],
  },
  {
    id: 'B14',
    title: 'A scrape',
    sabotage: 'twenty scrapes count as one',
    measure: (isSabotaged) => scrape(500, isSabotaged),
  },
]
