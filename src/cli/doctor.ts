import { Command } from 'commander'
import type { Assembly } from '../compose.ts'
import { SourceError } from '../reconcile/ports.ts'
import type { CommandContext } from './context.ts'
import { machineRows } from './doctor/machine.ts'
import { failed, notChecked, passed, type Row } from './doctor/row.ts'
import { applicationRows } from './doctor/workspace.ts'
import { CommandError } from './errors.ts'
import { rowsText } from './render/doctor.ts'
import { openSession, type Session } from './session.ts'
import { type OutputFormat, type TargetFlags, withOutput, withTargets } from './targets.ts'

type Flags = TargetFlags & { readonly output: OutputFormat }

/** `doctor`: what must be in order before the first write. Writes nothing. Exit 1 when a check fails. */
export function doctorCommand(context: CommandContext): Command {
  const command = withTargets(new Command('doctor')).description(
    'check machine, configuration, identity, role, quota and names before the first write',
  )
  return withOutput(command).action(async (source: string | undefined, flags: Flags) => {
    const { session, row } = await open(source, flags, context)
    try {
      const needsPython = session === undefined || session.sandbox !== undefined
      const about = await rowsAbout(session?.assemblies ?? [], flags, context)
      const rows = [...(await machineRows(needsPython)), row, ...about]
      context.say(flags.output === 'json' ? JSON.stringify(rows) : rowsText(rows, context.style))
      context.exit(rows.some(({ ok }) => ok === false) ? 1 : 0)
    } finally {
      await session?.close()
    }
  })
}

async function rowsAbout(
  assemblies: readonly Assembly[],
  { output }: Flags,
  { signal, progress }: CommandContext,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const assembly of assemblies) {
    const { name } = assembly.application
    if (output === 'text') progress(`Checking ${name} …`)
    const found = await applicationRows(assembly, signal)
    const named = assemblies.length > 1 ? { application: name } : {}
    rows.push(...found.map((row) => ({ ...row, ...named })))
  }
  return rows
}

/** The Applications meant, opened; and the row that tells whether that went well. */
async function open(
  source: string | undefined,
  flags: Flags,
  { config }: CommandContext,
): Promise<{ readonly session?: Session; readonly row: Row }> {
  const check = 'configuration'
  if (source === undefined && flags.config === undefined)
    return { row: notChecked(check, 'no source and no --config was named') }
  try {
    const session = await openSession(source, flags, config)
    const names = session.assemblies.map(({ application }) => application.name)
    return { session, row: passed(check, `Applications: ${names.join(', ')}`) }
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof SourceError)) throw error
    return { row: failed(check, error.message, 'Mend the configuration, or the command line.') }
  }
}
