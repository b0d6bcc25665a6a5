import { userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import type { PythonMode } from '../sandbox/index.ts'
import { CommandError } from './errors.ts'

/** Flags that say which Applications are meant; the same for every command that reads or changes a workspace. */
export interface TargetFlags {
  readonly config?: string
  readonly application?: string
  /** Of a Git source; absent: `main`, and a folder is read as it lies there. */
  readonly revision?: string
  readonly path: string
  readonly subscriptionId?: string
  readonly resourceGroup?: string
  readonly workspace?: string
  /** Name of a cloud of Azure, or path of a JSON file that describes one. */
  readonly cloud?: string
  readonly sandbox?: boolean | string
  readonly timeScale: number
  /** Which embedded workspace; absent = that of the last time. */
  readonly pythonEnv?: PythonMode
  readonly maxDeletions: number
}

/** The flags that say which workspace is meant, without those about a source. */
export type WorkspaceFlags = Omit<TargetFlags, 'revision' | 'path' | 'maxDeletions'>

/** Adds `[source]` and the flags of TargetFlags to a command. */
export function withTargets(command: Command): Command {
  command.argument('[source]', 'a folder of manifests, or a Git URL; or use --config')
  return withWorkspace(command)
    .option(
      '--revision <name>',
      'branch, tag or commit of a Git source (default: main); of a folder, as its repository has it then',
    )
    .option('--path <folder>', 'folder inside the source', '')
    .addOption(
      new Option(
        '--max-deletions <count>',
        'how many deletions one commit may make; with --config its Applications say it',
      )
        .default(3)
        .argParser(wholeNumber),
    )
}

/** Adds the flags of WorkspaceFlags to a command. */
export function withWorkspace(command: Command): Command {
  return command
    .option('--config <path>', 'file or folder of Applications (verdigris.dev/v1)')
    .option(
      '--application <name>',
      'with --config: only this one; without it the name by which what is made is known (default: default)',
    )
    .option('--subscription-id <id>', 'Azure subscription of the workspace')
    .option('--resource-group <name>', 'resource group of the workspace')
    .option('--workspace <name>', 'name of the workspace')
    .option(
      '--cloud <name or file>',
      'public, us-government, china, or a JSON file that describes another cloud (default: VERDIGRIS_CLOUD)',
    )
    .option(
      '--sandbox [file]',
      'the embedded workspace (default when no workspace is named), or a running one: the file holds the line that `verdigris sandbox --output json` printed',
    )
    .addOption(
      new Option('--time-scale <factor>', 'how much faster than Azure the embedded workspace works')
        .default(60)
        .argParser(positiveNumber),
    )
    .addOption(
      new Option(
        '--python-env <mode>',
        "what the embedded workspace runs scoring scripts with: this machine's python3 as it is, or venvs made from the registered environments (needs a package index); each is a workspace of its own, and stays the embedded one until the other is named (default: system)",
      ).choices(['system', 'venv']),
    )
}

export type OutputFormat = 'text' | 'json' | 'markdown'

/** Adds `--output`; every command has it. */
export function withOutput(
  command: Command,
  formats: readonly OutputFormat[] = ['text', 'json'],
): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'form of the answer').choices(formats).default('text'),
  )
}

/** Adds `--url` to a command that a running controller can carry out. */
export function withUrl(command: Command): Command {
  return command.option(
    '--url <address>',
    'by a running controller (http://127.0.0.1:9464); its token is read from VERDIGRIS_API_TOKEN or VERDIGRIS_API_TOKEN_FILE',
  )
}

/** Adds the flags of whoever says something to a controller: who it is, and for how long to wait. */
export function withOperator(command: Command): Command {
  return command
    .option('--who <name>', 'who says so', operator())
    .option('--timeout <seconds>', 'without --url: give up after this long', seconds, 600)
}

/** The name of whoever runs this; a container may have a number only. */
function operator(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}

export function positiveNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new CommandError(`'${text}' is not a number above 0.`)
}

/** The longest that a timer can wait: 24 days. */
const SECONDS_MAX = Math.floor((2 ** 31 - 1) / 1000)

/** Parses a number of seconds to wait. */
export function seconds(text: string): number {
  const value = positiveNumber(text)
  if (value <= SECONDS_MAX) return value
  throw new CommandError(`'${text}' is more than ${SECONDS_MAX} seconds (24 days).`)
}

export function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new CommandError(`'${text}' is not a whole number.`)
}

/** Parses a TCP port; 0 means any free one. */
export function portNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new CommandError(`'${text}' is not a port (0 to 65535).`)
  return value
}
