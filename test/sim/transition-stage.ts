import { KINDS } from '../../src/core/kinds/index.ts'
import { readManifests } from '../../src/core/manifests/read.ts'
import type { Desired } from '../../src/core/model/desired.ts'
import type { Workspace } from '../../src/core/model/live.ts'
import { keyOf, type Ref } from '../../src/core/model/ref.ts'
import type { Report } from '../../src/core/model/report.ts'
import { canonical, isObject, type JsonObject } from '../../src/core/model/values/json.ts'
import {
  leavesOf,
  projectionOf,
  valueAt,
  without,
  withValue,
} from '../../src/core/model/values/pointer.ts'
import { type Commits, createCommits, type Files } from '../support/commits.ts'
import { type Controller, type Simulation, simulate } from '../support/simulation.ts'
import { contextOf } from '../support/workspace.ts'

/** A workspace that a controller keeps in step with commits. */
export interface Stage {
  /** Commits these files and lets everything settle; throws when live is then not what they declare. */
  commit(files: Files): Promise<Settled>
  /** What the workspace shows of a thing, normalised and without our own tags; undefined = it is not there. */
  live(ref: Ref): Promise<JsonObject | undefined>
  /** Somebody else adds a tag. */
  tagByHand(ref: Ref, tag: JsonObject): Promise<void>
}

export interface Settled {
  readonly desired: readonly Desired[]
  /** Why the commit was not applied, as `CannotChangeInPlace` or the reason of a Problem; nothing was written then. */
  readonly refused?: string
  readonly writes: number
}

/** What `fork` starts from: the state of a workspace, and the commit that it shows. */
export interface Scene {
  fork(): Promise<Stage>
}

const OPTIONS = { timeScale: 1000, rateLimits: false }
const POLL_MS = 60_000
/** Of the Kubernetes clusters. */
const instanceTypes = ['small', 'Standard_DS3_v2', 'Standard_DS4_v2']

/** A workspace with assets that manifests may refer to and two computes, in step with a first commit. */
export async function setScene(compute: 'AmlCompute' | 'Kubernetes', first: Files): Promise<Scene> {
  const computes = ['one', 'two'].map((name) => ({ name, type: compute, instanceTypes }))
  const world = await simulate({ ...OPTIONS, computes })
  await registerAssets(world)
  const commits = createCommits()
  await stageOf(world, commits).commit(first)
  const [kept, now] = [JSON.stringify(world.sandbox.state), world.sandbox.clock.now()]
  return {
    async fork() {
      const again = createCommits()
      again.commit(first)
      return stageOf(await simulate({ ...OPTIONS, state: JSON.parse(kept), now }), again)
    },
  }
}

async function registerAssets({ put, sandbox }: Simulation): Promise<void> {
  const uri = `${sandbox.blob}/azureml-blobstore-${sandbox.workspaceId}/seed`
  for (const version of ['1', '2']) {
    const bodies = {
      models: { modelUri: 'azureml://datastores/workspaceblobstore/paths/m' },
      environments: { image: 'e' },
      codes: { codeUri: `${uri}/${version}` },
      data: { dataType: 'uri_folder', dataUri: 'azureml://datastores/workspaceblobstore/paths/d' },
    }
    for (const [collection, properties] of Object.entries(bodies)) {
      const status = await put(`${collection}/${collection[0]}/versions/${version}`, { properties })
      if (status >= 300) throw new Error(`${collection}: ${status}`)
    }
  }
}

function stageOf(world: Simulation, commits: Commits): Stage {
  const controller = world.startController(commits, {
    pollMs: POLL_MS,
    sync: { prune: { enabled: true, maxDeletions: 10 } },
  })
  const live = async (ref: Ref) => {
    const { status, body } = await world.get(KINDS[ref.kind].armPath(ref))
    return status === 200 ? unmarked(ref, body as JsonObject) : undefined
  }
  let before: readonly Desired[] = []
  return {
    live,
    async tagByHand(ref, tag) {
      const { armPath, tagsAt } = KINDS[ref.kind]
      const { body } = await world.get(armPath(ref))
      const tags = { ...(valueAt(body as JsonObject, tagsAt) as JsonObject), ...tag }
      const status = await world.put(armPath(ref), withValue(body as JsonObject, tagsAt, tags))
      if (status >= 300) throw new Error(`${keyOf(ref)} answers ${status}`)
      world.sandbox.clock.advance(POLL_MS)
    },
    async commit(files) {
      commits.commit(files)
      const snapshot = await commits.read(new AbortController().signal)
      const { desired } = readManifests({ snapshot, variables: {} })
      const written = writesIn(world)
      const report = await settled(world, controller)
      const writes = writesIn(world) - written
      const refused = refusalOf(report)
      if (refused !== undefined) {
        if (writes > 0) throw new Error(`${refused}, after ${writes} writes`)
        return { desired, refused, writes }
      }
      if (!report.converged) {
        const { failure, plan } = report
        throw new Error(`not converged: ${JSON.stringify({ failure, plan })}`)
      }
      for (const one of desired) expectLive(workspaceOf(world), one, await live(one.ref))
      const declared = new Set(desired.map(({ ref }) => keyOf(ref)))
      for (const { ref } of before.filter((one) => !declared.has(keyOf(one.ref)))) {
        expectGone(ref, await live(ref))
      }
      before = desired
      return { desired, writes }
    },
  }
}

/** Settles, and looks once more at the interval: nothing may be left to do then. */
async function settled(world: Simulation, controller: Controller): Promise<Report> {
  const report = await controller.settle()
  if (!report.converged) return report
  const written = writesIn(world)
  world.sandbox.clock.advance(POLL_MS)
  const next = await controller.settle()
  if (writesIn(world) !== written) throw new Error('written again, though it had converged')
  return next
}

function writesIn({ calls }: Simulation): number {
  return calls.filter(({ method, path }) => method !== 'GET' && !path.includes('oauth2')).length
}

function refusalOf({ problems, plan }: Report): string | undefined {
  const problem = problems.find(({ severity }) => severity === 'error')
  return problem?.reason ?? plan.held.find(({ state }) => state !== 'waiting')?.reason
}

function workspaceOf({ sandbox }: Simulation): Workspace {
  const { subscriptionId, resourceGroup, workspace: name, location } = sandbox
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${name}`
  return { id, subscriptionId, resourceGroup, name, location }
}

/** On every leaf that the manifest declares. */
function expectLive(workspace: Workspace, desired: Desired, live: JsonObject | undefined): void {
  const kind = KINDS[desired.ref.kind]
  const declared = kind.toArm(desired, contextOf({}, workspace))
  const leaves = leavesOf(declared, kind.wholes ?? [])
  // What is normal already stays as it is (test/core/kinds/normalise.test.ts).
  const [is, want] = [live ?? {}, kind.normalise(declared)].map((body) =>
    canonical(projectionOf(body, leaves)),
  )
  if (live === undefined || is !== want) {
    throw new Error(`${keyOf(desired.ref)} is\n  ${is}\nand should be\n  ${want}`)
  }
}

/** Endpoints and deployments are deleted, assets hidden; code is left. */
function expectGone(ref: Ref, live: JsonObject | undefined): void {
  const { operations } = KINDS[ref.kind]
  const isGone =
    operations.archive === undefined
      ? (operations.delete === undefined) === (live !== undefined)
      : valueAt(live ?? {}, '/properties/isArchived') === true
  if (!isGone) throw new Error(`${keyOf(ref)} is still there: ${JSON.stringify(live)}`)
}

/** Without what we write for ourselves, in the one form in which two readings can be compared. */
function unmarked(ref: Ref, body: JsonObject): JsonObject {
  const { tagsAt, normalise } = KINDS[ref.kind]
  const tags = valueAt(body, tagsAt)
  const marks = Object.keys(isObject(tags) ? tags : {}).filter((tag) =>
    tag.startsWith('verdigris.'),
  )
  return normalise(marks.map((tag) => `${tagsAt}/${tag}`).reduce(without, body))
}
