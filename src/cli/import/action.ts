import { importFiles, usedAssets } from '../../core/manifests/import/import.ts'
import type { World } from '../../core/model/live.ts'
import type { KindName } from '../../core/model/ref.ts'
import { isEndpoint } from '../../core/plan/traffic/traffic-plan.ts'
import { type Cloud, CloudError } from '../../reconcile/ports.ts'
import { wholeWorld } from '../../reconcile/whole-world.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { importText } from '../render/import.ts'
import { openSession } from '../session.ts'
import type { OutputFormat, WorkspaceFlags } from '../targets.ts'
import { checkImported } from './check.ts'
import { writeFiles } from './files.ts'
import { refuseTwice } from './twice.ts'

export interface ImportFlags extends WorkspaceFlags {
  readonly output: OutputFormat
  readonly endpoint: readonly string[]
  readonly kind: readonly KindName[]
  readonly force?: true
}

/** Reads a workspace, writes it as manifests, and checks what it wrote. */
export async function importWorkspace(
  folder: string,
  flags: ImportFlags,
  context: CommandContext,
): Promise<void> {
  const world = await readWorld(folder, flags, context)
  const { endpoint: endpoints, kind: kinds } = flags
  checkNames(endpoints, world)
  const imported = importFiles({ ...world, endpoints, kinds })
  if (imported.files.length > 0) {
    await refuseTwice(folder, imported.files, context)
    await writeFiles(folder, imported.files, flags.force === true)
  }
  const checked = checkImported(imported, world)
  const complete = world.complete && world.unread.size === 0
  const outcome = { folder, imported, checked, complete }
  context.say(flags.output === 'json' ? jsonOf(outcome) : importText(outcome, context.style))
  context.exit(checked.problems.length + checked.changes.length > 0 || !complete ? 1 : 0)
}

async function readWorld(
  folder: string,
  flags: ImportFlags,
  context: CommandContext,
): Promise<World> {
  const source = flags.config === undefined ? folder : undefined
  const targets = { ...flags, path: '', maxDeletions: 0 }
  const session = await openSession(source, targets, context.config)
  try {
    const [assembly, ...others] = session.assemblies
    if (assembly === undefined || others.length > 0) {
      throw new CommandError('Name one Application with --application.')
    }
    return await observe(assembly.ports.cloud, flags.endpoint, context.signal)
  } catch (error) {
    if (error instanceof CloudError) throw new CommandError(error.message)
    throw error
  } finally {
    await session.close()
  }
}

/** Twice: which assets are to be read is known only when the deployments are. */
async function observe(
  cloud: Cloud,
  endpoints: readonly string[],
  signal: AbortSignal,
): Promise<World> {
  const world = await wholeWorld(cloud, { assets: [], labels: [] }, signal)
  const assets = usedAssets(world.resources, world.workspace, endpoints)
  return assets.length === 0 ? world : wholeWorld(cloud, { assets, labels: [] }, signal)
}

function checkNames(endpoints: readonly string[], { resources, workspace }: World): void {
  const known = resources.filter(({ ref }) => isEndpoint(ref)).map(({ ref }) => ref.name)
  const lower = new Set(known.map((name) => name.toLowerCase()))
  const missing = endpoints.find((name) => !lower.has(name.toLowerCase()))
  if (missing === undefined) return
  const there = known.length === 0 ? 'it has none' : `it has ${known.sort().join(', ')}`
  throw new CommandError(`No endpoint '${missing}' in the workspace ${workspace.name}: ${there}.`)
}

function jsonOf({ folder, imported, checked, complete }: Parameters<typeof importText>[0]): string {
  const files = imported.files.map(({ path, ref }) => ({ path, ...ref }))
  const variables = Object.keys(imported.variables)
  return JSON.stringify({
    folder,
    files,
    skipped: imported.skipped,
    variables,
    complete,
    ...checked,
  })
}
