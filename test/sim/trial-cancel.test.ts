import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../src/core/model/report.ts'
import type { IntentVerb } from '../../src/core/model/rollout.ts'
import { eventsOf } from '../../src/core/report/events/event.ts'
import { createCommits } from '../support/commits.ts'
import { keptTrials } from '../support/kept-trials.ts'
import { runUntil } from '../support/rehearsal.ts'
import { actionsIn } from '../support/roles.ts'
import {
  type Controller,
  type ControllerOptions,
  Killed,
  type Simulation,
  simulate,
} from '../support/simulation.ts'
import { type TrialFiles, trialFiles } from '../support/trial-files.ts'

const HOUR_MS = 3_600_000
const LONG = { latenciesMs: { jobRun: 12 * HOUR_MS } }
const CANCEL = 'Microsoft.MachineLearningServices/workspaces/jobs/cancel/action'

const ALL = actionsIn('custom-role', 'upload-role', 'rollout-role')

const rolloutIn = ({ resources }: Report) =>
  resources.find(({ rollout }) => rollout !== undefined)?.rollout

/** A trial of model 2 under way, whose jobs would run for half a day. */
async function onTrial({
  actions,
  files = {},
  ...options
}: ControllerOptions & {
  readonly actions?: readonly string[]
  readonly files?: Partial<TrialFiles>
} = {}) {
  const world = await simulate({ seed: 3, ...LONG, ...(actions === undefined ? {} : { actions }) })
  const commits = createCommits()
  commits.commit(trialFiles({ model: 1, ...files }))
  const controller = world.startController(commits, options)
  await runUntil(world, controller, ({ converged }) => converged)
  commits.commit(trialFiles({ model: 2, ...files }))
  await runUntil(world, controller, (report) => rolloutIn(report)?.reason === 'TrialRuns')
  return { world, commits, controller }
}

interface JobShown {
  readonly name: string
  readonly properties: { readonly status: string; readonly tags: Readonly<Record<string, string>> }
}

/** `green Canceled` of each job, in the order in which they were started. */
async function jobsIn(world: Simulation): Promise<readonly string[]> {
  const { body } = await world.get('jobs')
  return (body.value as readonly JobShown[])
    .map(({ properties: { status, tags } }) => `${tags['azureml.deploymentname'] ?? ''} ${status}`)
    .toReversed()
    .toSorted()
}

const cancelsIn = ({ calls }: Simulation) => calls.filter(({ path }) => path.endsWith('/cancel'))

function says(controller: Controller, world: Simulation, verb: IntentVerb): void {
  const at = world.sandbox.clock.now()
  void controller.inbox.put({ id: verb, verb, endpoint: 'nightly', who: 'ada', why: '', at })
}

/** A job that a person starts on the same deployment, by the endpoint's own address. */
async function startedByHand({ sandbox, get }: Simulation): Promise<void> {
  const { login, tenantId, clientId, clientSecret } = sandbox
  const form = new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
    scope: 'https://ml.azure.com/.default',
  }).toString()
  const answer = await sandbox.handle({
    method: 'POST',
    url: `${login}/${tenantId}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  })
  const token = (JSON.parse(answer.body) as { access_token: string }).access_token
  const { body } = await get('batchEndpoints/nightly')
  const url = (body.properties as { scoringUri: string }).scoringUri
  const input = { uri: 'azureml:sample:1', jobInputType: 'UriFolder' }
  const started = await sandbox.handle({
    method: 'POST',
    url,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'azureml-model-deployment': 'green',
    },
    body: JSON.stringify({ properties: { inputData: { UriFolder: input } } }),
  })
  expect(started.status).toBe(201)
}

/** Goes on for an hour; gives what was said of trials on the way. */
async function anHour(world: Simulation, controller: Controller): Promise<readonly string[]> {
  const until = world.sandbox.clock.now() + HOUR_MS
  const told: string[] = []
  let previous = controller.journal.latest()
  await runUntil(world, controller, (report) => {
    const events = eventsOf(report, previous).filter(({ reason }) => /^Trial.*ed$/.test(reason))
    told.push(...events.map(({ type, ref, reason }) => `${type} ${ref ?? ''} ${reason}`))
    previous = report
    return world.sandbox.clock.now() > until
  })
  return told
}

const CANCELLED = Array(2).fill('Normal BatchEndpoint/nightly TrialCancelled')

describe('the jobs of a trial in the sandbox', () => {
  test('run to no end of their own when a newer commit has another revision; no other job is touched', async () => {
    const { world, commits, controller } = await onTrial()
    await startedByHand(world)
    expect(await jobsIn(world)).toHaveLength(3)
    commits.commit(trialFiles({ model: 3 }))
    expect(await anHour(world, controller)).toEqual(CANCELLED)
    expect(await jobsIn(world)).toEqual([
      'blue Canceled',
      'blue Running',
      'green Canceled',
      'green Running',
      'green Running',
    ])
    expect(cancelsIn(world).map(({ status }) => status)).toEqual([202, 202])
  })

  test('are cancelled when somebody says abort, once, behind the write that aborts', async () => {
    const { world, controller } = await onTrial()
    world.calls.length = 0
    says(controller, world, 'abort')
    expect(await anHour(world, controller)).toEqual(CANCELLED)
    expect(await jobsIn(world)).toEqual(['blue Canceled', 'green Canceled'])
    const writes = world.calls.filter(({ method }) => method !== 'GET')
    expect(writes.map(({ method, path }) => `${method} ${path.split('/').at(-1) ?? ''}`)).toEqual([
      'PUT nightly',
      'POST cancel',
      'POST cancel',
      'DELETE green',
    ])
    expect(controller.journal.latest()?.converged).toBe(false)
    expect(rolloutIn(controller.journal.latest() as Report)?.phase).toBe('rolled_back')
  })

  test('are cancelled when the deadline passes while they run', async () => {
    const { world, controller } = await onTrial({ files: { deadline: '30m' } })
    expect(await anHour(world, controller)).toEqual(CANCELLED)
    const { aborted } = rolloutIn(controller.journal.latest() as Report) ?? {}
    expect(aborted?.reason).toBe('DeadlineExceeded')
    expect(await jobsIn(world)).toEqual(['blue Canceled', 'green Canceled'])
  })

  test('are cancelled when somebody says promote', async () => {
    const { world, controller } = await onTrial()
    says(controller, world, 'promote')
    expect(await anHour(world, controller)).toEqual(CANCELLED)
    expect(rolloutIn(controller.journal.latest() as Report)?.stable?.deployment).toBe('green')
    expect(await jobsIn(world)).toEqual(['blue Canceled', 'green Canceled'])
  })

  test('go on while their revision is the candidate', async () => {
    const { world, controller } = await onTrial()
    expect(await anHour(world, controller)).toEqual([])
    expect(await jobsIn(world)).toEqual(['blue Running', 'green Running'])
  })

  test('go on where a newer commit is suspended', async () => {
    const kept = keptTrials()
    const { world, commits } = await onTrial({ keptTrials: kept })
    commits.commit(trialFiles({ model: 3 }))
    const sync = { suspend: true }
    const suspended = world.startController(commits, { keptTrials: kept, sync })
    expect(await anHour(world, suspended)).toEqual([])
    expect(await jobsIn(world)).toEqual(['blue Running', 'green Running'])
    const resumed = world.startController(commits, { keptTrials: kept })
    expect(await anHour(world, resumed)).toEqual(CANCELLED)
  })

  test('run to their end where the role is not given: that is said, and holds nothing', async () => {
    const { world, commits, controller } = await onTrial({
      actions: ALL.filter((action) => action !== CANCEL),
    })
    commits.commit(trialFiles({ model: 3 }))
    expect(await anHour(world, controller)).toEqual(
      Array(2).fill('Warning BatchEndpoint/nightly TrialNotCancelled'),
    )
    expect(cancelsIn(world).map(({ status }) => status)).toEqual([403, 403])
    expect(await jobsIn(world)).toHaveLength(4)
    expect(rolloutIn(controller.journal.latest() as Report)).toMatchObject({ reason: 'TrialRuns' })
  })

  test('are cancelled with the roles that are shipped', async () => {
    const { world, commits, controller } = await onTrial({ actions: ALL })
    commits.commit(trialFiles({ model: 3 }))
    expect(await anHour(world, controller)).toEqual(CANCELLED)
    expect(world.calls.filter(({ status }) => status === 403)).toEqual([])
  })
})

describe('a restart', () => {
  test('between a trial and the commit that ends it leaves no job behind', async () => {
    const kept = keptTrials()
    const { world, commits } = await onTrial({ keptTrials: kept })
    commits.commit(trialFiles({ model: 3 }))
    const next = world.startController(commits, { keptTrials: kept })
    expect(await anHour(world, next)).toEqual(CANCELLED)
    expect((await jobsIn(world)).filter((job) => job.endsWith('Canceled'))).toHaveLength(2)
  })

  test.each(['before', 'after'] as const)(
    'at each call of a tick, just %s it is carried out, sends no needless second cancellation',
    async (when) => {
      const kept = keptTrials()
      const { world, commits, controller } = await onTrial({ keptTrials: kept })
      says(controller, world, 'abort')
      await controller.tick()
      world.sandbox.clock.advance(60_000)
      let isKilled = true
      for (let call = 1; isKilled && call < 200; call += 1) {
        const killAt = { call, when }
        const dying = world.startController(commits, { keptTrials: kept, killAt })
        isKilled = await dying.tick().then(
          () => false,
          (error: unknown) => error instanceof Killed,
        )
      }
      expect(isKilled).toBe(false)
      const next = world.startController(commits, { keptTrials: kept })
      await anHour(world, next)
      expect((await jobsIn(world)).filter((job) => job.endsWith('Canceled'))).toHaveLength(2)
      const statuses = cancelsIn(world).map(({ status }) => status)
      expect(statuses).toEqual([202, 202])
    },
  )
})
