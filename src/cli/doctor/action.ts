import type { Assembly } from '../../compose.ts'
import { SourceError } from '../../reconcile/ports.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { rowsText } from '../render/doctor.ts'
import { openSession, type Session } from '../session.ts'
import type { OutputFormat, TargetFlags } from '../targets.ts'
import { machineRows } from './machine.ts'
import { failed, notChecked, passed, type Row } from './row.ts'
import { applicationRows } from './workspace.ts'

export type DoctorFlags = TargetFlags & { readonly output: OutputFormat }

/** Makes every check, and shows what it found. */
export async function doctor(
  source: string | undefined,
  flags: DoctorFlags,
  context: CommandContext,
): Promise<void> {
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
}

async function rowsAbout(
  assemblies: readonly Assembly[],
  { output }: DoctorFlags,
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
  flags: DoctorFlags,
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
