import { hasErrors, type Problem } from '../../core/model/problem.ts'
import { type Checked, checkLocal, type Variables } from '../check-local.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { locate } from '../local-files.ts'
import { problemLines } from '../render/problems.ts'
import type { OutputFormat } from '../targets.ts'

export interface ValidateFlags {
  readonly output: OutputFormat
  readonly variable: Variables
  readonly reference?: true
}

/** Checks files and folders, or prints what manifests may say. */
export async function validate(
  paths: readonly string[],
  flags: ValidateFlags,
  context: CommandContext,
): Promise<void> {
  if (flags.reference) return context.say(await reference(flags.output))
  if (paths.length === 0) throw new CommandError('Name files or folders of manifests.')
  const places = await Promise.all(paths.map(locate))
  const checked: Checked[] = []
  for (const group of Map.groupBy(places, ({ root }) => root).values())
    checked.push(await checkLocal(group, flags.variable, context))
  const problems = checked.flatMap((one) => one.problems)
  context.say(flags.output === 'json' ? json(checked, problems) : text(checked, problems, context))
  const isEmpty = checked.every(({ documents }) => documents === 0)
  if (isEmpty && flags.output === 'text')
    context.say(`There is no manifest in ${paths.join(', ')}: nothing was checked.`)
  context.exit(isEmpty || hasErrors(problems) ? 1 : 0)
}

async function reference(output: OutputFormat): Promise<string> {
  const { manifestReference, manifestSchemas } = await import('../../core/manifests/reference.ts')
  if (output === 'json') return JSON.stringify(manifestSchemas())
  return `# Manifest reference\n\n${manifestReference().trimEnd()}`
}

function json(checked: readonly Checked[], problems: readonly Problem[]): string {
  const resources = checked
    .flatMap(({ desired }) => desired)
    .map(({ ref, at }) => ({ ...ref, file: at.file, line: at.line }))
  const shown = ({ at, reason, message }: Problem) => ({ ...at, reason, message })
  return JSON.stringify({
    resources,
    problems: problems.filter((one) => !isNote(one)).map(shown),
    leftOut: problems.filter(isNote).map(shown),
  })
}

function text(
  checked: readonly Checked[],
  problems: readonly Problem[],
  { style }: CommandContext,
): string {
  const sum = (count: (one: Checked) => number): number =>
    checked.reduce((total, one) => total + count(one), 0)
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const notes = problems.filter(isNote).length
  const applications = sum((one) => one.applications)
  const counts = [
    counted(
      sum(({ desired }) => desired.length),
      'resource',
    ),
    ...(applications > 0 ? [counted(applications, 'Application')] : []),
    counted(errors, 'error'),
    counted(problems.length - errors - notes, 'warning'),
    ...(notes > 0 ? [counted(notes, 'note')] : []),
  ]
  return [...problemLines(problems, style), `${counts.join(', ')}.`].join('\n')
}

/** What was left out, and why. */
function isNote({ severity }: Problem): boolean {
  return severity === 'note'
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
