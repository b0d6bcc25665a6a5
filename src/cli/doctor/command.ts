import { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { withOutput, withTargets } from '../targets.ts'
import type { DoctorFlags } from './action.ts'

/** `doctor`: what must be in order before the first write. Writes nothing. Exit 1 when a check fails. */
export function doctorCommand(context: CommandContext): Command {
  const command = withTargets(new Command('doctor')).description(
    'check machine, configuration, cloud, identity, role, limits, quota and names before the first write',
  )
  return withOutput(command).action(async (source: string | undefined, flags: DoctorFlags) => {
    const { doctor } = await import('./action.ts')
    await doctor(source, flags, context)
  })
}
