import { stat } from 'node:fs/promises'
import { join, posix, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { readApplications } from '../core/manifests/applications/application.ts'
import { checkApplicationName } from '../core/manifests/applications/application-spec.ts'
import type { Application } from '../core/model/application.ts'
import { checkRepository, isFolder } from '../core/model/git/repository-url.ts'
import { hasErrors } from '../core/model/problem.ts'
import { CommandError } from './errors.ts'
import { locate, readLocal } from './local-files.ts'
import { printable } from './render/printable.ts'
import { problemLines } from './render/problems.ts'
import { styleFor } from './render/style.ts'
import type { TargetFlags } from './targets.ts'

const MINUTE_MS = 60_000

/** Whether Applications that are not understood stop the others ('none'), or are only told of. */
export type Tolerance = 'none' | 'others go on'

/** The Applications that a command is about, and the others of its configuration, which it only looks at. */
export interface Chosen {
  readonly chosen: readonly Application[]
  readonly others: readonly Application[]
}

/** The Applications that the flags mean: those of `--config`, or one made of `[source]`. Throws CommandError. */
export async function applicationsOf(
  source: string | undefined,
  flags: TargetFlags,
  config: Config,
  tolerance: Tolerance,
): Promise<Chosen> {
  if (flags.config !== undefined && source !== undefined)
    throw new CommandError('Give a source or --config, not both.')
  if (flags.config !== undefined) {
    checkNothingOfASource(flags)
    const found = await configured(flags.config, flags.application, config, tolerance)
    checkSandboxIsMeant(found.chosen, flags)
    return found
  }
  if (source === undefined || source === '')
    throw new CommandError('Name a source (a folder or a Git URL), or --config with Applications.')
  return { chosen: [await adHoc(source, flags)], others: [] }
}

const OF_A_SOURCE = [
  ['subscriptionId', '--subscription-id'],
  ['resourceGroup', '--resource-group'],
  ['workspace', '--workspace'],
  ['revision', '--revision'],
  ['path', '--path'],
] as const

/** Whoever names a workspace or a branch beside --config means another one than would be read and written. */
function checkNothingOfASource(flags: TargetFlags): void {
  const given = OF_A_SOURCE.find(([name]) => (flags[name] ?? '') !== '')
  if (given === undefined) return
  throw new CommandError(
    `${given[1]} goes with a source: with --config its Applications say it, and nothing else is used.`,
  )
}

/** Whoever says --sandbox never means a workspace in Azure. */
function checkSandboxIsMeant(chosen: readonly Application[], { sandbox }: TargetFlags): void {
  const [first] = chosen
  if (sandbox === undefined || chosen.some(({ workspace }) => 'sandbox' in workspace)) return
  throw new CommandError(
    `--sandbox is for Applications with 'sandbox: {}', and ${first?.name} names a workspace in Azure.`,
  )
}

async function configured(
  path: string,
  only: string | undefined,
  config: Config,
  tolerance: Tolerance,
): Promise<Chosen> {
  const snapshot = await readLocal(await locate(path), config)
  const { applications, problems } = readApplications({ snapshot, allowLocal: config.allowLocal })
  const lines = problemLines(problems, styleFor(config.color)).join('\n')
  // One Application that is not understood never keeps the others from being looked after (INVARIANTS L7).
  if (hasErrors(problems) && (tolerance === 'none' || applications.length === 0))
    throw new CommandError(lines)
  if (lines !== '') console.error(printable(lines, config.color))
  const chosen = applications.filter(({ name }) => only === undefined || name === only)
  if (chosen.length === 0)
    throw new CommandError(
      only === undefined
        ? `No Application found in ${path}.`
        : `No Application '${only}' in ${path}.`,
    )
  return { chosen, others: applications.filter((one) => !chosen.includes(one)) }
}

async function adHoc(source: string, flags: TargetFlags): Promise<Application> {
  const { application: name = 'default' } = flags
  const complaint = checkApplicationName(name)
  if (complaint !== undefined) throw new CommandError(`--application ${complaint}.`)
  return {
    name,
    source: await sourceOf(source, flags),
    workspace: workspaceOf(flags),
    sync: {
      mode: 'apply',
      intervalMs: MINUTE_MS,
      drift: 'correct',
      prune: { enabled: true, maxDeletions: flags.maxDeletions },
      suspend: false,
      maxRollouts: 10,
      ignoreDifferences: [],
    },
    variables: {},
  }
}

/** A folder with a revision is what its repository has then. */
async function sourceOf(
  source: string,
  { revision, path }: TargetFlags,
): Promise<Application['source']> {
  if (!isFolder(source)) {
    const complaint = checkRepository(source, { allowLocal: true })
    if (complaint !== undefined) throw new CommandError(`The source is not allowed: ${complaint}.`)
    return { repository: source, revision: revision ?? 'main', path }
  }
  if (await isBare(source))
    throw new CommandError(
      `${source} is a Git repository without files beside it: give it as file://${resolve(source)}.`,
    )
  if (revision === undefined) return { repository: source, revision: 'main', path }
  const { root, path: place, isFile } = await locate(source)
  if (isFile || !(await isThere(join(root, '.git'))))
    throw new CommandError(
      `--revision is of a Git repository, and ${source} is no folder in one: name a folder of a clone, or a Git URL.`,
    )
  return {
    repository: `file://${root}`,
    revision,
    path: posix.join(place, path).replace(/^\.$/, ''),
  }
}

async function isBare(folder: string): Promise<boolean> {
  const parts = await Promise.all(
    ['HEAD', 'objects', 'refs'].map((name) => isThere(join(folder, name))),
  )
  return parts.every((one) => one)
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function workspaceOf(flags: TargetFlags): Application['workspace'] {
  const { subscriptionId, resourceGroup, workspace } = flags
  if (subscriptionId === undefined && resourceGroup === undefined && workspace === undefined)
    return { sandbox: true }
  if (subscriptionId === undefined || resourceGroup === undefined || workspace === undefined)
    throw new CommandError(
      'A workspace is named by --subscription-id, --resource-group and --workspace together.',
    )
  if (flags.sandbox !== undefined)
    throw new CommandError(
      'Give --sandbox or a workspace in Azure (--subscription-id, --resource-group, --workspace), not both.',
    )
  return { subscriptionId, resourceGroup, name: workspace }
}
