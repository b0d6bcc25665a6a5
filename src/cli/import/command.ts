import { Command, Option } from 'commander'
import { KIND_NAMES, type KindName } from '../../core/model/ref.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { withOutput, withWorkspace } from '../targets.ts'
import type { ImportFlags } from './action.ts'

const IMPORTED = KIND_NAMES.filter((kind) => kind !== 'Code')

/** `import`: a workspace as manifests in a folder. Exit 1 when planning them would not leave everything as it is. */
export function importCommand(context: CommandContext): Command {
  const command = new Command('import')
    .description('write a workspace as manifests: endpoints, deployments and the assets they use')
    .argument('<folder>', 'where the manifests are written')
    .option('--endpoint <name>', 'only this endpoint; repeatable', append, [])
    .addOption(
      new Option('--kind <kind>', 'only this kind; repeatable')
        .choices(IMPORTED)
        .default([], 'all')
        .argParser(appendKind),
    )
    .option('--force', 'write over files that are there')
  return withOutput(withWorkspace(command)).action(async (folder: string, flags: ImportFlags) => {
    const { importWorkspace } = await import('./action.ts')
    await importWorkspace(folder, flags, context)
  })
}

function append(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function appendKind(value: string, before: readonly KindName[]): readonly KindName[] {
  const kind = IMPORTED.find((name) => name.toLowerCase() === value.toLowerCase())
  if (kind === undefined) {
    throw new CommandError(`'${value}' is no kind: it may be ${IMPORTED.join(', ')}.`)
  }
  return [...before, kind]
}
