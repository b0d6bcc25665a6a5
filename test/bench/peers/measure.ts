import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { roomFor } from '../../../src/cli/sandbox/fleet.ts'
import { trust } from '../../../src/cli/session.ts'
import { startSandbox } from '../../../src/sandbox/index.ts'
import { writeFiles } from '../../cli/program.ts'
import { type ArmClient, connect, endpointWith } from '../../sandbox/shell/arm-client.ts'
import type { Files } from '../../support/commits.ts'
import { manifestsOf, nameOf, withNewModel } from './manifests.ts'
import type { Command, Tool } from './tool.ts'
import { usersOf } from './users.ts'

/** What one piece of work took a tool. */
export interface Taken {
  readonly tool: string
  readonly work: string
  readonly size: number
  readonly wallS: number
  readonly cpuS: number
  readonly peakMb: number
  /** To ARM. */
  readonly requests: number
  readonly writes: number
  readonly refused: number
  /** Of the users' requests; absent where there is nobody to serve yet. */
  readonly failed?: number
  /** Whether every endpoint is as declared at the end. */
  readonly isDone: boolean
}

interface Work {
  readonly title: string
  readonly files: (size: number) => Files
  readonly byHand?: (arm: ArmClient) => Promise<void>
  readonly hasUsers: boolean
  readonly modelVersion: number
}

const WORKS: readonly Work[] = [
  { title: 'first apply', files: manifestsOf, hasUsers: false, modelVersion: 1 },
  { title: 'no change', files: manifestsOf, hasUsers: true, modelVersion: 1 },
  {
    title: 'traffic moved by hand, put back',
    files: manifestsOf,
    hasUsers: true,
    modelVersion: 1,
    async byHand(arm) {
      await arm.settle('PUT', FIRST, endpointWith({ blue: 60, green: 40 }))
    },
  },
  { title: 'new model on one endpoint', files: withNewModel, hasUsers: true, modelVersion: 2 },
]

const NONE = { requests: 0, writes: 0, refused: 0 }

const FIRST = `/onlineEndpoints/${nameOf(0)}`

/** OpenTofu's own default. */
export const AT_ONCE = 10

export interface MeasureOptions {
  readonly size: number
  /** How many endpoints or resources a tool works on at once that has to be told; default AT_ONCE. */
  readonly atOnce?: number
  readonly timeScale: number
  /** Empty; for what is written meanwhile. */
  readonly folder: string
  readonly onTaken: (taken: Taken) => void
}

/** Lets a tool do all works, one after the other, in a workspace of its own. Throws with what it wrote when it fails. */
export async function measure(tool: Tool, options: MeasureOptions): Promise<void> {
  const { size, atOnce = AT_ONCE, timeScale, folder, onTaken } = options
  const asked = { ...NONE }
  const sandbox = await startSandbox({
    timeScale,
    ...roomFor(size),
    onExchange({ method }, { status }) {
      asked.requests += 1
      if (method !== 'GET' && method !== 'POST') asked.writes += 1
      if (status === 429) asked.refused += 1
    },
  })
  try {
    await trust(sandbox.caFile)
    const addressFile = join(folder, 'sandbox.json')
    writeFileSync(addressFile, `${JSON.stringify(sandbox)}\n`)
    const data = join(folder, 'data')
    mkdirSync(data)
    const manifests = join(folder, 'manifests')
    const commandOf = await tool.prepare(sandbox, { size, atOnce, manifests, data, addressFile })
    for (const work of WORKS) {
      const { title, files, byHand, hasUsers, modelVersion } = work
      rmSync(manifests, { recursive: true, force: true })
      writeFiles(manifests, files(size))
      // Tokens end; the workspace does not.
      const arm = await connect(sandbox)
      await byHand?.(arm)
      const command = await commandOf(modelVersion)
      const users = hasUsers ? await usersOf(arm, nameOf(0)) : undefined
      Object.assign(asked, NONE)
      const used = await usedBy(command).finally(() => users?.stop())
      const failures = (await users?.stop()) ?? []
      for (const why of failures) process.stderr.write(`a request of a user failed: ${why}\n`)
      const counted = { ...asked, ...(users === undefined ? {} : { failed: failures.length }) }
      const isDone = await isAsDeclared(await connect(sandbox), size, modelVersion)
      onTaken({ tool: tool.name, work: title, size, ...used, ...counted, isDone })
    }
  } finally {
    await sandbox.close()
  }
}

async function isAsDeclared(arm: ArmClient, size: number, modelVersion: number): Promise<boolean> {
  for (let place = 0; place < size; place += 1) {
    const path = `/onlineEndpoints/${nameOf(place)}`
    const endpoint = await arm.request('GET', path)
    const deployment = await arm.request('GET', `${path}/deployments/blue`)
    const { traffic } = endpoint.body.properties ?? {}
    const { model = '', provisioningState } = deployment.body.properties ?? {}
    const version = place === 0 ? modelVersion : 1
    const isServed = traffic?.blue === 100 && !traffic.green && provisioningState === 'Succeeded'
    if (!isServed || !model.endsWith(`/versions/${version}`)) return false
  }
  return true
}

/** A command to its end, and what it took. */
async function usedBy({
  program,
  args,
  env,
}: Command): Promise<Pick<Taken, 'wallS' | 'cpuS' | 'peakMb'>> {
  const child = spawn('python3', [join(import.meta.dirname, 'used.py'), program, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  // It writes nothing where the program cannot be started.
  const { code, ...used } = JSON.parse(stdout || '{}')
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}`)
  return used
}
