import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { deploymentFile, endpointFile } from '../support/manifests.ts'
import {
  createFolder,
  type Running,
  type RunningSandbox,
  start,
  startSandboxProgram,
  writeFiles,
} from './program.ts'

const folder = createFolder()
const source = join(folder.path, 'source')
let sandbox: RunningSandbox
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

/** More than managed deployments may have, which Azure says to a PUT at once. */
function commit(timeoutMs: number): void {
  const blue = `${deploymentFile('blue')}  request_settings: { request_timeout_ms: ${timeoutMs} }\n`
  writeFiles(source, { 'endpoint.yml': endpointFile(), 'blue.yml': blue })
}

interface Controller {
  readonly running: Running
  readonly url: string
}

/** `verdigris run`, once it has told that Azure refused the deployment. */
async function startController(): Promise<Controller> {
  const args = ['run', source, '--sandbox', sandbox.file, '--port', '0', '--output', 'json']
  const running = start(folder.path, args)
  const url = JSON.parse(await running.says('\n')).address
  return { running, url }
}

async function kill({ running }: Controller): Promise<void> {
  running.child.kill('SIGKILL')
  await running.ended
}

/** PUTs that Azure refused, as the process counts them. */
async function refusedPuts({ url }: Controller): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line =
    /^verdigris_azure_requests_total\{(?=[^}]*method="PUT")(?=[^}]*code="4xx").*\} (\d+)$/m
  return Number(line.exec(text)?.[1] ?? 0)
}

// The tests of this file tell one story, in their order.
describe('a controller that is killed after Azure refused a write for good', () => {
  let controller: Controller

  test('asks Azure once', async () => {
    commit(200_000)
    controller = await startController()
    await controller.running.says('RequestTimeout must be at most')
    expect(await refusedPuts(controller)).toBe(1)
    // What came to a good end says how long such an operation takes.
    const took = join(folder.path, 'data', 'durations')
    const [file = ''] = readdirSync(took)
    expect(JSON.parse(readFileSync(join(took, file), 'utf8'))).toMatchObject({
      took: { create_endpoint: [expect.any(Number)] },
    })
    // That PUT has taken one of 25.
    const buckets = join(folder.path, 'data', 'buckets')
    const [bucket = ''] = readdirSync(buckets)
    const { buckets: rows } = JSON.parse(readFileSync(join(buckets, bucket), 'utf8'))
    expect(rows.map(({ tokens }: { tokens: number }) => Math.floor(tokens))).toEqual([24])
    await kill(controller)
  })

  test('tells the same when it is started again, and sends nothing', async () => {
    controller = await startController()
    await controller.running.says('RequestTimeout must be at most')
    expect(await refusedPuts(controller)).toBe(0)
    await kill(controller)
  })

  test('asks once more where its data directory is lost', async () => {
    rmSync(join(folder.path, 'data'), { recursive: true })
    controller = await startController()
    await controller.running.says('RequestTimeout must be at most')
    expect(await refusedPuts(controller)).toBe(1)
    await kill(controller)
  })

  test('or where what it kept is not readable', async () => {
    const kept = join(folder.path, 'data', 'refusals')
    for (const file of readdirSync(kept)) writeFileSync(join(kept, file), '{"refusals":[')
    controller = await startController()
    await controller.running.says('RequestTimeout must be at most')
    expect(await refusedPuts(controller)).toBe(1)
    await kill(controller)
  })

  test('sends another commit at once', async () => {
    commit(90_000)
    controller = await startController()
    await controller.running.says('create_online_deployment')
    expect(await refusedPuts(controller)).toBe(0)
    await kill(controller)
  })
})
