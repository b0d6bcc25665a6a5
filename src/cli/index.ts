import { Command, CommanderError } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { redact } from '../core/model/redact/redact.ts'
import { SourceError } from '../reconcile/ports.ts'
import { adoptCommand } from './adopt/command.ts'
import { approveCommand } from './approve.ts'
import { completionCommand } from './completion/command.ts'
import { type CommandContext, createContext } from './context.ts'
import { crashText, guardCrashes } from './crash.ts'
import { demoCommand } from './demo/command.ts'
import { doctorCommand } from './doctor/command.ts'
import { endpointCommand } from './endpoint/command.ts'
import { CommandError } from './errors.ts'
import { importCommand } from './import/command.ts'
import { planCommand } from './plan/command.ts'
import { printable } from './render/printable.ts'
import { rolloutCommand } from './rollout/command.ts'
import { runCommand } from './run/command.ts'
import { sandboxCommand } from './sandbox/command.ts'
import { statusCommand } from './status/command.ts'
import { syncCommand } from './sync/command.ts'
import { validateCommand } from './validate/command.ts'

/** Every command; the usage text is drawn from them. A command returns its exit code. */
const COMMANDS: readonly ((context: CommandContext) => Command)[] = [
  validateCommand,
  planCommand,
  syncCommand,
  runCommand,
  statusCommand,
  rolloutCommand,
  adoptCommand,
  approveCommand,
  endpointCommand,
  sandboxCommand,
  demoCommand,
  doctorCommand,
  importCommand,
  completionCommand,
]

/** Runs one command line; gives its exit code (2 only from `plan`: there are changes). */
export async function cli(
  argv: readonly string[],
  environment: { readonly [name: string]: string | undefined },
): Promise<number> {
  const terminal = process.stdout.isTTY === true
  guardCrashes()
  tellUnwritten()
  let code = 0
  let context: CommandContext | undefined
  try {
    const config = configOf(environment, terminal)
    const ready = createContext(config, terminal, (exitCode) => {
      code = exitCode
    })
    context = ready
    const program = new Command('verdigris')
      .description('GitOps for Azure Machine Learning: endpoints, deployments and traffic from Git')
      .version(config.version)
      .exitOverride()
    for (const command of COMMANDS) program.addCommand(command(ready).exitOverride())
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    code = context?.signal.aborted ? 1 : exitCodeOf(error)
  }
  return context?.signal.aborted && code !== 0 ? interrupted() : code
}

/** What somebody has set wrongly is told in a sentence, like every other mistake. */
function configOf(...given: Parameters<typeof readConfig>): Config {
  try {
    return readConfig(...given)
  } catch (error) {
    throw error instanceof Error ? new CommandError(error.message) : error
  }
}

/**
 * Whoever reads may stop reading (`--help | head`): that is no failure. Where a disk is full behind an output, the exit code
 * says so in the end, and what runs goes on.
 */
function tellUnwritten(): void {
  let isTold = false
  const unlessUnread = ({ code = 'unknown error' }: NodeJS.ErrnoException): void => {
    if (code === 'EPIPE' || isTold) return
    isTold = true
    process.once('exit', () => {
      process.exitCode = 1
    })
    console.error(`The output could not be written (${code}): make room where it goes.`)
  }
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unlessUnread)
}

/** Whatever was under way goes on in Azure; the next command finds it as it is then. */
function interrupted(): number {
  console.error('Interrupted. Nothing is lost: the next sync goes on from where this one ended.')
  return 130
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode
  const isTold = error instanceof CommandError || error instanceof SourceError
  console.error(isTold ? printable(redact(error.message), false) : crashText(error))
  return 1
}
