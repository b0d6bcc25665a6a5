import { expect, test } from '@jest/globals'
import { createCommits, type Files } from '../support/commits.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'

const SCHEMA = '$schema: https://azuremlschemas.azureedge.net/latest'

const MODEL = `${SCHEMA}/model.schema.json\nname: shared\nversion: "1"\ntype: custom_model\npath: ./model.txt\n`
const ENVIRONMENT = `${SCHEMA}/environment.schema.json\nname: shared\nversion: "1"\nimage: mcr.microsoft.com/azureml/minimal-py312-inference:latest\n`

/** An endpoint of its own, on assets that another Application declares, too. */
function team(endpoint: string, assets: Files, used: string): Files {
  return {
    'endpoint.yml': `${SCHEMA}/managedOnlineEndpoint.schema.json\nname: ${endpoint}\nauth_mode: key\ntraffic: { blue: 100 }\n`,
    'blue.yml': `${SCHEMA}/managedOnlineDeployment.schema.json
name: blue
endpoint_name: ${endpoint}
${used}
code_configuration: { code: ./src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 1
`,
    'src/score.py': 'def init(): pass\ndef run(data): return 0.5\n',
    'model.txt': 'weights',
    ...assets,
  }
}

const BY_NAME = {
  assets: { 'model.yml': MODEL, 'environment.yml': ENVIRONMENT },
  used: 'model: azureml:shared:1\nenvironment: azureml:shared:1',
}
const INLINE = {
  assets: {},
  used: 'model: { path: ./model.txt }\nenvironment: { image: mcr.microsoft.com/azureml/minimal-py312-inference:latest }',
}

/** Whether each is archived. */
async function archived(world: Simulation, paths: readonly string[]): Promise<readonly boolean[]> {
  const bodies = await Promise.all(paths.map((path) => world.get(path)))
  return bodies.map(({ body }) => (body.properties as { isArchived: boolean }).isArchived)
}

/** Models and environments that were written; codes are never archived. */
function assetsOf(world: Simulation): readonly string[] {
  const made = world.calls.filter(
    ({ method, path }) => method === 'PUT' && /\/(models|environments)\//.test(path),
  )
  return [...new Set(made.map(({ path }) => path.replace(/^.*workspaces\/[^/]+\//, '')))]
}

async function writesOf(world: Simulation, controller: Controller): Promise<number> {
  world.calls.length = 0
  await controller.settle()
  return world.calls.filter(({ method, path }) => method === 'PUT' && !path.includes('blob')).length
}

test.each([
  ['named', BY_NAME],
  ['declared within deployments', INLINE],
])(
  'assets that two Applications of two processes declare outlive the one that drops them: %s',
  async (_, { assets, used }) => {
    const world = await simulate()
    const sync = { prune: { enabled: true, maxDeletions: 3 } }
    const [first, second] = [createCommits(), createCommits()]
    first.commit(team('fraud', assets, used))
    const one = world.startController(first, { application: 'one', sync })
    expect((await one.settle()).converged).toBe(true)
    const shared = assetsOf(world)
    expect(shared).toHaveLength(2)
    second.commit(team('churn', assets, used))
    const two = world.startController(second, { application: 'two', sync })
    expect((await two.settle()).converged).toBe(true)

    first.commit({
      'model.txt': 'nothing',
      'environment.yml': ENVIRONMENT.replaceAll('shared', 'other'),
    })
    expect((await one.settle()).converged).toBe(true)
    expect(await archived(world, shared)).toEqual([true, true])
    // A version of an asset is read again within five minutes.
    world.sandbox.clock.advance(5 * 60_000)
    const report = await two.settle()
    expect([report.converged, report.plan.held]).toEqual([true, []])
    expect(await archived(world, shared)).toEqual([false, false])
    // Nobody takes anything from the other after that.
    world.sandbox.clock.advance(5 * 60_000)
    expect([await writesOf(world, one), await writesOf(world, two)]).toEqual([0, 0])

    second.commit({
      'model.txt': 'nothing',
      'environment.yml': ENVIRONMENT.replaceAll('shared', 'last'),
    })
    expect((await two.settle()).converged).toBe(true)
    expect(await archived(world, shared)).toEqual([true, true])
  },
)

test('what is archived under another Application with other content is not taken over', async () => {
  const world = await simulate()
  const [first, second] = [createCommits(), createCommits()]
  first.commit({ 'environment.yml': ENVIRONMENT })
  const one = world.startController(first, { application: 'one' })
  await one.settle()
  first.commit({ 'environment.yml': ENVIRONMENT.replaceAll('shared', 'other') })
  await one.settle()
  second.commit({ 'environment.yml': ENVIRONMENT.replace('latest\n', '20240101\n') })
  const two = world.startController(second, { application: 'two' })
  const { plan } = await two.settle()
  expect([plan.actions, plan.held]).toMatchObject([[], [{ reason: 'OwnedByAnother' }]])
})

test('of one process, the Application that declares it takes it over before it is archived', async () => {
  const world = await simulate()
  const [first, second] = [createCommits(), createCommits()]
  const both: Controller[] = []
  const options = { neighbours: () => both }
  first.commit(team('fraud', BY_NAME.assets, BY_NAME.used))
  second.commit(team('churn', BY_NAME.assets, BY_NAME.used))
  both.push(world.startController(first, { application: 'one', ...options }))
  both.push(world.startController(second, { application: 'two', ...options }))
  const [one, two] = both as [Controller, Controller]
  await one.settle()
  await two.settle()
  const shared = assetsOf(world)
  first.commit({ 'environment.yml': ENVIRONMENT.replaceAll('shared', 'other') })
  await one.tick()
  world.sandbox.clock.advance(5 * 60_000)
  await two.settle()
  expect((await one.settle()).converged).toBe(true)
  expect((await two.settle()).converged).toBe(true)
  expect(await archived(world, shared)).toEqual([false, false])
})
