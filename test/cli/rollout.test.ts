import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { samplesIn } from '../../src/core/report/samples.ts'
import { judged } from '../support/report.ts'
import { rolloutFiles } from '../support/rollout-files.ts'
import {
  createFolder,
  type Running,
  type RunningSandbox,
  run,
  start,
  startSandboxProgram,
  writeFiles,
} from './program.ts'

const folder = createFolder()
let sandbox: RunningSandbox
let controller: Running
let url = ''
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
})
afterAll(async () => {
  controller?.child.kill('SIGTERM')
  await sandbox.stop()
  folder.remove()
})

const STEPS = `
        - setWeight: 10
        - pause: {}
        - setWeight: 50
        - pause: {}`
const SPEC = `
  bake: 1s
  keep: { for: 1h }`
const TOKEN = { VERDIGRIS_API_TOKEN: 'for-operators-only' }
const source = join(folder.path, 'source')

function commit(model: number): void {
  writeFiles(source, rolloutFiles({ model, steps: STEPS, spec: SPEC }))
}

function here(...args: readonly string[]) {
  return run(folder.path, [...args, source, '--sandbox', sandbox.file])
}

function rollout(...args: readonly string[]) {
  return run(folder.path, ['rollout', ...args, '--url', url], TOKEN)
}

/** Looks until the rollout stands so; every look is a process of its own. The first may come before the controller's. */
async function standsAs(phase: string, step: number): Promise<void> {
  const giveUpAt = Date.now() + 30_000
  while (Date.now() < giveUpAt) {
    const { code, stdout } = await rollout('status', 'fraud', '--output', 'json')
    const status = code === 0 ? JSON.parse(stdout).rollout : undefined
    if (status?.phase === phase && status.step === step) return
  }
  throw new Error(`It never stood as ${phase} ${step}`)
}

// The tests of this file tell one story, in their order.
describe('levers of a running controller', () => {
  test('a first revision serves; a second one waits for somebody at its first pause', async () => {
    commit(1)
    expect((await here('sync')).code).toBe(0)
    commit(2)
    const plan = await here('plan')
    expect(plan.stdout).toMatch(/rollout fraud {2}provisioning.* fraud:1 \(.{8}\) → fraud:2/)
    const args = ['run', source, '--sandbox', sandbox.file, '--port', '0', '--output', 'json']
    const file = join(writeFiles(folder.path, { token: `${TOKEN.VERDIGRIS_API_TOKEN}\n` }), 'token')
    controller = start(folder.path, args, { VERDIGRIS_API_TOKEN_FILE: file })
    url = JSON.parse(await controller.says('\n')).address
    await standsAs('paused', 1)
    const { code, stdout } = await rollout('status')
    expect(code).toBe(0)
    expect(stdout).toContain('✓ setWeight  ▸ pause  · setWeight  · pause  · bake')
    expect(stdout).toMatch(/blue +█{18}░░ +90 % +stable +fraud:1/)
    expect(stdout).toMatch(/green +██░{18} +10 % +candidate +fraud:2/)
  })

  test('nobody without the token pulls one', async () => {
    const { code, stdout, stderr } = await run(folder.path, [
      ...['rollout', 'abort', 'fraud', '--url', url],
    ])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('refuses (401)')
  })

  test('what does not apply is refused, with the reason', async () => {
    const { code, stdout } = await rollout('retry', 'fraud')
    expect([code, stdout]).toEqual([1, 'fraud: retry refused. Nothing was aborted.\n'])
  })

  test('promote goes on to the next step; pause and resume hold it and let it go', async () => {
    const { code, stdout } = await rollout('promote', 'fraud', '--who', 'anna', '--output', 'json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ verb: 'promote', endpoint: 'fraud', application: 'default' },
      ...{ who: 'anna (token)', result: 'accepted' },
    })
    await standsAs('paused', 3)
    expect((await rollout('pause', 'fraud')).stdout).toContain('fraud: pause accepted.')
    expect((await rollout('resume', 'fraud')).stdout).toContain('fraud: resume accepted.')
  })

  test('abort takes the traffic back; who watches sees it end, and everything says what is not applied', async () => {
    const watcher = start(folder.path, ['rollout', 'status', '--watch', '--url', url], TOKEN)
    await watcher.says('blue 50 %, green 50 %')
    const { code, stdout } = await rollout('abort', 'fraud', '--who', 'anna', '--why', 'looks odd')
    expect([code, stdout]).toEqual([
      ...[0, 'fraud: abort accepted. anna (token) said abort: looks odd\n'],
    ])
    const watched = await watcher.ended
    expect(watched).toMatchObject({ code: 1, stderr: '' })
    expect(watched.stdout).toMatch(/\nfraud {2}rolled_back {2}blue 100 %; RolloutAborted\n$/)
    const sentence =
      /Commit .{12} \(revision .{8}\) is not applied to fraud: AbortedByHand: anna \(token\) said abort: looks odd/
    const status = await run(folder.path, ['status', '--url', url])
    for (const said of [status.stdout, (await here('plan')).stdout, (await here('status')).stdout])
      expect(said).toMatch(sentence)
    expect(status.stdout).toMatch(/Ready +False {2}RolloutAborted: Commit/)
  })

  test('the log of the controller has the audit: who, when, why, and what became of it', async () => {
    controller.child.kill('SIGTERM')
    const { code, stderr } = await controller.ended
    expect(code).toBe(0)
    const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
    const events = lines.map((line) => JSON.parse(line) as Event)
    const told = events.filter(({ reason }) => /^(?:Rollout|CommitNot)/.test(reason))
    expect(told.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining([
        ...['RolloutStarted', 'RolloutRetryRefused', 'RolloutPromoteRequested', 'RolloutStep'],
        ...['RolloutPaused', 'RolloutResumed', 'RolloutAbortRequested', 'RolloutAborted'],
        'CommitNotApplied',
      ]),
    )
    expect(told.find(({ reason }) => reason === 'RolloutAbortRequested')?.msg).toMatch(
      /^anna \(token\) said abort of fraud at 20.*Z because: looks odd; accepted: /,
    )
    expect(stderr).not.toContain(TOKEN.VERDIGRIS_API_TOKEN)
  })
})

describe('levers without a controller', () => {
  test('who watches what is over sees it once, as it is', async () => {
    const { code, stdout } = await here('rollout', 'status', '--watch')
    expect([code, stdout]).toEqual([1, 'fraud  rolled_back  blue 100 %; RolloutAborted\n'])
  })

  test('--samples says that no numbers are known, or has what a controller wrote down here', async () => {
    const look = () => here('rollout', 'status', '--samples', '-o', 'json')
    expect(JSON.parse((await look()).stdout).samples).toEqual({ endpoint: 'fraud', items: [] })
    const said = { application: 'default', ...samplesIn('fraud', judged()) }
    writeFiles(join(folder.path, 'data', 'audit'), { 'verdicts.jsonl': JSON.stringify(said) })
    expect(JSON.parse((await look()).stdout).samples).toMatchObject({
      items: [{ name: 'errors', candidate: { errors: [0, 12] } }],
    })
  })

  test('retry is pulled by ticks of our own, and says who by', async () => {
    const { code, stdout } = await here('rollout', 'retry', 'fraud', '--who', 'ben')
    expect([code, stdout]).toEqual([0, 'fraud: retry accepted. ben (local) said retry.\n'])
  })

  test('what is refused ends with 1, and so does an endpoint that no Rollout moves', async () => {
    const undo = await here('rollout', 'undo', 'fraud', '--output', 'json')
    expect(undo.code).toBe(1)
    expect(JSON.parse(undo.stdout)).toMatchObject({ result: 'refused', application: 'default' })
    const nobody = await here('rollout', 'abort', 'nobody')
    expect(nobody).toMatchObject({ code: 1, stdout: expect.stringContaining('No Rollout') })
    const unseen = await here('rollout', 'status', 'nobody')
    expect(unseen).toMatchObject({ code: 1, stderr: expect.stringContaining("'nobody'") })
  })
})

interface Event {
  readonly reason: string
  readonly msg: string
}
