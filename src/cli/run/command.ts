import { Command, Option } from 'commander'
import { OPEN } from '../../server/admission.ts'
import type { CommandContext } from '../context.ts'
import { portNumber, withOutput, withTargets } from '../targets.ts'
import type { RunFlags } from './action.ts'

const LEVERS = `
Levers of rollouts (POST /api/v1/applications/…/rollouts/…/abort, verdigris rollout --url) need the token in
VERDIGRIS_API_TOKEN, or in the file VERDIGRIS_API_TOKEN_FILE. Without one they work while the controller listens on loopback
only. Where it listens on more (--host), reading needs the token, too, unless --open says otherwise; /healthz and /readyz
answer everybody.`

/** `run`: the controller. Ticks until it is told to stop; ends cleanly, and loses nothing if it does not. */
export function runCommand(context: CommandContext): Command {
  const command = withTargets(new Command('run'))
    .description('the controller: keep workspaces as Git says, and serve API and metrics')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <number>', 'where to listen; 0 = any free port', portNumber, 9464)
    .addOption(
      new Option(
        '--open <what>',
        'with --host: what other machines may read without the token, beside the probes',
      )
        .choices(OPEN)
        .default('nothing'),
    )
    .addHelpText('after', LEVERS)
  return withOutput(command).action(async (source: string | undefined, flags: RunFlags) => {
    const { run } = await import('./action.ts')
    await run(source, flags, context)
  })
}
