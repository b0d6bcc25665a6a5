import { describe, test } from '@jest/globals'
import { type Case, expectBroken, expectKept } from './cases.ts'
import { ABORTED, GREEN, MINUTE, record } from './records.ts'
import { baking, canary } from './rollouts.ts'
import { Trace } from './traces.ts'

const BLUE_PATH = 'onlineEndpoints/fraud/deployments/blue'
const GREEN_PATH = 'onlineEndpoints/fraud/deployments/green'

/** The candidate was aborted, and its traffic has just gone. */
const aborted = () => canary().look().shift({ blue: 100, green: 0 }, ABORTED)

const deployment = (name: string, more = '') =>
  `$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname: ${name}\nendpoint_name: fraud\nmodel: azureml:fraud:1\n${more}`
const endpoint =
  '$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: fraud\ntraffic: { blue: 100 }\n'

/** Without a Rollout: deployments by their manifests. */
function plain(names: readonly string[]): Readonly<Record<string, string>> {
  return {
    'fraud.yml': endpoint,
    ...Object.fromEntries(names.map((name) => [`${name}.yml`, deployment(name)])),
  }
}

/** Of these, only blue is wanted by the newest commit. */
function leftovers(names: readonly string[]): Trace {
  const trace = new Trace()
    .commit(plain(['blue', ...names]))
    .setEndpoint('fraud', { traffic: { blue: 100 } })
  for (const name of ['blue', ...names]) trace.setDeployment(`fraud/${name}`)
  return trace
    .state('start')
    .wait(MINUTE)
    .commit(plain(['blue']))
    .wait(MINUTE)
    .look()
}

const CASES: readonly Case[] = [
  {
    id: 'S3',
    breaks: 'a delete three seconds after the traffic went',
    by: () => aborted().wait(3000).look().delete(GREEN_PATH),
    near: 'a delete after the drain window',
    but: () =>
      aborted()
        .wait(3 * MINUTE)
        .look()
        .delete(GREEN_PATH),
  },
  {
    id: 'S3',
    breaks: 'a delete of what has its own long time-out',
    by: () =>
      aborted()
        .setDeployment('fraud/green', {
          rev: GREEN.rev,
          extra: { requestSettings: { requestTimeout: 'PT2M' } },
        })
        .state()
        .wait(MINUTE)
        .look()
        .delete(GREEN_PATH),
    near: 'a delete of what has its own short one',
    but: () =>
      aborted()
        .setDeployment('fraud/green', {
          rev: GREEN.rev,
          extra: { requestSettings: { requestTimeout: 'PT5S' } },
        })
        .state()
        .wait(10_000)
        .look()
        .delete(GREEN_PATH),
  },
  {
    id: 'S3',
    breaks: 'stable scaled down in mid-canary',
    by: () => canary().look().change(BLUE_PATH, { capacity: 1 }),
    near: 'stable scaled up',
    but: () => canary().look().change(BLUE_PATH, { capacity: 3 }),
  },
  {
    id: 'S5',
    breaks: 'a delete of the stable deployment in the bake',
    by: () =>
      baking()
        .wait(10 * MINUTE)
        .look()
        .measure()
        .delete(BLUE_PATH),
    near: 'a delete of it after the bake, when its window is over',
    but: () =>
      baking()
        .wait(3 * MINUTE)
        .look()
        .measure()
        .shift({ green: 100 }, record({ stable: GREEN }))
        .wait(5 * MINUTE)
        .look()
        .delete(BLUE_PATH),
  },
  {
    id: 'S5',
    breaks: 'other content for the stable deployment in the bake',
    by: () =>
      baking({ more: { 'next.yml': 'model: azureml:fraud:3' } })
        .look()
        .measure()
        .change(BLUE_PATH, {
          tags: { 'verdigris.revision': 'x' },
          properties: { model: 'azureml:fraud:3' },
        }),
    near: 'the same content once more',
    but: () =>
      baking()
        .look()
        .measure()
        .change(BLUE_PATH, {
          tags: { 'verdigris.revision': 'x' },
          properties: { model: 'azureml:fraud:1' },
        }),
  },
  {
    id: 'S8',
    breaks: 'a delete by a process that has not looked at the endpoint since the traffic went',
    by: () =>
      aborted()
        .wait(4 * MINUTE)
        .tick()
        .get(GREEN_PATH)
        .delete(GREEN_PATH),
    near: 'a delete after a look at the endpoint',
    but: () =>
      aborted()
        .wait(4 * MINUTE)
        .tick()
        .get('onlineEndpoints/fraud')
        .get(GREEN_PATH)
        .delete(GREEN_PATH),
  },
  {
    id: 'S14',
    breaks: 'a delete of what the newest commit declares',
    by: () =>
      leftovers(['red'])
        .commit(plain(['blue', 'red']))
        .look()
        .delete('onlineEndpoints/fraud/deployments/red'),
    near: 'a delete of what it does not declare any more',
    but: () => leftovers(['red']).delete('onlineEndpoints/fraud/deployments/red'),
  },
  {
    id: 'S14',
    breaks: 'a delete of what another Application declares',
    by: () => {
      const trace = leftovers(['red'])
      trace.application = 'other'
      trace.commit(plain(['red']))
      trace.application = 'app'
      return trace.look().delete('onlineEndpoints/fraud/deployments/red')
    },
    near: 'a commit that declares it again in the very tick of the delete',
    but: () =>
      leftovers(['red'])
        .commit(plain(['blue', 'red']))
        .delete('onlineEndpoints/fraud/deployments/red'),
  },
  {
    id: 'S14',
    breaks: 'a fourth delete for one commit',
    by: () => deletesOf(['a', 'b', 'd', 'e']),
    near: 'three',
    but: () => deletesOf(['a', 'b', 'd']),
  },
  {
    id: 'S14',
    breaks: 'a delete without a look',
    by: () => leftovers(['red']).tick().delete('onlineEndpoints/fraud/deployments/red'),
    near: 'a create that failed, deleted to be made again',
    but: () =>
      leftovers([])
        .commit(plain(['blue', 'red']))
        .setDeployment('fraud/red', { provisioningState: 'Failed', isServing: false })
        .state()
        .look()
        .delete('onlineEndpoints/fraud/deployments/red'),
  },
  {
    id: 'S14',
    breaks: 'a delete of what its last manifest protects',
    by: () => protectedOne('disabled').delete('onlineEndpoints/fraud/deployments/red'),
    near: 'one whose manifest does not',
    but: () => protectedOne('enabled').delete('onlineEndpoints/fraud/deployments/red'),
  },
  {
    id: 'S15',
    breaks: 'a delete in a tick whose report says that Git is not understood',
    by: () =>
      leftovers(['red'])
        .delete('onlineEndpoints/fraud/deployments/red')
        .plan({
          problems: [
            {
              severity: 'error',
              reason: 'UnknownField',
              message: '',
              at: { file: 'x', line: 1, column: 1 },
            },
          ],
        }),
    near: 'a delete in a tick with a warning',
    but: () =>
      leftovers(['red'])
        .delete('onlineEndpoints/fraud/deployments/red')
        .plan({
          problems: [
            {
              severity: 'warning',
              reason: 'Odd',
              message: '',
              at: { file: 'x', line: 1, column: 1 },
            },
          ],
        }),
  },
  {
    id: 'S15',
    breaks: 'a delete in a tick that comes to an end without Git',
    by: () =>
      leftovers(['red'])
        .delete('onlineEndpoints/fraud/deployments/red')
        .plan({ attemptedRevision: 'x', appliedRevision: 'y' }),
    near: 'one in a tick that was killed, before one without Git',
    but: () =>
      leftovers(['red'])
        .delete('onlineEndpoints/fraud/deployments/red')
        .crash()
        .plan({ attemptedRevision: 'x', appliedRevision: 'y' }),
  },
  {
    id: 'S15',
    breaks: 'a delete while the newest commit is no YAML',
    by: () =>
      leftovers(['red'])
        .commit({ ...plain(['blue']), 'bad.yml': 'name: [' })
        .wait(MINUTE)
        .look()
        .delete('onlineEndpoints/fraud/deployments/red'),
    near: 'a delete before that commit came',
    but: () =>
      leftovers(['red'])
        .delete('onlineEndpoints/fraud/deployments/red')
        .commit({ ...plain(['blue']), 'bad.yml': 'name: [' }),
  },
  {
    id: 'S15',
    breaks: 'a delete in a tick that began half a second after such a commit',
    by: () =>
      leftovers(['red'])
        .commit({ ...plain(['blue']), 'bad.yml': 'name: [' })
        .wait(500)
        .look()
        .delete('onlineEndpoints/fraud/deployments/red'),
    near: 'a delete in a tick whose first answer came together with that commit',
    but: () =>
      leftovers(['red'])
        .commit({ ...plain(['blue']), 'bad.yml': 'name: [' })
        .look()
        .delete('onlineEndpoints/fraud/deployments/red'),
  },
]

function deletesOf(names: readonly string[]): Trace {
  const trace = leftovers(names)
  for (const name of names) trace.look().delete(`onlineEndpoints/fraud/deployments/${name}`)
  return trace
}

function protectedOne(prune: string): Trace {
  const red = `apiVersion: verdigris.dev/v1
kind: OnlineDeployment
metadata: { name: red, annotations: { verdigris.dev/prune: ${prune} } }
spec: { endpoint_name: fraud }
`
  return new Trace()
    .commit({ ...plain(['blue']), 'red.yml': red })
    .setEndpoint('fraud', { traffic: { blue: 100 } })
    .setDeployment('fraud/blue')
    .setDeployment('fraud/red')
    .state('start')
    .wait(MINUTE)
    .commit(plain(['blue']))
    .wait(MINUTE)
    .look()
}

describe('the checker on deletes', () => {
  for (const one of CASES) {
    test(`${one.id} reports ${one.breaks}`, () => expectBroken(one))
    test(`${one.id} has nothing against ${one.near}`, () => expectKept(one))
  }
})
