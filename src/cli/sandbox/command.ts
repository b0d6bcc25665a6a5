import { Command, Option } from 'commander'
import { AZURE_CLOUDS } from '../../core/model/azure-cloud.ts'
import { FAULT_FORM } from '../../sandbox/fault-form.ts'
import type { CommandContext } from '../context.ts'
import { portNumber, positiveNumber, wholeNumber, withOutput } from '../targets.ts'
import type { SandboxFlags } from './action.ts'

/** `sandbox`: an Azure ML workspace on loopback, as a process. Ends cleanly when interrupted. */
export function sandboxCommand(context: CommandContext): Command {
  const command = new Command('sandbox')
    .description('run an Azure ML workspace on this machine, until interrupted')
    .option('--port <number>', 'where ARM listens over http; 0 = any free port', portNumber, 0)
    .addOption(
      new Option('--time-scale <factor>', 'how much faster than Azure it works')
        .default(60)
        .argParser(positiveNumber),
    )
    .option(
      '--fault <fault>',
      `a fault, repeatable: ${FAULT_FORM}`,
      addText,
      [] as readonly string[],
    )
    .option('--list-faults', 'show the faults there are, and end')
    .option('--state <file>', 'keep the workspace in this file over restarts')
    .addOption(
      new Option(
        '--python-env <mode>',
        "what scoring scripts run with: this machine's python3 as it is, or venvs made from the registered environments (needs a package index), which MLflow models without a script need",
      )
        .choices(['system', 'venv'])
        .default('system'),
    )
    .option(
      '--strict-python',
      'refuse environments that name a Python which this machine does not have (default: the Python at hand runs them, and says so)',
    )
    .addOption(
      new Option(
        '--fleet <count>',
        'have room for so many endpoints, and write manifests of them for a controller to bring about',
      ).argParser(wholeNumber),
    )
    .option('--fleet-folder <path>', 'where the manifests of the fleet are written', 'fleet')
    .addOption(
      new Option('--cloud <name>', 'the cloud of Azure that it is of (default: public)').choices(
        Object.keys(AZURE_CLOUDS),
      ),
    )
    .option('--role <file>', 'an Azure role definition: what the client may do (default: all)')
  return withOutput(command).action(async (flags: SandboxFlags) => {
    const { sandbox } = await import('./action.ts')
    await sandbox(flags, context)
  })
}

function addText(text: string, before: readonly string[]): readonly string[] {
  return [...before, text]
}
