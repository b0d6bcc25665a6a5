import { Command, Option } from 'commander'
import type { CommandContext } from '../context.ts'
import { seconds, wholeNumber, withOutput, withWorkspace } from '../targets.ts'
import type { InvokeFlags } from './invoke.ts'
import type { KeysFlags } from './keys.ts'
import type { LogsFlags } from './logs.ts'
import type { ShowFlags } from './show.ts'

const INVOKE_HELP = `
The answer goes to standard output, byte for byte unless that is a terminal; status, latency and the deployment that answered
go to standard error. An answer that is an error goes to standard error, too, its beginning only. The key or token is sent to
the host of the endpoint's scoring URI and nowhere else; redirects are not followed.
  verdigris endpoint invoke fraud --request request.json
  verdigris endpoint invoke fraud --request request.json --deployment green     past all weights
  verdigris endpoint invoke nightly --input azureml:transactions:1              a job of a batch endpoint; its name is printed`

/** `endpoint`: what people do with an endpoint that is there. */
export function endpointCommand(context: CommandContext): Command {
  const command = new Command('endpoint').description(
    'show an endpoint, its keys and logs, and score with it',
  )
  const all = [showCommand, keysCommand, invokeCommand, logsCommand]
  for (const make of all) command.addCommand(make(context).exitOverride())
  return command
}

function showCommand(context: CommandContext): Command {
  return about('show')
    .description('show where it is scored, its traffic and its deployments, and who owns it')
    .action(async (name: string, source: string | undefined, flags: ShowFlags) => {
      const { showEndpoint } = await import('./show.ts')
      await showEndpoint(name, source, flags, context)
    })
}

function keysCommand(context: CommandContext): Command {
  return about('keys')
    .description(
      'print its keys, or a token and when that ends: the one command that prints secrets',
    )
    .addOption(
      new Option('--key <which>', 'print this key and nothing else, for scripts').choices([
        'primary',
        'secondary',
      ]),
    )
    .action(async (name: string, source: string | undefined, flags: KeysFlags) => {
      const { showKeys } = await import('./keys.ts')
      await showKeys(name, source, flags, context)
    })
}

function invokeCommand(context: CommandContext): Command {
  return about('invoke')
    .description('score with it; exit 1 when the answer is an error')
    .option('--request <file>', 'the body of the request, JSON; - reads standard input')
    .option(
      '--input <asset>',
      'of a batch endpoint: the data asset that a job scores, azureml:name:version',
    )
    .option('--deployment <name>', 'ask this deployment, whatever the weights (default: by them)')
    .option('--timeout <seconds>', 'give up after this long', seconds, 180)
    .addHelpText('after', INVOKE_HELP)
    .action(async (name: string, source: string | undefined, flags: InvokeFlags) => {
      const { invokeEndpoint } = await import('./invoke.ts')
      await invokeEndpoint(name, source, flags, context)
    })
}

function logsCommand(context: CommandContext): Command {
  return about('logs')
    .description('print the log of a deployment; what looks like a secret is masked')
    .option(
      '--deployment <name>',
      'of this deployment (default: the only one, or the only one with traffic)',
    )
    .option('--tail <lines>', 'only the last lines', wholeNumber, 500)
    .addOption(
      new Option('--container <name>', 'of the container that serves, or the one that loads models')
        .choices(['inference-server', 'storage-initializer'])
        .default('inference-server'),
    )
    .action(async (name: string, source: string | undefined, flags: LogsFlags) => {
      const { showLogs } = await import('./logs.ts')
      await showLogs(name, source, flags, context)
    })
}

function about(verb: string): Command {
  const command = new Command(verb)
    .argument('<name>', 'the endpoint')
    .argument('[source]', 'as for other commands; only the workspace that goes with it is used')
  return withOutput(withWorkspace(command))
}
