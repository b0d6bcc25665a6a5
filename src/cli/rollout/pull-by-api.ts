import type { Plan } from '../../core/model/plan.ts'
import type { Ref } from '../../core/model/ref.ts'
import type { CommandContext } from '../context.ts'
import {
  APPLICATIONS,
  type Ask,
  type Items,
  openController,
  wantedOf,
} from '../controller/controller.ts'
import { isSame, type Lever, type LeverAnswer, oneOf } from './lever.ts'
import { fetchRollouts } from './watcher.ts'

/** Through a running controller. Pending: it is carried out there as soon as it can be. */
export async function pullByApi(
  lever: Lever,
  { url, application }: { readonly url: string; readonly application: string | undefined },
  context: CommandContext,
): Promise<LeverAnswer> {
  const { who, why } = lever
  const name = application ?? (await applicationOf(url, lever, context))
  const path = [name, ...pathOf(lever)].map(encodeURIComponent).join('/')
  const { tell } = openController(url, context)
  const said = { who, why, ...detailsOf(lever) }
  const answer = await tell<LeverAnswer>(`${APPLICATIONS}/${path}`, said)
  if (RESULTS.includes(answer.result)) return answer
  throw new TypeError('it does not say what became of it')
}

const RESULTS: readonly unknown[] = ['accepted', 'pending', 'refused']

function pathOf({ verb, endpoint }: Lever): readonly string[] {
  return verb === 'adopt' || verb === 'approve' ? [verb] : ['rollouts', endpoint, verb]
}

function detailsOf({ verb, endpoint, isForced, revision }: Lever): object {
  if (verb === 'adopt') return { what: endpoint, force: isForced === true }
  if (verb === 'approve') return { deletions: endpoint.toLowerCase() }
  return revision === undefined ? {} : { revision }
}

/** The only Application there is (Git may be out of reach, so that no rollout is seen), or the one whose rollout it is. */
async function applicationOf(
  url: string,
  { verb, endpoint }: Lever,
  context: CommandContext,
): Promise<string> {
  const { ask } = openController(url, context)
  const { items } = await ask<Items<{ name: string }>>(APPLICATIONS)
  const [first] = wantedOf(items, undefined, url)
  if (first !== undefined && items.length === 1) return first.name
  if (verb === 'adopt') return oneOf(await declaringOf(items, endpoint, ask), endpoint)
  if (verb === 'approve') return oneOf(await awaitingOf(items, endpoint, ask), endpoint)
  const seen = await fetchRollouts(url, { endpoint }, context)
  const meant = seen.filter(({ rollout }) => isSame(rollout.endpoint, endpoint))
  return oneOf(
    meant.map(({ application }) => application),
    endpoint,
  )
}

type Named = { readonly name: string }

/** The Applications that declare what is to be taken over. */
async function declaringOf(applications: readonly Named[], target: string, ask: Ask) {
  const { isNamedBy } = await import('../../core/model/ref.ts')
  return namesWhere(applications, async (path) => {
    const { items } = await ask<Items<{ ref: Ref }>>(`${path}/resources`)
    return items.some(({ ref }) => isNamedBy(ref, target))
  })
}

/** The Applications whose deletions these are. */
async function awaitingOf(applications: readonly Named[], id: string, ask: Ask) {
  const { isAwaited } = await import('../../core/plan/prune/approval.ts')
  return namesWhere(applications, async (path) => {
    const { held } = await ask<Pick<Plan, 'held'>>(`${path}/plan`)
    return isAwaited(held, id)
  })
}

/** The names of those Applications of which it holds; it is asked with the path of each, one after the other. */
async function namesWhere(
  applications: readonly Named[],
  holds: (path: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const found: string[] = []
  for (const { name } of applications)
    if (await holds(`${APPLICATIONS}/${encodeURIComponent(name)}`)) found.push(name)
  return found
}
